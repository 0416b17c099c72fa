/// Bytes that do not say what they should: a frame or payload that is short, over-long or of another version.
///
/// Thrown, never trapped: whatever a broken or hostile peer sends, the reader lives on.
public struct WireError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// Encodes a control-plane payload: fixed-width little-endian integers, and bytes behind their count.
///
/// Nothing describes itself; ``WireReader`` reads the same values in the same order. The encoding stands in
/// docs/format-frame.md.
public struct WireWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// - Parameter capacity: How many bytes to reserve; more can be written.
  public init(capacity: Int) { bytes.reserveCapacity(capacity) }

  public mutating func put(_ value: UInt8) { bytes.append(value) }

  /// One byte, 0 or 1.
  public mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

  public mutating func put(_ value: UInt32) { putFixedWidth(value) }

  public mutating func put(_ value: UInt64) { putFixedWidth(value) }

  /// Eight bytes, two's complement.
  public mutating func put(_ value: Int) { putFixedWidth(UInt64(bitPattern: Int64(value))) }

  /// The bits of the IEEE 754 number, as eight bytes.
  public mutating func put(_ value: Double) { putFixedWidth(value.bitPattern) }

  /// The count of the UTF-8 bytes (eight bytes), then these.
  public mutating func put(_ value: String) {
    var value = value
    value.withUTF8 {
      put($0.count)
      bytes.append(contentsOf: $0)
    }
  }

  /// The count (eight bytes), then the bytes.
  public mutating func put(_ value: [UInt8]) {
    put(value.count)
    bytes.append(contentsOf: value)
  }

  /// The count (eight bytes), then each element as `element` puts it.
  public mutating func putArray<Element>(
    _ values: some Collection<Element>, _ element: (inout WireWriter, Element) throws -> Void
  ) rethrows {
    put(values.count)
    for value in values { try element(&self, value) }
  }

  /// One byte: 1 and the value as `element` puts it, or 0.
  public mutating func putOptional<Value>(
    _ value: Value?, _ element: (inout WireWriter, Value) throws -> Void
  ) rethrows {
    put(value != nil)
    if let value { try element(&self, value) }
  }

  @inline(__always)
  private mutating func putFixedWidth<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

/// Decodes what ``WireWriter`` wrote; every read is bounds-checked and throws ``WireError``.
///
/// A count is believed only as far as bytes are left, so a forged count reserves no memory.
public struct WireReader: Sendable {
  private let bytes: [UInt8]
  private var offset = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// How many bytes are still unread.
  public var remaining: Int { bytes.count - offset }

  public mutating func byte() throws -> UInt8 {
    guard remaining >= 1 else { throw short(of: 1) }
    defer { offset += 1 }
    return bytes[offset]
  }

  public mutating func bool() throws -> Bool {
    let value = try byte()
    guard value <= 1 else { throw WireError("payload: byte \(offset - 1) is \(value), not a Bool (0 or 1)") }
    return value == 1
  }

  public mutating func uint32() throws -> UInt32 { try fixedWidth() }

  public mutating func uint64() throws -> UInt64 { try fixedWidth() }

  public mutating func int() throws -> Int { Int(Int64(bitPattern: try fixedWidth())) }

  public mutating func double() throws -> Double { Double(bitPattern: try fixedWidth()) }

  /// A count of `unitBytes`-byte things that follow: at least 0, and no more than the bytes left can hold.
  public mutating func count(unitBytes: Int = 1) throws -> Int {
    precondition(unitBytes > 0)
    let at = offset
    let count = try int()
    guard count >= 0, count <= remaining / unitBytes else {
      throw WireError("payload: count \(count) at byte \(at) does not fit \(remaining) bytes left")
    }
    return count
  }

  /// Valid UTF-8, or an error.
  public mutating func string() throws -> String {
    let at = offset
    let count = try count()
    defer { offset += count }
    guard let value = String(validating: bytes[offset..<offset + count], as: UTF8.self) else {
      throw WireError("payload: the string at byte \(at) is not UTF-8")
    }
    return value
  }

  public mutating func bytesArray() throws -> [UInt8] {
    let count = try count()
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// - Parameter element: Reads one element; must consume at least one byte, as every `put` writes one.
  public mutating func array<Element>(
    _ element: (inout WireReader) throws -> Element
  ) throws -> [Element] {
    let count = try count()
    var values: [Element] = []
    for _ in 0..<count { values.append(try element(&self)) }
    return values
  }

  public mutating func optional<Value>(
    _ element: (inout WireReader) throws -> Value
  ) throws -> Value? {
    try bool() ? try element(&self) : nil
  }

  /// Throws unless everything was read: a payload that is longer than it should be is not understood.
  public func end() throws {
    guard remaining == 0 else { throw WireError("payload: \(remaining) bytes more than expected") }
  }

  private func short(of count: Int) -> WireError {
    WireError("payload: \(count) bytes wanted at byte \(offset), \(remaining) left")
  }

  @inline(__always)
  private mutating func fixedWidth<Integer: FixedWidthInteger & Sendable>() throws -> Integer {
    let size = MemoryLayout<Integer>.size
    guard remaining >= size else { throw short(of: size) }
    defer { offset += size }
    return bytes.withUnsafeBytes {
      Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
  }
}
