/// Wordcount in the plainest way, for checking outputs: another tokeniser, hash and table than the job's.
///
/// A loop over bytes with FNV-1a (Fowler, Noll, Vo) and linear probing. Memory is in proportion to the distinct words.
public struct ReferenceCount {
  private struct Slot {
    var hash: UInt64 = 0
    /// 0 in an empty slot.
    var count = 0
    var offset = 0
    var length = 0
  }

  private static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01b3

  private var slots = [Slot](repeating: Slot(), count: 1 << 16)
  private var used = 0
  private var text: [UInt8] = []
  /// The word that was cut by the end of the last bytes.
  private var partial: [UInt8] = []

  public init() {}

  /// Takes the next bytes of the input, cut anywhere.
  public mutating func consume(_ bytes: UnsafeRawBufferPointer) {
    var start = 0
    if !partial.isEmpty {
      while start < bytes.count, !Self.isSpace(bytes[start]) {
        partial.append(bytes[start])
        start += 1
      }
      if start == bytes.count { return }
      endPartial()
    }
    var hash = Self.offsetBasis
    for index in start..<bytes.count {
      let byte = bytes[index]
      if Self.isSpace(byte) {
        if index > start { add(UnsafeRawBufferPointer(rebasing: bytes[start..<index]), hash) }
        start = index + 1
        hash = Self.offsetBasis
      } else {
        hash = (hash ^ UInt64(byte)) &* Self.prime
      }
    }
    partial.append(contentsOf: bytes[start...])
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    switch byte {
    case 9, 10, 11, 12, 13, 32: true
    default: false
    }
  }

  private mutating func endPartial() {
    if partial.isEmpty { return }
    let word = partial
    partial = []
    let hash = word.reduce(Self.offsetBasis) { ($0 ^ UInt64($1)) &* Self.prime }
    word.withUnsafeBytes { add($0, hash) }
  }

  private mutating func add(_ word: UnsafeRawBufferPointer, _ hash: UInt64) {
    // The low bits of FNV-1a depend on few bits of a short word.
    var index = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
    while slots[index].count > 0 {
      if slots[index].hash == hash, slots[index].length == word.count, isEqual(slots[index].offset, word) {
        slots[index].count += 1
        return
      }
      index = (index + 1) & (slots.count - 1)
    }
    slots[index] = Slot(hash: hash, count: 1, offset: text.count, length: word.count)
    text.append(contentsOf: word)
    used += 1
    if used * 2 > slots.count { enlarge() }
  }

  private func isEqual(_ offset: Int, _ word: UnsafeRawBufferPointer) -> Bool {
    for index in 0..<word.count where text[offset + index] != word[index] { return false }
    return true
  }

  private mutating func enlarge() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: 2 * old.count)
    for slot in old where slot.count > 0 {
      var index = Int(truncatingIfNeeded: slot.hash ^ slot.hash >> 32) & (slots.count - 1)
      while slots[index].count > 0 { index = (index + 1) & (slots.count - 1) }
      slots[index] = slot
    }
  }

  /// Calls `body` with each word and its count, in no particular order. Ends a word cut by the input's end.
  public mutating func forEach(_ body: (ArraySlice<UInt8>, Int) -> Void) {
    endPartial()
    for slot in slots where slot.count > 0 { body(text[slot.offset..<slot.offset + slot.length], slot.count) }
  }

  /// The digest of the lines `word TAB count` that a right output has.
  public mutating func digest() -> OutputDigest {
    var digest = OutputDigest()
    var line: [UInt8] = []
    forEach { word, count in
      line.removeAll(keepingCapacity: true)
      line.append(contentsOf: word)
      line.append(9)
      line.append(contentsOf: String(count).utf8)
      let length = line.count
      line.append(contentsOf: repeatElement(0, count: 16))
      line.withUnsafeBytes { digest.add(line: $0.baseAddress!, length: length) }
    }
    return digest
  }
}
