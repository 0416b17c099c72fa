/// The words of generated text: rank 0 is the most frequent, and no two ranks spell one word.
///
/// The first 128 are English function words. Behind them ranks go in zones that double in size; a zone's ranks
/// take turns in 16 slots, and a slot is one shape with a range of numbers of its own. Rarer zones have longer
/// words, a slot in each zone ends in `ing`, and all slots are shifted together until the mean token has
/// 3.8 letters. So a word is computed from its rank alone, and a vocabulary of any size takes no memory;
/// the most frequent words are kept spelled, for speed.
struct TextVocabulary {
  static let slots = 16
  static let firstZone = 128
  /// Ranks under this are kept spelled: 1 MiB.
  static let spelledLimit = 1 << 16
  /// Mean letters of a token, as a fraction.
  static let meanLetters = (numerator: UInt64(19), denominator: UInt64(5))

  struct Cell {
    var plan: UnsafeMutablePointer<TextSpeller.Plan>
    var firstNumber: UInt64
  }

  let count: Int
  let spelledCount: Int
  /// 16 bytes a word: letters, a space, and in the last byte the number of letters.
  let spelled: UnsafeMutableRawPointer
  private let speller: TextSpeller
  private let plans: UnsafeMutablePointer<TextSpeller.Plan>
  private let cells: UnsafeMutablePointer<Cell>

  /// - Parameter count: Words, 1…``TextLaw/largestCount``.
  init(count: Int) {
    self.count = count
    spelledCount = min(count, Self.spelledLimit)
    spelled = .allocate(byteCount: 16 * spelledCount + 16, alignment: 16)
    speller = TextSpeller()
    let layout = TextLayout.fitted(count: count)
    plans = .allocate(capacity: TextShape.all.count)
    for (index, shape) in TextShape.all.enumerated() {
      (plans + index).initialize(to: speller.plan(of: shape))
    }
    cells = .allocate(capacity: max(1, layout.cells.count))
    for (index, cell) in layout.cells.enumerated() {
      (cells + index).initialize(to: Cell(plan: plans + cell.shape, firstNumber: UInt64(cell.firstNumber)))
    }
    spellFrequent()
  }

  func deallocate() {
    spelled.deallocate()
    speller.deallocate()
    plans.deallocate()
    cells.deallocate()
  }

  /// Writes the letters of `rank` at `target` (and junk behind, ``TextSpeller/writtenBytes`` in all) and
  /// returns how many they are.
  @inline(__always)
  func write(_ rank: Int, at target: UnsafeMutableRawPointer) -> Int {
    if rank < spelledCount {
      let word = spelled + 16 &* rank
      let letters = word.load(as: SIMD2<UInt64>.self)
      target.storeBytes(of: letters, as: SIMD2<UInt64>.self)
      return Int(letters.y &>> 56)
    }
    return compute(rank, at: target)
  }

  @inline(__always)
  private func compute(_ rank: Int, at target: UnsafeMutableRawPointer) -> Int {
    let zone = 56 &- rank.leadingZeroBitCount
    let cell = cells + (zone &* Self.slots &+ (rank & (Self.slots &- 1)))
    let turn = (rank &- (Self.firstZone &<< zone)) &>> 4
    return speller.spell(cell.pointee.plan, cell.pointee.firstNumber &+ UInt64(turn), at: target)
  }

  private func spellFrequent() {
    let common = TextLetters.common
    precondition(common.count == Self.firstZone)
    for rank in 0..<spelledCount {
      let word = spelled + 16 * rank
      word.storeBytes(of: .zero, as: SIMD2<UInt64>.self)
      if rank < common.count {
        Self.store(common[rank], at: word)
      } else {
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: 32, alignment: 16)
        defer { scratch.deallocate() }
        let length = compute(rank, at: scratch)
        var letters = [UInt8](UnsafeRawBufferPointer(start: scratch, count: length))
        // A short computed word may be one of the common ones: then a spare takes its place.
        if length <= 4, let taken = common.firstIndex(of: letters) {
          let sameLength = common[..<taken].count { $0.count == length }
          letters = TextLetters.syllables[sameLength] + Array((length == 3 ? "x" : "zz").utf8)
        }
        Self.store(letters, at: word)
      }
    }
  }

  private static func store(_ letters: [UInt8], at word: UnsafeMutableRawPointer) {
    precondition(letters.count <= 14)
    for (index, letter) in letters.enumerated() {
      word.storeBytes(of: letter, toByteOffset: index, as: UInt8.self)
    }
    word.storeBytes(of: UInt8(ascii: " "), toByteOffset: letters.count, as: UInt8.self)
    word.storeBytes(of: UInt8(letters.count), toByteOffset: 15, as: UInt8.self)
  }
}
