import CSystemIO

/// The hash that partitions keys: the same 64 bits for the same bytes in every process and on every machine.
///
/// A key is read as 16-byte blocks of two little-endian words, the last block padded with zeros (an empty key
/// is one block of zeros). `fold(a, b)` is the low half of the 128-bit product, exclusive-or its high half:
///
///     state = 0
///     for (low, high) in blocks: state = fold(low ^ state ^ lowSeed, high ^ length ^ highSeed)
///
/// `docs/format-records.md` has it in Python. It is not made to withstand keys chosen to collide.
public enum KeyHash {
  static let lowSeed: UInt64 = 0x9e37_79b9_7f4a_7c15
  static let highSeed: UInt64 = 0xc2b2_ae3d_27d4_eb4f

  @inline(__always)
  static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.low ^ product.high
  }

  /// The hash of a key of at most 16 bytes, given as its block.
  @inline(__always)
  static func short(_ low: UInt64, _ high: UInt64, length: Int) -> UInt64 {
    fold(low ^ lowSeed, high ^ highSeed ^ UInt64(truncatingIfNeeded: length))
  }

  /// The hash of any key. Reads up to 15 bytes behind the key's end, which must be readable.
  @inline(__always)
  public static func of(_ key: UnsafeRawPointer, length: Int) -> UInt64 {
    var state: UInt64 = 0
    var at = 0
    while true {
      let words = mb_load_words(key + at, min(length &- at, 16))
      state = fold(
        words.low ^ state ^ lowSeed, words.high ^ highSeed ^ UInt64(truncatingIfNeeded: length))
      at &+= 16
      if at >= length { return state }
    }
  }

  /// The hash of any key, wherever its bytes lie.
  public static func of(_ key: some Sequence<UInt8>) -> UInt64 {
    var bytes = Array(key)
    let length = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: 16))
    return bytes.withUnsafeBytes { of($0.baseAddress!, length: length) }
  }

  /// The partition, in `0 ..< partitions`, of a key with this hash: its upper 32 bits scaled.
  @inline(__always)
  public static func partition(of hash: UInt64, among partitions: Int) -> Int {
    Int(truncatingIfNeeded: ((hash &>> 32) &* UInt64(truncatingIfNeeded: partitions)) &>> 32)
  }
}
