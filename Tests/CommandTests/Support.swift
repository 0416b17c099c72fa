import Foundation
import Testing

/// The built program beside this test bundle.
let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  .appendingPathComponent("marvel-bench").path

/// How a command ended.
struct Ended {
  var code: Int32
  var signal: Int32?
  var out: String
  var error: String
}

/// A folder of a test's own, gone with it.
final class Scratch {
  let path: String

  init(_ base: String = NSTemporaryDirectory()) throws {
    path = base + (base.hasSuffix("/") ? "" : "/") + "marvel-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// A program that runs; its output is collected in files, so that no pipe can fill up.
final class Running {
  let process = Process()
  private let scratch: Scratch

  init(
    _ arguments: [String], folder: String? = nil, environment: [String: String] = [:],
    executable: String = program
  ) throws {
    scratch = try Scratch()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("out", [])))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("error", [])))
    try process.run()
  }

  func wait() -> Ended {
    process.waitUntilExit()
    func text(_ name: String) -> String {
      String(
        decoding: FileManager.default.contents(atPath: "\(scratch.path)/\(name)") ?? Data(), as: UTF8.self)
    }
    let isSignal = process.terminationReason == .uncaughtSignal
    return Ended(
      code: isSignal ? -1 : process.terminationStatus, signal: isSignal ? process.terminationStatus : nil,
      out: text("out"), error: text("error"))
  }

  /// The program's function workers that live now.
  var workers: [Int32] {
    // Not every kernel has /proc/PID/task/TID/children: the fourth field of stat is the parent.
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { entry in
      guard let stat = FileManager.default.contents(atPath: "/proc/\(entry)/stat") else { return false }
      let text = String(decoding: stat, as: UTF8.self)
      // Not `git`, which a run asks for its commit.
      guard text.contains("(marvel-worker)"), let end = text.lastIndex(of: ")") else { return false }
      let fields = text[text.index(after: end)...].split(separator: " ")
      return fields.count > 1 && Int32(fields[1]) == process.processIdentifier
    }
  }

  /// Waits until there are workers, at most 10 s.
  func waitForWorkers() -> [Int32] {
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline, isAlive(process.processIdentifier) {
      let found = workers
      if !found.isEmpty { return found }
      usleep(2000)
    }
    return []
  }
}

func run(_ arguments: [String], folder: String? = nil) throws -> Ended {
  try Running(arguments, folder: folder).wait()
}

/// All lines of an output's parts, each part checked to be sorted bytewise.
func outputLines(_ folder: String) throws -> [[UInt8]] {
  let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  #expect(names.contains("_SUCCESS"))
  #expect(names.allSatisfy { $0 == "_SUCCESS" || $0.hasPrefix("part-") }, "\(names)")
  return names.filter { $0.hasPrefix("part-") }.flatMap { name -> [[UInt8]] in
    let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data())
    let lines = bytes.split(separator: 10).map(Array.init)
    let keys = lines.map { Array($0[..<($0.lastIndex(of: 9) ?? 0)]) }
    #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    return lines
  }
}

/// `word TAB count` of a text, in the plainest way, sorted.
func wordLines(_ text: [UInt8]) -> [[UInt8]] {
  var counts: [[UInt8]: Int] = [:]
  for word in text.split(whereSeparator: { $0 == 32 || (9...13).contains($0) }) {
    counts[Array(word), default: 0] += 1
  }
  return counts.map { $0.key + [9] + Array(String($0.value).utf8) }.sorted {
    $0.lexicographicallyPrecedes($1)
  }
}

func sorted(_ lines: [[UInt8]]) -> [[UInt8]] { lines.sorted { $0.lexicographicallyPrecedes($1) } }

/// Whether a process still runs (a zombie does not).
func isAlive(_ process: Int32) -> Bool {
  guard let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
  return !String(decoding: stat, as: UTF8.self).contains(") Z ")
}

/// Text with many words, made from a seed.
func someText(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed | 1
  var text: [UInt8] = []
  text.reserveCapacity(size + 16)
  while text.count < size {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    var word = (state >> 33) % 5000
    repeat {
      text.append(UInt8(97 + word % 26))
      word /= 26
    } while word > 0
    text.append(state >> 60 == 0 ? 10 : 32)
  }
  return text
}
