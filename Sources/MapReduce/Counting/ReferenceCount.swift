/// Wordcount in the plainest way, for checking outputs: another tokeniser, hash and table than the job's.
///
/// A byte loop with FNV-1a over a chained table. Memory is in proportion to the distinct words.
public struct ReferenceCount {
  private struct Word {
    var offset: Int
    var length: Int
    var hash: UInt64
    var count: Int
    /// Index of the next word in the chain, or -1.
    var next: Int
  }

  private static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01b3

  private var text: [UInt8] = []
  private var words: [Word] = []
  private var chains = [Int](repeating: -1, count: 1 << 16)
  /// The word that was cut by the end of the last bytes.
  private var partial: [UInt8] = []

  public init() {}

  /// Takes the next bytes of the input, cut anywhere.
  public mutating func consume(_ bytes: UnsafeRawBufferPointer) {
    var start = 0
    for index in 0..<bytes.count {
      switch bytes[index] {
      case 9, 10, 11, 12, 13, 32:
        take(bytes, start, index)
        start = index + 1
      default: break
      }
    }
    partial.append(contentsOf: bytes[start...])
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
    if partial.isEmpty {
      if end > start { add(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
    } else {
      partial.append(contentsOf: bytes[start..<end])
      let word = partial
      partial = []
      word.withUnsafeBytes { add($0) }
    }
  }

  private mutating func add(_ word: UnsafeRawBufferPointer) {
    var hash = Self.offsetBasis
    for byte in word { hash = (hash ^ UInt64(byte)) &* Self.prime }
    if words.count >= chains.count { rechain() }
    let chain = Int(hash >> 16) & (chains.count - 1)
    var index = chains[chain]
    while index >= 0 {
      if words[index].hash == hash, words[index].length == word.count, isEqual(words[index].offset, word) {
        words[index].count += 1
        return
      }
      index = words[index].next
    }
    words.append(
      Word(offset: text.count, length: word.count, hash: hash, count: 1, next: chains[chain]))
    chains[chain] = words.count - 1
    text.append(contentsOf: word)
  }

  private func isEqual(_ offset: Int, _ word: UnsafeRawBufferPointer) -> Bool {
    for index in 0..<word.count where text[offset + index] != word[index] { return false }
    return true
  }

  private mutating func rechain() {
    chains = [Int](repeating: -1, count: 4 * chains.count)
    for index in words.indices {
      let chain = Int(words[index].hash >> 16) & (chains.count - 1)
      words[index].next = chains[chain]
      chains[chain] = index
    }
  }

  /// Calls `body` with each word and its count, in order of first appearance. Ends a word cut by the input's end.
  public mutating func forEach(_ body: (ArraySlice<UInt8>, Int) -> Void) {
    let last = partial
    partial = []
    if !last.isEmpty { last.withUnsafeBytes { add($0) } }
    for word in words { body(text[word.offset..<word.offset + word.length], word.count) }
  }

  /// The digest of the lines `word TAB count` that a right output has.
  public mutating func digest() -> OutputDigest {
    var digest = OutputDigest()
    forEach { word, count in digest.add(line: Array(word) + [9] + Array(String(count).utf8)) }
    return digest
  }
}
