import CSystemIO
import Functions
import Glibc
import Testing

/// Frames made by hand from docs/format-frame.md.
private func frame(
  _ kind: UInt8, _ payload: [UInt8] = [], magic: String = "MBF1", descriptors: UInt8 = 0, length: Int? = nil,
  reserved: UInt8 = 0
) -> [UInt8] {
  var bytes = Array(magic.utf8) + [kind, descriptors, reserved, 0]
  let length = UInt32(length ?? payload.count)
  bytes += (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
  bytes += [UInt8](repeating: 0, count: 12)
  return bytes + payload
}

private func numbers(_ values: Int...) -> [UInt8] {
  var writer = WireWriter()
  for value in values { writer.put(value) }
  return writer.bytes
}

/// Index 0, no node, no CPUs, no limits, no payload.
private let initialize = frame(1, numbers(0) + [0] + numbers(0) + [0, 0, 0] + numbers(0))

private func activate(_ action: String, _ argument: [UInt8] = []) -> [UInt8] {
  frame(3, [0, 0, 0, 0, 0, 0, UInt8(action.utf8.count), 0] + Array(action.utf8) + argument)
}

struct WorkerBreaksProtocolTests {
  struct Babble: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var bytes: [UInt8]
    /// Whether the bytes 16 to 23 become the activation's id.
    var isNamed = false
    /// Whether the worker then says nothing more.
    var isLast = true
    var words: String
  }

  static let babbles: [Babble] = [
    Babble(testDescription: "noise", bytes: [UInt8](repeating: 0x2A, count: 64), words: "magic 2a2a2a2a"),
    Babble(testDescription: "another magic", bytes: frame(4, magic: "MBF2"), words: "magic 3246424d"),
    Babble(testDescription: "an unknown kind", bytes: frame(9), words: "unknown kind 9"),
    Babble(
      testDescription: "a reserved field", bytes: frame(4, reserved: 1), words: "reserved field is not 0"),
    Babble(
      testDescription: "a huge length", bytes: frame(4, length: 0xFFFF_FFFF), words: "payload of 4294967295"),
    Babble(
      testDescription: "many descriptors", bytes: frame(4, descriptors: 33),
      words: "33 descriptors, 32 allowed"),
    Babble(
      testDescription: "descriptors that are not there", bytes: frame(4, descriptors: 2),
      words: "2 descriptors"),
    Babble(testDescription: "a second ready", bytes: frame(2, numbers(1)), words: "ready twice"),
    Babble(testDescription: "a short ready", bytes: frame(2, [1, 2]), words: "8 bytes wanted"),
    Babble(testDescription: "an order", bytes: activate("noop"), words: "activate from a worker"),
    Babble(
      testDescription: "a result of nothing", bytes: frame(4, numbers(0, 0, 0, 0, 0, 0, 0, 0)),
      words: "activation 0"),
    Babble(
      testDescription: "a short result", bytes: frame(4, [1, 2, 3]), isNamed: true, words: "outcome: 3 bytes"),
    Babble(
      testDescription: "a result that ends before it starts",
      bytes: frame(4, numbers(5, 4, 0, 0, 0, 0, 0, 0)), isNamed: true, words: "ends before it starts"),
    Babble(
      testDescription: "a number that would overflow sums",
      bytes: frame(4, numbers(0, 0, Int.max, 0, 0, 0, 0, 0)), isNamed: true, words: "field 2 is"),
    Babble(
      testDescription: "a failure without a flag",
      bytes: frame(5, numbers(0, 0, 0, 0, 0, 0, 0, 0)), isNamed: true, words: "the retry flag is missing"),
    Babble(
      testDescription: "two results at once",
      bytes: frame(4, numbers(0, 0, 0, 0, 0, 0, 0, 0)), isNamed: true, isLast: false, words: ""),
  ]

  @Test(arguments: babbles)
  func `a worker that breaks the protocol is replaced`(babble: Babble) throws {
    let pool = try WorkerPool(options: testOptions { $0.timeLimitNanoseconds = 10_000_000_000 })
    var writer = WireWriter()
    writer.put(1)
    writer.put(babble.bytes)
    writer.put(babble.isNamed)
    writer.put(babble.isLast)
    let outcome = pool.outcome("babble", writer.bytes)
    // Of two results the first one counts, and the second one costs the next task an attempt at most.
    #expect(outcome.error == nil)
    #expect(outcome.results.count == 1)
    if babble.isLast {
      #expect(outcome.failed.map(\.status) == [.developerError])
      let failure = try #require(outcome.failed.first?.failure)
      #expect(failure.hasPrefix("broke the protocol: "))
      #expect(failure.contains(babble.words))
    }
    let after = pool.outcome("echo", [1], count: 3)
    #expect(after.error == nil)
    #expect(after.results == [0: [1], 1: [1], 2: [1]])
  }
}

