import ArgumentParser
import Experiments
import Functions
import IOBench
import Reports
import Storage

struct IOCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "io", abstract: "The I/O microbenchmark: fio's job files.",
    discussion: """
      Examples:
        marvel-bench io randread.fio            # runs a job file (`run` may be left out)
        marvel-bench io --rw randread --bs 4k --size 1g --ioengine libaio --iodepth 32 --direct 1
        marvel-bench io check randread.fio      # what it means, option by option; runs nothing
      """,
    subcommands: [IORunCommand.self, IOCheckCommand.self], defaultSubcommand: IORunCommand.self)
}

struct IORunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs fio job files, or one job that options describe (`run` may be left out).",
    usage:
      "marvel-bench io [JOBFILE ...] [--section NAME] [--OPTION=VALUE ...] [--name JOB --OPTION=VALUE ...]",
    discussion: """
      All options of job files can stand here, as --OPTION=VALUE or --OPTION VALUE. Test files are written whole, with
      data that does not compress, before any clock starts, and removed after the run. What this program did not make is
      never written to, unless that is allowed.

      \(IOWords.help)

      \(IOPrinter.help)

      Examples:
        marvel-bench io randread.fio
        marvel-bench io --rw randread --bs 4k --size 1g --ioengine libaio --iodepth 32 --direct 1 --runtime 10 --time_based
        marvel-bench io randread.fio --section warm --output=result.json --output-format=json
        marvel-bench io --rw=write --bs=64k --size=256m --ioengine=libpmem --directory=/dev/shm --emulated
      """)

  @Argument(parsing: .captureForPassthrough, help: "Job files, and fio's options as --OPTION=VALUE.")
  var words: [String] = []

  func run() throws {
    if words.contains("--help") || words.contains("-h") { throw CleanExit.helpRequest(self) }
    let own = try IOWords(words)
    guard !own.rest.isEmpty else {
      throw ValidationError("give a job file, or options such as --rw=randread")
    }
    var jobs = try IOJobs.read(JobCommandLine(own.rest))
    if own.options.workers == .thread { for index in jobs.indices { jobs[index].thread = true } }
    guard !own.parsesOnly else { return write(jobs.map(\.text).joined(separator: "\n"), to: 1) }
    if Environment.buildMode == "debug" {
      write("warning: this is a debug build; its times mean nothing\n", to: 2)
    }
    var options = own.options
    options.listFolder = TierPlacement.defaultFolder(.ssd)
    options.interruption = try Interruption.install()
    let environment = Environment(version: programVersion)
    let folder = try own.printer.resultsFolder.map { try IOResultsFolder(experiment: "io", out: $0) }
    let printer = own.printer
    try printer.begin(jobs)
    let display = IOProgressDisplay(jobs, mode: printer.eta)
    options.onProgress = display.take
    if let interval = printer.statusInterval {
      options.statusInterval = interval
      options.onStatus = { soFar in
        display.end()
        do { try printer.report(soFar, environment: environment) } catch {
          write("warning: \(error)\n", to: 2)
        }
      }
    }
    let result: RunResult
    do {
      defer { display.end() }
      result = try IORun(jobs, options).run()
    } catch let failure as IOFailure {
      throw CommandFailure(description: failure.description)
    }
    try printer.end(result, results: folder, environment: environment)
    if result.isInterrupted { throw CommandFailure(description: "interrupted", code: 130) }
    if let failed = result.copies.first(where: { $0.errorNumber != 0 }) {
      let count = result.copies.count { $0.errorNumber != 0 }
      throw CommandFailure(
        description: "job '\(jobs[failed.job].name)': \(failed.errorText)"
          + (count > 1 ? " (and \(count - 1) more)" : ""), code: failed.wrongBlocks > 0 ? 3 : 2)
    }
  }
}

struct IOCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks fio job files and prints the effective options of each job; nothing is run.",
    usage:
      "marvel-bench io check [JOBFILE ...] [--section NAME] [--OPTION=VALUE ...] [--name JOB --OPTION=VALUE ...]",
    discussion: """
      What is printed is a job file itself: every option with its effective value, sizes in bytes. An option that is
      unknown or not supported is an error with its file and line; none is ignored. Options before the first --name
      override those of every job; each --name begins a job of its own, as in fio. JOBFILE - is the standard input.

      Examples:
        marvel-bench io check randread.fio
        marvel-bench io check randread.fio --section warm --bs=64k
        marvel-bench io check --name=x --rw=randread --bs=4k --size=1g --ioengine=libaio --iodepth=32
      """)

  @Argument(parsing: .captureForPassthrough, help: "Job files, and fio's options as --OPTION=VALUE.")
  var words: [String] = []

  func run() throws {
    if words.contains("--help") || words.contains("-h") { throw CleanExit.helpRequest(self) }
    guard !words.isEmpty else { throw ValidationError("give a job file, or --name and options") }
    let jobs = try IOJobs.read(JobCommandLine(words))
    write(jobs.map(\.text).joined(separator: "\n"), to: 1)
  }
}
