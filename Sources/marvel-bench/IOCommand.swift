import ArgumentParser
import IOBench

struct IOCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "io", abstract: "The I/O microbenchmark: fio's job files.",
    subcommands: [IOCheckCommand.self])
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