/// A worker at the end of a socket that the test writes to.
private func endOfWorker(after bytes: [UInt8]) throws -> (code: Int32, signal: Int32, said: String) {
  var ends: [Int32] = [-1, -1]
  try #require(mb_stream_pair(&ends) == 0)
  var pipe: [Int32] = [-1, -1]
  try #require(mb_output_pipe(&pipe) == 0)
  var process: pid_t = -1
  var arguments: [UnsafeMutablePointer<CChar>?] =
    ["marvel-bench", FunctionWorker.argument, "\(getpid())"].map { (word: String) in strdup(word) }
  arguments.append(nil)
  defer { for text in arguments { free(text) } }
  let environment: [UnsafeMutablePointer<CChar>?] = [nil]
  try #require(mb_spawn(program, arguments, environment, ends[1], pipe[1], &process) == 0)
  close(ends[1])
  close(pipe[1])
  _ = mb_send(ends[0], bytes, bytes.count, nil, 0, nil, 0, 0)
  shutdown(ends[0], Int32(SHUT_WR))
  // What it answers is read, or it might not get to the end.
  var answer = [UInt8](repeating: 0, count: 4096)
  while mb_receive(ends[0], &answer, answer.count, nil, nil, 0) > 0 {}
  close(ends[0])
  var code: Int32 = -1
  var signal: Int32 = -1
  _ = mb_reap(process, 0, &code, &signal)
  let count = read(pipe[0], &answer, answer.count)
  close(pipe[0])
  return (code, signal, String(decoding: answer[..<max(0, count)], as: UTF8.self))
}

struct ControllerBreaksProtocolTests {
  @Test func `frames made from the format page are understood`() throws {
    #expect(try endOfWorker(after: initialize + activate("noop")) == (0, -1, ""))
  }

  static let misunderstandings: [(bytes: [UInt8], words: String)] = [
    (activate("noop"), "activate before initialize"),
    (initialize + initialize, "initialize where an activation was due"),
    (frame(1, [1, 2, 3]), "8 bytes wanted at byte 0, 3 left"),
    (frame(1, numbers(0) + [0] + numbers(Int.max)), "count 9223372036854775807"),
    (initialize + frame(3, [0]), "activate: 1 bytes"),
    (initialize + frame(3, [0, 0, 0, 0, 0, 0, 255, 255]), "a name of 65535 bytes"),
    (initialize + frame(3, [0, 0, 0, 0, 7, 0, 0, 0]), "an unknown flag"),
    (initialize + frame(3, descriptors: 1), "1 descriptors announced, 0 arrived"),
    (Array("GET / HTTP/1.1\r\nHost: example\r\n\r\n".utf8), "magic"),
  ]

  @Test(arguments: misunderstandings)
  func `a worker says what it does not understand and leaves`(bytes: [UInt8], words: String) throws {
    let end = try endOfWorker(after: bytes)
    #expect(end.code == 70)
    #expect(end.said.contains(words))
  }

  @Test(arguments: [0, 1, 23, 24, 40])
  func `a stream that ends anywhere ends the worker quietly`(length: Int) throws {
    #expect(try endOfWorker(after: Array(initialize[..<length])) == (0, -1, ""))
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `flipped bits never crash a worker`(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next() -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state >> 33)
    }
    var bytes = initialize + activate("noop", [1, 2, 3]) + activate("noop")
    // Neither the limit of its memory nor its CPUs: those it obeys.
    let untouched = 24 + 8..<24 + 19
    for _ in 0...next() % 4 {
      let place = next() % bytes.count
      if !untouched.contains(place) { bytes[place] ^= UInt8(1 << (next() % 8)) }
    }
    let end = try endOfWorker(after: bytes)
    #expect(end.signal == -1)
    #expect(end.code == 0 || end.code == 70)
  }
}
