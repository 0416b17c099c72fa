import ArgumentParser
import Experiments
import MapReduce

/// How the rows of a query's tables are written.
struct TableArguments: ParsableArguments {
  @Option(help: "Between fields: comma, bar or tab, or the character itself.")
  var delimiter = TableFormat.Delimiter.comma

  @Flag(help: "Fields may be quoted (RFC 4180); each file is one map's input then.")
  var quoted = false

  @Flag(help: "The first line of each file is no row.")
  var header = false

  @Option(
    help: "A malformed row stops the job, or is counted and set aside (skip). Unread columns are not checked."
  )
  var onBadRow = OnBadRow.stop

  var options: TableOptions {
    TableOptions(
      format: TableFormat(delimiter: delimiter, isQuoted: quoted, hasHeader: header), onBadRow: onBadRow)
  }
}

extension TableFormat.Delimiter: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public static var allValueStrings: [String] { ["comma", "bar", "tab"] }
  public var defaultValueDescription: String { "\(self)" }
}

extension OnBadRow: ExpressibleByArgument {}
extension JoinMethod: ExpressibleByArgument {}

/// A day, as 1980-01-31.
struct DateArgument: ExpressibleByArgument {
  let number: Int32

  init?(argument: String) {
    guard let number = CalendarDate.parse(argument) else { return nil }
    self.number = number
  }

  var defaultValueDescription: String { CalendarDate.text(number) }
}

struct ScanJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Pages with a rank over a bound: pageURL<TAB>pageRank.",
    discussion: """
      The table has the columns pageURL, pageRank, avgDuration.

      Example:
        marvel-bench job scan --rankings rankings.csv --min-rank 100 --output pages
      """)

  @Option(parsing: .upToNextOption, help: "Files and folders of the table rankings.")
  var rankings: [String]

  // A rank may be negative, and its sign is no option's.
  @Option(parsing: .unconditional, help: "Pages with a rank over this.")
  var minRank = 100

  @OptionGroup var table: TableArguments
  @OptionGroup var options: JobOptions

  func run() throws {
    try options.run(.scan(minRank: minRank, table.options), input: [.rankings: rankings])
  }
}

struct AggregationJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregation", abstract: "Revenue by the first bytes of the source: prefix<TAB>sum.",
    discussion: """
      The table has the columns sourceIP, destURL, visitDate, adRevenue, userAgent, countryCode, languageCode,
      searchWord, duration. Sums are exact.

      Example:
        marvel-bench job aggregation --uservisits visits.csv --prefix-length 8 --output revenue
      """)

  @Option(parsing: .upToNextOption, help: "Files and folders of the table uservisits.")
  var uservisits: [String]

  @Option(help: "Bytes of sourceIP by which visits are grouped.")
  var prefixLength = 8

  @OptionGroup var table: TableArguments
  @OptionGroup var options: JobOptions

  func validate() throws {
    guard (1...1 << 20).contains(prefixLength) else { throw ValidationError("--prefix-length: 1 to 1048576") }
  }

  func run() throws {
    try options.run(
      .aggregation(prefixLength: prefixLength, table.options), input: [.uservisits: uservisits])
  }
}

/// What both joins are told.
struct JoinArguments: ParsableArguments {
  @Option(parsing: .upToNextOption, help: "Files and folders of the table rankings.")
  var rankings: [String]

  @Option(parsing: .upToNextOption, help: "Files and folders of the table uservisits.")
  var uservisits: [String]

  @Option(
    help:
      "The smaller table as hash tables in every worker (broadcast), both by URL (partitioned), or by size.")
  var join = JoinMethod.auto

  var input: [InputRole: [String]] { [.rankings: rankings, .uservisits: uservisits] }
}

struct JoinJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Revenue and mean page rank by source: sourceIP<TAB>SUM(adRevenue)<TAB>AVG(pageRank).",
    discussion: """
      Visits of the days from `--from` to `--to`, both included, joined with the pages that they went to. Sums are exact,
      averages have six digits. With `--limit`, the sources with the highest revenue, highest first.

      Example:
        marvel-bench job join --rankings rankings.csv --uservisits visits.csv --from 1980-01-01 --to 1980-04-01 \\
          --limit 1 --output best
      """)

  @OptionGroup var tables: JoinArguments

  @Option(help: "The first day.")
  var from = DateArgument(argument: "1980-01-01")!

  @Option(help: "The last day.")
  var to = DateArgument(argument: "1980-04-01")!

  @Option(help: "Only so many sources, those with the highest revenue.")
  var limit: Int?

  @OptionGroup var table: TableArguments
  @OptionGroup var options: JobOptions

  func validate() throws {
    guard from.number <= to.number else {
      throw ValidationError("--from is after --to: no day is between them")
    }
    guard limit.map({ (1...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--limit: 1 to 1000000")
    }
  }

  func run() throws {
    let query = JoinQuery(from: from.number, to: to.number, limit: limit)
    try options.run(.join(query, table.options), input: tables.input) { $0.join = tables.join }
  }
}

struct CorralJoinJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join-corral",
    abstract:
      "Both averages by source of visits before 2000, as Corral's amplab3: sourceIP<TAB>AVG(pageRank)<TAB>AVG(adRevenue).",
    discussion: """
      Example:
        marvel-bench job join-corral --rankings rankings.csv --uservisits visits.csv --output averages
      """)

  @OptionGroup var tables: JoinArguments
  @OptionGroup var table: TableArguments
  @OptionGroup var options: JobOptions

  func run() throws {
    try options.run(.join(.corral, table.options), input: tables.input) { $0.join = tables.join }
  }
}
