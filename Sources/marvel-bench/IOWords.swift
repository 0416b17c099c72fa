import ArgumentParser
import IOBench

/// The words of `marvel-bench io` that are about the run and not about its jobs.
struct IOWords {
  static let help = """
    Options of the run:
      --workers process|thread   copies as function workers, a process each (default), or as threads
      --allow-destructive        existing files and block devices may be overwritten (never a mounted one)
      --emulated                 ioengine=libpmem may use what is no persistent memory
      --keep                     leave the test files that were made
      --parse-only               check and print the effective options, as `io check`
    """

  var options = IORun.Options()
  var printer = IOPrinter()
  var parsesOnly = false
  /// What the jobs are read from.
  var rest: [String] = []

  /// - Throws: `ValidationError` on a value that an option does not have.
  init(_ words: [String]) throws {
    var position = 0
    /// The value behind `=`, or the next word.
    func value(_ name: String, _ given: String?) throws -> String {
      if let given { return given }
      guard position < words.count else { throw ValidationError("\(name) needs a value") }
      position += 1
      return words[position - 1]
    }
    func flag(_ name: String, _ given: String?) throws -> Bool {
      guard given == nil else { throw ValidationError("\(name) takes no value") }
      return true
    }
    while position < words.count {
      let word = words[position]
      position += 1
      guard word != "--" else {
        rest += words[(position - 1)...]
        break
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let given = parts.count > 1 ? parts[1] : nil
      switch parts[0] {
      case "--workers":
        let text = try value(parts[0], given)
        guard let workers = IORun.Options.Workers(rawValue: text) else {
          throw ValidationError("--workers \(text): process or thread")
        }
        options.workers = workers
      case "--allow-destructive": options.allowsDestruction = try flag(parts[0], given)
      case "--emulated": options.allowsEmulation = try flag(parts[0], given)
      case "--keep": options.keepsFiles = try flag(parts[0], given)
      case "--parse-only": parsesOnly = try flag(parts[0], given)
      case "--output-format": printer.formats = try OutputFormat.list(value(parts[0], given))
      case "--output": printer.output = try value(parts[0], given)
      case "--out": printer.resultsFolder = try value(parts[0], given)
      case "--eta":
        let text = try value(parts[0], given)
        guard let mode = ETAMode(rawValue: text) else {
          throw ValidationError("--eta \(text): never, auto or always")
        }
        printer.eta = mode
      case "--status-interval":
        let interval = try IOJobs.time(value(parts[0], given), of: "--status-interval")
        guard interval > 0 else { throw ValidationError("--status-interval: more than 0") }
        printer.statusInterval = interval
      default: rest.append(word)
      }
    }
  }
}
