import ArgumentParser
import Experiments
import Functions
import MapReduce
import Metrics

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Writes a dataset as a plain file: the same bytes on any machine.",
    discussion: """
      Examples:
        marvel-bench generate text --size 1GiB --out text.txt
        marvel-bench generate text --size 256MiB --seed 7 --vocabulary 2000000 --out many-words.txt
      """)

  @Argument(help: "What to generate: text.")
  var kind: String

  @Option(help: "Bytes, as 1GiB.")
  var size: SizeArgument

  @Option(help: "Another seed is another text.")
  var seed: UInt64 = 1

  @Option(help: "Distinct words, fixed (default: they grow with the text, 0.5 % of the tokens).")
  var vocabulary: Int?

  @Option(help: "The file to write.")
  var out: String

  @Option(help: "Threads (default: the processors that this process may use).")
  var threads: Int?

  @Flag(help: "Replace the file if it exists.")
  var force = false

  func run() throws {
    guard let known = DatasetKind(rawValue: kind), known.isGenerated else {
      throw ValidationError("unknown dataset '\(kind)'; known here: text")
    }
    let interruption = try Interruption.install()
    let spec: DatasetSpec
    do {
      spec = try DatasetSpec(kind: known, size: size.bytes, seed: seed, vocabulary: vocabulary)
    } catch {
      throw ValidationError("\(error)")
    }
    let digest = try spec.writeFile(
      out, threads: max(1, threads ?? Processors.usable), replacing: force
    ) { _, _ in interruption.signal == nil }
    say("\(out): \(size.bytes) bytes of \(kind), digest \(digest)")
  }
}
