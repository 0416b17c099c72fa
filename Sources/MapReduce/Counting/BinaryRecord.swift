/// Records of the encoding `binary`: LEB128 key length, key, LEB128 count.
enum BinaryRecord {
  static let name = "binary"

  /// The bound of all keys of at most 16 bytes.
  static let shortBound = bound(keyLength: 16)

  @inline(__always)
  static func bound(keyLength: Int) -> Int { 10 &+ max(keyLength, 16) &+ 10 }

  @inline(__always)
  static func write(word: UInt64, count: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let length = WordKey.length(word)
    out.storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
    (out + 1).storeBytes(of: word, as: UInt64.self)
    return writeVariable(count, at: out + 1 + length)
  }

  @inline(__always)
  static func write(
    low: UInt64, high: UInt64, length: Int, count: UInt64, at out: UnsafeMutableRawPointer
  )
    -> UnsafeMutableRawPointer
  {
    out.storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
    (out + 1).storeBytes(of: low, as: UInt64.self)
    (out + 9).storeBytes(of: high, as: UInt64.self)
    return writeVariable(count, at: out + 1 + length)
  }

  @inline(__always)
  static func write(
    key: UnsafeRawPointer, length: Int, count: UInt64, at out: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var p = writeVariable(UInt64(truncatingIfNeeded: length), at: out)
    if length <= 16 {
      p.storeBytes(of: key.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
    } else {
      p.copyMemory(from: key, byteCount: length)
    }
    p += length
    return writeVariable(count, at: p)
  }

  @inline(__always)
  static func writeVariable(_ value: UInt64, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    var p = out
    var rest = value
    while rest >= 0x80 {
      p.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
      rest &>>= 7
      p += 1
    }
    p.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    return p + 1
  }

  /// Reads a canonical LEB128 number: no needless zero byte at its end, at most 64 bits.
  @inline(__always)
  static func readVariable(
    _ at: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> (value: UInt64, end: UnsafeRawPointer)? {
    guard at < end else { return nil }
    let first = at.load(as: UInt8.self)
    if first < 0x80 { return (UInt64(first), at + 1) }
    return readLongVariable(at, end: end)
  }

  private static func readLongVariable(
    _ at: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> (value: UInt64, end: UnsafeRawPointer)? {
    var p = at
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while p < end {
      let byte = UInt64(p.load(as: UInt8.self))
      p += 1
      if shift == 63, byte > 1 { return nil }
      value |= (byte & 0x7f) &<< shift
      if byte < 0x80 { return byte == 0 ? nil : (value, p) }
      shift &+= 7
      if shift > 63 { return nil }
    }
    return nil
  }

  /// One record, its key where it lies.
  struct View {
    var key: UnsafeRawPointer
    var length: Int
    var count: UInt64
    var end: UnsafeRawPointer
  }

  /// The record at `at`; nil where the bytes up to `end` do not begin with a whole one.
  @inline(__always)
  static func read(_ at: UnsafeRawPointer, end: UnsafeRawPointer) -> View? {
    guard let (length, key) = readVariable(at, end: end), length < UInt64(end - key) else { return nil }
    let keyLength = Int(truncatingIfNeeded: length)
    guard let (count, next) = readVariable(key + keyLength, end: end), count > 0 else { return nil }
    return View(key: key, length: keyLength, count: count, end: next)
  }
}
