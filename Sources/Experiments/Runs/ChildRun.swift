import CSystemIO
import Foundation
import Functions
import Glibc
import Metrics

/// A marvel-bench binary that runs an experiment as a process of its own, `BINARY run …`.
///
/// The process dies with this one: it is started through ``GuardedProcess``.
public struct ChildRun: Sendable {
  public var binary: String
  /// Behind `run`, without `--out`.
  public var arguments: [String]

  /// - Throws: ``RunError`` where `binary` is no program.
  public init(_ binary: String, _ arguments: [String]) throws {
    let path = binary.contains("/") ? binary : "./\(binary)"
    guard access(path, X_OK) == 0, !path.hasSuffix("/") else {
      throw RunError("\(binary): no program that can be run (\(String(cString: strerror(errno))))", code: 64)
    }
    self.binary = URL(fileURLWithPath: path).standardizedFileURL.path
    self.arguments = arguments
  }

  /// Runs it to its end, into a folder that must not exist; what it says is in `<folder>.log`.
  ///
  /// - Returns: Nanoseconds from start to end.
  /// - Throws: ``RunError`` where it wrote no rows or a wrong output; ``FunctionError/interrupted(signal:)`` once a
  ///   signal has come, after the process was told so and has ended.
  func run(into folder: String, _ interruption: Interruption?) throws -> Int {
    let log = folder + ".log"
    guard FileManager.default.createFile(atPath: log, contents: nil),
      let output = FileHandle(forWritingAtPath: log)
    else { throw RunError("create \(log): it cannot be written (name another folder with --out)") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe")
    process.arguments = [GuardedProcess.word, binary, "run"] + arguments + ["--out", folder]
    // Pictures of one repeat are of no use, and would cost more time than it.
    process.environment = ProcessInfo.processInfo.environment.merging(["MARVEL_BENCH_PLOTS": "off"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let start = monotonicNanoseconds()
    do { try process.run() } catch {
      throw RunError("start \(binary): \(error.localizedDescription)")
    }
    while process.isRunning {
      if interruption?.signal != nil { process.interrupt() }
      usleep(10_000)
    }
    process.waitUntilExit()
    try interruption?.check()
    let isSignal = process.terminationReason == .uncaughtSignal
    let code = isSignal ? -1 : process.terminationStatus
    guard code == 0 || code == 2 && FileManager.default.fileExists(atPath: folder + "/trials.csv") else {
      let said = (TextFile.read(log) ?? "").split(separator: "\n").suffix(3).joined(separator: "\n  ")
      let end = isSignal ? "died of signal \(process.terminationStatus)" : "left with exit code \(code)"
      throw RunError(
        "\(binary) run \(arguments.joined(separator: " ")): \(end)\n  \(said)", code: code == 3 ? 3 : 2)
    }
    return monotonicNanoseconds() - start
  }
}

/// What runs of other binaries came to instead of rows.
public struct RunError: Error, CustomStringConvertible, Sendable {
  public let description: String
  /// As the command line shall leave.
  public let code: Int32

  init(_ description: String, code: Int32 = 2) {
    self.description = description
    self.code = code
  }
}

/// A step between this program and another binary: it asks the kernel to end the other (SIGTERM) when this program
/// ends, however that happens, and becomes it. Linux keeps that request over exec.
public enum GuardedProcess {
  static let word = "__guarded"

  public static var isRequested: Bool {
    CommandLine.argc > 2 && CommandLine.arguments[1] == word
  }

  /// Becomes the program named by the arguments.
  public static func run() -> Never {
    mb_die_with_parent()
    var arguments = CommandLine.arguments.dropFirst(2).map { strdup($0) as UnsafeMutablePointer<CChar>? }
    arguments.append(nil)
    execv(CommandLine.arguments[2], arguments)
    perror(CommandLine.arguments[2])
    _exit(127)
  }
}
