import ArgumentParser
import Experiments
import Functions
import Glibc
import IOBench
import MapReduce
import Reports
import Synchronization

/// The program's version, as `--version` and every results folder say it.
let programVersion = "0.1.0"

struct MarvelBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "marvel-bench",
    abstract: "Benchmarks stateful serverless MapReduce jobs on storage tiers, on one node.",
    discussion: """
      Examples:
        marvel-bench run                                   # the quick comparison on this machine
        marvel-bench run --systems ssd,ideal --size 1GiB   # what an SSD costs against DRAM
        marvel-bench job wordcount --input book.txt --output counts
        marvel-bench doctor                                # what this machine has

      Exit codes: 0 fine; 1 regression; 2 a trial failed or cannot be run; 3 wrong output; 64 usage; 130 interrupted.
      """,
    version: programVersion,
    subcommands: [
      RunCommand.self, JobCommand.self, GenerateCommand.self, DoctorCommand.self, ListCommand.self,
      CleanCommand.self, BenchCommand.self, IOCommand.self, ReportCommand.self,
      PlotCommand.self, ReproduceCommand.self, CompareCommand.self, ABCommand.self, CalibrateCommand.self,
    ])

  /// Parses the arguments, runs the command, and leaves by the design's exit codes.
  static func start() -> Never {
    do {
      var command = try parseAsRoot()
      try command.run()
      leave(0)
    } catch {
      leave(report(error))
    }
  }

  /// Says the error on stderr (help and version on stdout) and returns the exit code.
  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case FunctionError.interrupted, is CancellationError:
      write("marvel-bench: interrupted\n", to: 2)
      return 130
    case let wrong as WorkloadFileError:
      write("marvel-bench: \(wrong.description)\n", to: 2)
      return 64
    case let wrong as JobFileError:
      write("marvel-bench: \(wrong.description)\n", to: 2)
      return 64
    case let wrong as ResultsError:
      write("marvel-bench: \(wrong.description)\n", to: 2)
      return 2
    case let refusal as ComparisonRefusal:
      write("marvel-bench: \(refusal.description)\n", to: 2)
      return 2
    case let failure as RunError:
      write("marvel-bench: \(failure.description)\n", to: 2)
      return failure.code
    case let failure as CommandFailure:
      write("marvel-bench: \(failure.description)\n", to: 2)
      return failure.code
    default:
      break
    }
    // ArgumentParser's own: help and version are clean exits, everything else it says is about usage.
    let code = exitCode(for: error)
    let message = fullMessage(for: error)
    if code == .success {
      write(message + "\n", to: 1)
      return 0
    }
    if code == .validationFailure {
      write(message + "\n", to: 2)
      return 64
    }
    write("marvel-bench: \(error)\n", to: 2)
    return 2
  }

  /// Nothing of the runtime is torn down: all that must be cleaned up has been. Nothing is fine whose output is lost.
  private static func leave(_ code: Int32) -> Never {
    let reason = lostOutput.load(ordering: .relaxed)
    guard reason != 0 else { Glibc.exit(code) }
    write(
      "marvel-bench: write stdout: \(String(cString: strerror(reason))): output is lost (free space there, or send it elsewhere)\n",
      to: 2)
    Glibc.exit(code == 0 ? 2 : code)
  }
}

/// A command that ends with a message and an exit code of its own.
struct CommandFailure: Error, CustomStringConvertible {
  var description: String
  var code: Int32 = 2
}

/// Why text for stdout was lost; 0 where none was.
private let lostOutput = Atomic<Int32>(0)

/// Writes text to a descriptor, whole, and remembers where stdout does not take it (stdout and stderr as globals are not for Swift 6).
func write(_ text: String, to descriptor: Int32) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else {
      // Who closed a pipe has read what he wanted.
      if descriptor == 1, errno != EPIPE { lostOutput.store(errno, ordering: .relaxed) }
      return
    }
    rest = rest.dropFirst(count)
  }
}

/// A program that was made slow for a test must not be measured in earnest.
func warnOfPlantedSlowdown() {
  guard let share = PlantedSlowdown.share else { return }
  write("warning: MARVEL_BENCH_SLOWDOWN makes every job slower by \(share) of its time\n", to: 2)
}

/// One line on stdout.
func say(_ line: String) { write(line + "\n", to: 1) }
