import ArgumentParser
import Experiments
import Reports
import Storage

struct ListCommand: ParsableCommand {
  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case workloads, systems, experiments, tiers, columns
  }

  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists workloads, systems, experiments, tiers or CSV columns.",
    discussion: """
      Examples:
        marvel-bench list
        marvel-bench list columns
      """)

  @Argument(help: "What to list (default: everything but the columns).")
  var subject: Subject?

  @Flag(help: "Columns as Markdown: results/README.md.")
  var markdown = false

  func run() throws {
    guard subject != .columns else {
      write(markdown ? ColumnDocument.markdown : ColumnDocument.text, to: 1)
      return
    }
    for each in subject.map({ [$0] }) ?? [.workloads, .systems, .experiments, .tiers] { try list(each) }
  }

  private func list(_ subject: Subject) throws {
    let finder = WorkloadFinder()
    var table = TextTable([.left(subject.rawValue), .left(""), .left("")])
    switch subject {
    case .workloads:
      for kind in WorkloadKind.all {
        table.add([kind.name, kind.summary, kind.parameters.map(\.name).joined(separator: ", ")])
      }
    case .systems:
      for found in finder.systems() {
        let system = try finder.system(found.name)
        table.add([found.name, system.tiers.map(\.text).joined(separator: " / "), found.origin])
      }
    case .experiments:
      for found in finder.experiments() {
        table.add([found.name, try finder.experiment(found.name).description, found.origin])
      }
    case .tiers:
      for kind in TierKind.allCases where kind != .file {
        let folder = TierPlacement.defaultFolder(kind)
        let access = TierAccess.choices(for: kind).map(\.rawValue).joined(separator: ", ")
        table.add([kind.rawValue, folder.isEmpty ? "shared memory" : folder, "access: \(access)"])
      }
    case .columns: return
    }
    say(table.text())
  }
}
