/// The payload of an `initialize` frame: what a worker is told before its first activation.
struct InitializeMessage: Equatable {
  var workerIndex: Int
  /// NUMA node to prefer, with its CPUs to run on; nil binds nothing.
  var node: Int?
  var cpus: [Int]
  /// RLIMIT_DATA in bytes; nil where no limit is set or a cgroup holds it.
  var dataLimit: Int?
  /// The limit in force by whichever means, in bytes: what an action plans its memory by.
  var memoryLimit: Int?
  /// Whether the worker counts its instructions, where the system allows it.
  var countsInstructions: Bool
  var payload: [UInt8]

  func encoded() -> [UInt8] {
    var writer = WireWriter(capacity: payload.count + 96)
    writer.put(workerIndex)
    writer.putOptional(node) { $0.put($1) }
    writer.putArray(cpus) { $0.put($1) }
    writer.putOptional(dataLimit) { $0.put($1) }
    writer.putOptional(memoryLimit) { $0.put($1) }
    writer.put(countsInstructions)
    writer.put(payload)
    return writer.bytes
  }
}

extension InitializeMessage {
  init(decoding bytes: [UInt8]) throws {
    var reader = WireReader(bytes)
    workerIndex = try reader.int()
    node = try reader.optional { try $0.int() }
    cpus = try reader.array { try $0.int() }
    dataLimit = try reader.optional { try $0.int() }
    memoryLimit = try reader.optional { try $0.int() }
    countsInstructions = try reader.bool()
    payload = try reader.bytesArray()
    try reader.end()
  }
}

/// The fields before the argument in an `activate` frame.
///
/// Read and written by hand, since this and ``OutcomeMessage`` are all that a warm activation sends.
struct ActivateMessage: Equatable {
  var attempt: Int
  /// Whether the worker was started for this activation.
  var isCold: Bool
  var action: String

  /// Bytes before the action's name.
  static let fixedSize = 8

  func withFields<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    var action = action
    return try action.withUTF8 { name in
      precondition(name.count <= Int(UInt16.max))
      return try withUnsafeTemporaryAllocation(
        byteCount: ActivateMessage.fixedSize + name.count, alignment: 8
      ) { fields in
        fields.storeBytes(of: UInt32(attempt).littleEndian, as: UInt32.self)
        fields.storeBytes(of: isCold ? 1 : 0, toByteOffset: 4, as: UInt8.self)
        fields.storeBytes(of: 0, toByteOffset: 5, as: UInt8.self)
        fields.storeBytes(of: UInt16(name.count).littleEndian, toByteOffset: 6, as: UInt16.self)
        UnsafeMutableRawBufferPointer(rebasing: fields[ActivateMessage.fixedSize...])
          .copyMemory(from: UnsafeRawBufferPointer(name))
        return try body(UnsafeRawBufferPointer(fields))
      }
    }
  }

  /// The message and its argument.
  static func decode(_ bytes: [UInt8]) throws -> (ActivateMessage, argument: [UInt8]) {
    guard bytes.count >= fixedSize else {
      throw WireError("activate: \(bytes.count) bytes, \(fixedSize) wanted")
    }
    return try bytes.withUnsafeBytes { raw in
      let attempt = UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self))
      let nameLength = Int(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 6, as: UInt16.self)))
      guard raw[4] <= 1, raw[5] == 0 else { throw WireError("activate: an unknown flag is set") }
      guard fixedSize + nameLength <= raw.count else {
        throw WireError("activate: a name of \(nameLength) bytes in a payload of \(raw.count)")
      }
      let name = raw[fixedSize..<fixedSize + nameLength]
      guard let action = String(validating: name, as: UTF8.self) else {
        throw WireError("activate: the action's name is not UTF-8")
      }
      let message = ActivateMessage(attempt: Int(attempt), isCold: raw[4] == 1, action: action)
      return (message, [UInt8](UnsafeRawBufferPointer(rebasing: raw[(fixedSize + nameLength)...])))
    }
  }
}

/// The fields at the start of a `result` and of a `failure` frame.
struct OutcomeMessage: Equatable {
  static let size = 64

  /// CLOCK_MONOTONIC in nanoseconds, around the action alone.
  var start = 0
  var end = 0
  var bytesIn = 0
  var bytesOut = 0
  var cpuNanoseconds = 0
  /// Nil where it was not read.
  var anonymousBytes: Int?
  var deviceReadBytes: Int?
  var instructions: Int?

  func withFields<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withUnsafeTemporaryAllocation(byteCount: OutcomeMessage.size, alignment: 8) { fields in
      let values = fields.bindMemory(to: Int64.self)
      values[0] = Int64(start).littleEndian
      values[1] = Int64(end).littleEndian
      values[2] = Int64(bytesIn).littleEndian
      values[3] = Int64(bytesOut).littleEndian
      values[4] = Int64(cpuNanoseconds).littleEndian
      values[5] = Int64(anonymousBytes ?? -1).littleEndian
      values[6] = Int64(deviceReadBytes ?? -1).littleEndian
      values[7] = Int64(instructions ?? -1).littleEndian
      return try body(UnsafeRawBufferPointer(fields))
    }
  }

  /// The message and what follows it: the result, or a failure's ``FailureMessage``.
  static func decode(_ bytes: [UInt8]) throws -> (OutcomeMessage, rest: [UInt8]) {
    guard bytes.count >= size else { throw WireError("outcome: \(bytes.count) bytes, \(size) wanted") }
    return try bytes.withUnsafeBytes { raw in
      func value(_ index: Int) throws -> Int {
        let value = Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)))
        // Under 2^56 a sum of millions does not overflow, whatever a worker says.
        guard value >= -1, value < 1 << 56 else { throw WireError("outcome: field \(index) is \(value)") }
        return value
      }
      func counted(_ index: Int) throws -> Int { max(0, try value(index)) }
      func optional(_ index: Int) throws -> Int? {
        let value = try value(index)
        return value < 0 ? nil : value
      }
      let message = OutcomeMessage(
        start: try counted(0), end: try counted(1), bytesIn: try counted(2), bytesOut: try counted(3),
        cpuNanoseconds: try counted(4), anonymousBytes: try optional(5), deviceReadBytes: try optional(6),
        instructions: try optional(7))
      guard message.start <= message.end else { throw WireError("outcome: it ends before it starts") }
      return (message, [UInt8](UnsafeRawBufferPointer(rebasing: raw[size...])))
    }
  }
}

/// What follows the ``OutcomeMessage`` of a `failure`: one byte, 1 where another attempt may succeed, then text.
struct FailureMessage: Equatable, Error {
  var isRetryable: Bool
  var text: String

  func encoded() -> [UInt8] { [isRetryable ? 1 : 0] + Array(text.utf8) }
}

extension FailureMessage {
  init(decoding bytes: [UInt8]) throws {
    guard let flag = bytes.first, flag <= 1 else { throw WireError("failure: the retry flag is missing") }
    isRetryable = flag == 1
    text = String(decoding: bytes.dropFirst(), as: UTF8.self)
  }
}
