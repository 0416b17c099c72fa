import ArgumentParser
import Experiments
import MapReduce
import Storage

struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Removes what killed runs left behind; never what a live run uses.",
    discussion: """
      Examples:
        marvel-bench clean
        marvel-bench clean --datasets        # generated and imported datasets too
        marvel-bench clean --folder /mnt/nvme0
        marvel-bench clean --output counts   # what a killed job left in its output folder
      """)

  @Flag(help: "Remove the datasets too; they are made again when they are needed.")
  var datasets = false

  @Option(help: "A tier's folder besides the default ones; may be given several times.")
  var folder: [String] = []

  @Option(
    help:
      "An output folder of a job that was killed; one that holds an output, or anything else, stays as it is."
  )
  var output: [String] = []

  func run() throws {
    for path in output {
      let removed = try JobOutput.clean(path)
      for name in removed { say("removed \(name)") }
      if removed.isEmpty { say("kept \(path): there is nothing in it that a killed job left") }
    }
    let folders = Set(folder + TierPlacement.defaultFolders).sorted()
    for removed in try TierPlacement.removeLeftovers(folders) { say("removed \(removed)") }
    guard datasets else { return }
    for folder in folders {
      guard let path = TierPlacement.datasetFolder(in: folder) else { continue }
      for id in try DatasetStore(path: path).deleteAll() { say("kept \(path)/\(id): it is in use") }
      say("removed the datasets in \(path)")
    }
  }
}
