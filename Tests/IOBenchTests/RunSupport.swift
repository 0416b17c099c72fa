import Foundation
import Testing

@testable import IOBench

/// A folder of a test's own, gone with it.
final class ScratchFolder {
  let path: String

  init(_ base: String = "/var/tmp") throws {
    path = "\(base)/marvel-io-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }

  func read(_ name: String) -> [UInt8] {
    [UInt8](FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data())
  }
}

/// The program beside this test bundle: what workers are started from.
let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  .appendingPathComponent("marvel-bench").path

/// Runs the jobs of a command line in a folder, as threads unless said otherwise.
func runIO(
  _ words: [String], in folder: ScratchFolder, _ change: (inout IORun.Options) -> Void = { _ in }
) throws -> RunResult {
  let jobs = try IOJobs.read(JobCommandLine(["--directory=\(folder.path)"] + words))
  var options = IORun.Options()
  options.workers = .thread
  options.executable = program
  options.listFolder = folder.path
  change(&options)
  return try IORun(jobs, options).run()
}

/// What a run says that it cannot do; nil where it does it.
func refusal(
  _ words: [String], in folder: ScratchFolder, _ change: (inout IORun.Options) -> Void = { _ in }
) -> String? {
  do {
    _ = try runIO(words, in: folder, change)
    return nil
  } catch { return "\(error)" }
}
