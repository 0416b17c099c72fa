import ArgumentParser
import Experiments
import Functions
import Glibc
import MapReduce
import Metrics
import Reports
import Storage

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Runs one job on your own files, read where they lie.",
    discussion: """
      Examples:
        marvel-bench job wordcount --input book.txt --output counts
        marvel-bench job grep --pattern '[a-z]*ing' --input logs/ --output matches --workers 4
        marvel-bench job scan --rankings rankings.csv --min-rank 100 --output pages
        marvel-bench job join --rankings rankings.csv --uservisits visits/ --limit 10 --output best
      """,
    subcommands: [
      WordCountJob.self, GrepJob.self, ScanJob.self, AggregationJob.self, JoinJob.self, CorralJoinJob.self,
    ])
}

/// What every job is told.
struct JobOptions: ParsableArguments {
  @Option(help: "A folder for the output; must not exist or be empty.")
  var output: String

  @Option(help: "Function workers at a time (default: the processors that this process may use).")
  var workers: Int?

  @Option(help: "The system whose shuffle tier is used: a name, a YAML file, or input=…,shuffle=…,output=….")
  var system = "marvel-igfs"

  @Option(help: "Where the shuffle's tier lives, as pmem=/mnt/pmem0 or ssd=/mnt/nvme0.")
  var tier: String?

  @Option(help: "What crosses the shuffle.")
  var plan = Plan.optimized

  @Option(help: "The shuffle's records.")
  var encoding = RecordEncoding.binary

  @Option(help: "The shuffle's objects.")
  var layout = Layout.segment

  @Option(help: "Number of reduces (default: from input bytes and plan).")
  var reducers: Int?

  @Option(help: "Bytes of a map's input.")
  var split = SizeArgument(argument: "64MiB")!

  @Option(help: "Bytes that each worker may hold; tables that do not fit are spilled.")
  var memoryLimit: SizeArgument?

  @Option(help: "An activation that runs longer is killed and tried again, as 90s or 1h (default: 10m).")
  var timeLimit: SpanArgument?

  @Option(help: "Fresh processes for each activation (cold), or workers that take one after the other.")
  var starts = PoolOptions.Starts.warm

  @Option(
    help:
      "The shuffle tier, if it is of this kind, must be the real thing; else nothing is run. May be given several times."
  )
  var requireReal: [RealTierArgument] = []

  @Flag(help: "The output is on the device before the job ends, not only in the page cache.")
  var durable = false

  @Flag(help: "Print what the job cost as JSON.")
  var json = false

  func validate() throws {
    guard workers.map({ (1...4096).contains($0) }) ?? true else {
      throw ValidationError("--workers: 1 to 4096")
    }
    guard reducers.map({ (1...Planner.maximumReduces).contains($0) }) ?? true else {
      throw ValidationError("--reducers: 1 to \(Planner.maximumReduces)")
    }
    guard split.bytes >= 4096 else { throw ValidationError("--split: at least 4KiB") }
    guard memoryLimit.map({ $0.bytes >= 64 << 20 }) ?? true else {
      throw ValidationError("--memory-limit: at least 64MiB")
    }
  }

  /// The system, with its shuffle where `--tier` says.
  private func placedSystem() throws -> SystemSpecification {
    var found = try WorkloadFinder().system(system)
    guard let tier else { return found }
    let place = try TierPlace(tier)
    let kind = found.shuffle.kind
    guard place.kind == kind else {
      throw ValidationError(
        "--tier \(tier): the shuffle of \(system) is on \(kind.rawValue), and a job uses no other tier (choose one with --system)"
      )
    }
    found.shuffle.folders = place.folders
    return found
  }

  /// Runs the job and says what it did.
  ///
  /// - Parameters:
  ///   - input: Files and folders of each of the workload's roles.
  ///   - change: What the workload's own options ask of the job besides.
  func run(
    _ workload: Workload, input: [InputRole: [String]], change: (inout FileJob) -> Void = { _ in }
  ) throws {
    for role in workload.roles where input[role]?.isEmpty ?? true {
      let option = role == .text ? "input" : role.rawValue
      throw ValidationError("--\(option): name a file or a folder")
    }
    if let reason = workload.unsupported(in: plan) { throw ValidationError(reason) }
    let start = monotonicNanoseconds()
    warnOfPlantedSlowdown()
    let interruption = try Interruption.install()
    var job = FileJob(
      workload, inputs: input, output: output, system: try placedSystem(),
      workers: workers ?? Processors.usable)
    job.plan = plan
    job.encoding = encoding
    job.layout = layout
    job.reduces = reducers
    job.splitSize = split.bytes
    job.memoryLimit = memoryLimit?.bytes
    if let timeLimit { job.timeLimit = timeLimit.nanoseconds }
    job.durable = durable
    job.starts = starts
    job.requireReal = Set(requireReal.map(\.kind))
    job.interruption = interruption
    job.note = { write("note: \($0)\n", to: 2) }
    change(&job)
    let live = !json && isatty(2) == 1
    if live {
      job.progress = { write("\r\u{1B}[K\($0.stage) \($0.done)/\($0.tasks)", to: 2) }
    }
    defer { if live { write("\r\u{1B}[K", to: 2) } }
    let result = try job.run()
    let summary = JobSummary(workload, result, output: output, processWall: monotonicNanoseconds() - start)
    say(json ? summary.json : summary.text)
  }
}

/// What the jobs on text are told.
struct TextInput: ParsableArguments {
  @Option(parsing: .upToNextOption, help: "Files and folders to read, where they lie.")
  var input: [String]
}

struct WordCountJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wordcount", abstract: "Counts words (split on ASCII white space): word<TAB>count.",
    discussion: """
      Example:
        marvel-bench job wordcount --input book.txt --output counts --workers 2
      """)

  @OptionGroup var text: TextInput
  @OptionGroup var options: JobOptions

  func run() throws { try options.run(.wordcount, input: [.text: text.input]) }
}

struct GrepJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grep", abstract: "Counts what a pattern matches: match<TAB>count.",
    discussion: """
      Examples:
        marvel-bench job grep --pattern '[a-z]*ing' --input book.txt --output matches
        marvel-bench job grep --pattern colou?r --match word --input books/ --output words
      """)

  @Option(help: "A Perl regular expression over bytes (PCRE2).")
  var pattern: String

  @Option(help: "Count each match within a line (span), or the tokens in which there is one (word).")
  var match = GrepMatch.span

  @OptionGroup var text: TextInput
  @OptionGroup var options: JobOptions

  func run() throws {
    do {
      _ = try GrepPattern(pattern, match: match)
    } catch {
      throw CommandFailure(description: "--pattern: \(error)", code: 64)
    }
    try options.run(.grep(pattern: pattern, match: match), input: [.text: text.input])
  }
}
