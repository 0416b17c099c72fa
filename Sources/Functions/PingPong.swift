import CSystemIO
import Glibc

/// Runs `pingpong-reference` with the frame sizes of a no-op activation.
struct PingPong {
  let requestBytes: Int
  let replyBytes: Int
  private let program: String

  init(_ options: PlatformBenchmark.Options) throws {
    program = options.reference ?? PingPong.besideThisProgram()
    guard access(program, X_OK) == 0 else {
      throw FunctionError.request(
        "\(program): \(systemErrorText(errno)) (the C program of this benchmark; build it with `make build`)")
    }
    let name = BuiltinActions.noop.utf8.count
    requestBytes = FrameHeader.size + ActivateMessage.fixedSize + name + options.argumentBytes
    replyBytes = FrameHeader.size + OutcomeMessage.size
  }

  /// Nanoseconds of each round trip; with several children of all calls together.
  func warm(children: Int, calls: Int) throws -> [Int] {
    try samples(["warm", "\(children)", "\(calls)"], count: children == 1 ? calls : 1)
  }

  /// Nanoseconds of each start to its first reply.
  func cold(starts: Int) throws -> [Int] { try samples(["cold", "\(starts)"], count: starts) }

  private func samples(_ words: [String], count: Int) throws -> [Int] {
    var ends: [Int32] = [-1, -1]
    var result = mb_output_pipe(&ends)
    guard result == 0 else { throw FunctionError.request("pipe: \(systemErrorText(-result))") }
    defer { close(ends[0]) }
    let arguments = SpawnArguments(
      executable: program,
      words: ["pingpong-reference"] + words + ["\(requestBytes)", "\(replyBytes)"], variables: [:])
    var process: pid_t = -1
    result = arguments.withPointers { mb_spawn($0, $1, $2, ends[1], ends[1], &process) }
    close(ends[1])
    guard result == 0 else { throw FunctionError.request("\(program): \(systemErrorText(-result))") }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      var set = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      _ = mb_poll(&set, 1, -1)
      let count = read(ends[0], &chunk, chunk.count)
      if count > 0 { bytes.append(contentsOf: chunk[..<count]) }
      if count == 0 { break }
    }
    var code: Int32 = -1
    var signal: Int32 = -1
    _ = mb_reap(process, 0, &code, &signal)
    guard code == 0, bytes.count == count * MemoryLayout<Int>.size else {
      let exit = signal >= 0 ? signalName(signal) : "exit code \(code)"
      throw FunctionError.request(
        "\(program): ended with \(exit) after \(bytes.count / 8) of \(count) samples")
    }
    return bytes.withUnsafeBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Int>.size, as: Int.self) }
    }
  }

  private static func besideThisProgram() -> String {
    let path = withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { bytes in
      let count = readlink("/proc/self/exe", bytes.baseAddress!, bytes.count)
      return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
    let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
    // In a build folder beside this program; installed, where programs are that nobody calls by hand.
    let beside = String(folder) + "pingpong-reference"
    return access(beside, X_OK) == 0 ? beside : String(folder) + "../libexec/marvel-bench/pingpong-reference"
  }
}
