import Glibc

/// How the next bytes of keys become a word that orders as they do, in as few bits a byte as the keys' bytes need.
///
/// Table keys have small alphabets: addresses have 11 different bytes, so that 16 of them fit a word. The end of a key
/// is 0, below every byte.
struct KeyPacking {
  /// At most so many bytes go into a word.
  static let window = 16

  /// Of the first byte in the word.
  let depth: Int
  /// Bits for one byte.
  let bits: Int
  /// Bytes in a word.
  let length: Int
  /// Of each byte; not in here, so that a packing is small to hand around.
  private let codes: UnsafePointer<UInt16>

  /// Bits of a word that are used, from the lowest on.
  var usedBits: Int { bits &* length }

  /// Whether a key whose word this is ends in the word.
  @inline(__always)
  func holdsEnd(_ word: UInt64) -> Bool { word & ((1 &<< UInt64(truncatingIfNeeded: bits)) &- 1) == 0 }

  /// What suits the keys of the items, which are equal in the bytes before `depth`; nil where all are equal altogether.
  ///
  /// Bytes that all keys have in common are passed over.
  ///
  /// - Parameter codes: Room for 256, which the packing uses as long as it lives.
  init?<Keys: SortedKeySource>(
    _ items: UnsafePointer<SortItem>, _ count: Int, depth: Int, keys: Keys,
    codes: UnsafeMutablePointer<UInt16>
  ) {
    let first = keys.key(items[0].payload)
    var common = first.length - depth
    // A guess, which looking at all makes right.
    for index in stride(from: 0, to: count, by: max(1, count / 32)) {
      common = Self.commonLength(first, keys.key(items[index].payload), from: depth, most: common)
    }
    var seen = [256 of Bool](repeating: false)
    while true {
      let guess = common
      for index in 0..<count {
        let key = keys.key(items[index].payload)
        if common > 0 { common = Self.commonLength(first, key, from: depth, most: common) }
        let start = depth &+ common
        for at in start..<max(start, min(key.length, start &+ Self.window)) {
          seen[Int(key.bytes.load(fromByteOffset: at, as: UInt8.self))] = true
        }
      }
      if common == guess { break }
      // What was seen is of another window.
      seen = [256 of Bool](repeating: false)
    }
    codes.initialize(repeating: 0, count: 256)
    var number: UInt16 = 0
    for byte in 0..<256 where seen[byte] {
      number += 1
      codes[byte] = number
    }
    if number == 0 { return nil }
    self.codes = UnsafePointer(codes)
    self.depth = depth + common
    bits = 16 - number.leadingZeroBitCount
    length = min(64 / bits, Self.window)
  }

  @inline(__always)
  func word(_ key: UnsafeRawPointer, _ keyLength: Int) -> UInt64 {
    var word: UInt64 = 0
    let end = min(keyLength, depth &+ length)
    var at = depth
    while at < end {
      let code = codes[Int(key.load(fromByteOffset: at, as: UInt8.self))]
      word = word &<< UInt64(truncatingIfNeeded: bits) | UInt64(code)
      at &+= 1
    }
    // A shift by all bits only of 0.
    return word &<< UInt64(truncatingIfNeeded: bits &* (depth &+ length &- at))
  }

  private static func commonLength(
    _ left: (bytes: UnsafeRawPointer, length: Int), _ right: (bytes: UnsafeRawPointer, length: Int),
    from depth: Int, most: Int
  ) -> Int {
    let most = min(most, right.length - depth)
    let a = left.bytes + depth
    let b = right.bytes + depth
    var at = 0
    while at + 8 <= most {
      let difference =
        a.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        ^ b.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      if difference != 0 { return at + difference.trailingZeroBitCount / 8 }
      at += 8
    }
    while at < most, a.load(fromByteOffset: at, as: UInt8.self) == b.load(fromByteOffset: at, as: UInt8.self)
    {
      at += 1
    }
    return at
  }
}
