import ArgumentParser
import Experiments
import Functions
import MapReduce
import Metrics

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Writes a dataset as plain files: the same bytes on any machine.",
    discussion: """
      text        words in lines, as in a natural language
      rankings    pageURL,pageRank,avgDuration
      uservisits  sourceIP,destURL,visitDate,adRevenue,userAgent,countryCode,languageCode,searchWord,duration
      tables      both, to be joined: rankings.csv and uservisits.csv in the folder --out

      Tables of one seed fit together where --pages of uservisits is --rows of rankings. Their rows have 62 and 169
      bytes in the mean, exactly, so --size is rounded down to whole rows; for tables, --size and --rows are those
      of uservisits.

      Examples:
        marvel-bench generate text --size 1GiB --out text.txt
        marvel-bench generate text --size 256MiB --seed 7 --vocabulary 2000000 --out many-words.txt
        marvel-bench generate tables --scale large --out tables
        marvel-bench generate uservisits --size 1GiB --pages 2000000 --out uservisits.csv
        marvel-bench generate rankings --rows 2000000 --out rankings.csv
      """)

  @Argument(help: "What to generate: text, rankings, uservisits or tables.")
  var kind: String

  @Option(help: "Bytes, as 1GiB.")
  var size: SizeArgument?

  @Option(help: "Rows of a table.")
  var rows: Int?

  @Option(help: "Rows as in HiBench (tiny, small, large, huge) or the Big Data Benchmark (1node).")
  var scale: TableScale?

  @Option(help: "Pages that uservisits visits, the rows of rankings (default: 18 for 155 visits).")
  var pages: Int?

  @Option(help: "Another seed is another dataset.")
  var seed: UInt64 = 1

  @Option(help: "Distinct words of text, fixed (default: they grow with the text, 0.5 % of the tokens).")
  var vocabulary: Int?

  @Option(help: "The file to write; of tables the folder.")
  var out: String

  @Option(help: "Threads (default: the processors that this process may use).")
  var threads: Int?

  @Flag(help: "Replace files that exist.")
  var force = false

  /// The argument that means both tables.
  private static let both = "tables"

  func validate() throws {
    guard [size != nil, rows != nil, scale != nil].count(where: { $0 }) == 1 else {
      throw ValidationError("give one of --size, --rows and --scale")
    }
    guard scale == nil || pages == nil else {
      throw ValidationError("--scale says how many pages there are: leave --pages out")
    }
    guard kind != Self.both || vocabulary == nil else { throw ValidationError("tables have no --vocabulary") }
  }

  func run() throws {
    let interruption = try Interruption.install()
    let threads = max(1, threads ?? Processors.usable)
    if kind == Self.both {
      let pair = try Self.valid(tables)
      let digests = try pair.writeFiles(folder: out, threads: threads, replacing: force) { _, _ in
        interruption.signal == nil
      }
      report(pair.rankings, "\(out)/\(TablePair.rankingsName)", digests.rankings)
      report(pair.uservisits, "\(out)/\(TablePair.uservisitsName)", digests.uservisits)
    } else {
      let spec = try Self.valid(dataset)
      let digest = try spec.writeFile(out, threads: threads, replacing: force) { _, _ in
        interruption.signal == nil
      }
      report(spec, out, digest)
    }
  }

  private func tables() throws -> TablePair {
    if let scale { return try DatasetSpec.pair(scale: scale, seed: seed) }
    if let rows { return try DatasetSpec.pair(visits: rows, pages: pages, seed: seed) }
    return try DatasetSpec.pair(size: size!.bytes, pages: pages, seed: seed)
  }

  private func dataset() throws -> DatasetSpec {
    guard let known = DatasetKind(rawValue: kind), known.isGenerated else {
      throw ValidationError("unknown dataset '\(kind)'; known here: text, rankings, uservisits, tables")
    }
    if let size {
      return try DatasetSpec(kind: known, size: size.bytes, seed: seed, vocabulary: vocabulary, pages: pages)
    }
    guard vocabulary == nil else { throw ValidationError("a table has no --vocabulary") }
    if let scale, known.rowSize != nil {
      let pair = try DatasetSpec.pair(scale: scale, seed: seed)
      return known == .rankings ? pair.rankings : pair.uservisits
    }
    return try DatasetSpec(kind: known, rows: rows ?? 0, seed: seed, pages: pages)
  }

  /// What cannot be generated is the command line's fault.
  private static func valid<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ValidationError {
      throw error
    } catch {
      throw ValidationError("\(error)")
    }
  }

  private func report(_ spec: DatasetSpec, _ path: String, _ digest: String) {
    let rows = spec.rows.map { ", \($0) rows" } ?? ""
    say("\(path): \(spec.size) bytes of \(spec.kind.rawValue)\(rows), digest \(digest)")
  }
}
