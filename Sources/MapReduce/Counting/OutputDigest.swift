import CSystemIO
import Glibc

/// A digest of lines that does not depend on their order or on how they are cut into parts.
///
/// Two independent 64-bit hashes of every line (without its line feed) are summed modulo 2⁶⁴; the rows are
/// counted. Equal digests mean the same lines, each as often. `docs/format-records.md` has it in Python.
public struct OutputDigest: Hashable, Sendable {
  public private(set) var first: UInt64 = 0
  public private(set) var second: UInt64 = 0
  public private(set) var rows: UInt64 = 0

  public init() {}

  /// 48 hexadecimal digits: the two sums, then the rows.
  public var text: String {
    [first, second, rows].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Adds the digest of other lines.
  public mutating func add(_ other: OutputDigest) {
    first &+= other.first
    second &+= other.second
    rows &+= other.rows
  }

  /// Adds one line without its line feed; 16 bytes behind its end must be readable.
  @inline(__always)
  public mutating func add(line: UnsafeRawPointer, length: Int) {
    var a: UInt64 = 0
    var b: UInt64 = 0
    let size = UInt64(truncatingIfNeeded: length)
    var at = 0
    repeat {
      let words = mb_load_words(line + at, min(length &- at, 16))
      a = KeyHash.fold(words.low ^ a ^ 0x9e37_79b9_7f4a_7c15, words.high ^ size ^ 0xc2b2_ae3d_27d4_eb4f)
      b = KeyHash.fold(words.low ^ b ^ 0xa076_1d64_78bd_642f, words.high ^ size ^ 0x1656_67b1_9e37_79f9)
      at &+= 16
    } while at < length
    first &+= a
    second &+= b
    rows &+= 1
  }

  /// Adds a line that lies anywhere.
  public mutating func add(line: [UInt8]) {
    (line + [UInt8](repeating: 0, count: 16)).withUnsafeBytes {
      add(line: $0.baseAddress!, length: line.count)
    }
  }

  /// Adds the lines of `block`, each ended by a line feed, as ``CountReducer`` writes them.
  ///
  /// - Returns: How many bytes were taken: what is behind the last line feed was not. At least 64 bytes behind the
  ///   block must be readable.
  public mutating func add(block: UnsafeRawBufferPointer) -> Int {
    guard let base = block.baseAddress else { return 0 }
    var start = 0
    while start < block.count, let feed = memchr(base + start, 0x0a, block.count - start) {
      let end = UnsafeRawPointer(feed) - base
      add(line: base + start, length: end - start)
      start = end + 1
    }
    return start
  }
}
