/// Which shape and which numbers each slot of each zone of a vocabulary has; see ``TextVocabulary``.
struct TextLayout {
  struct Cell {
    /// Index in ``TextShape/all``.
    var shape: Int
    var firstNumber: Int
  }

  /// `cells[16 * zone + slot]`.
  var cells: [Cell] = []
  /// Mean letters of a token, times ``weight``.
  var weightedLetters: UInt64 = 0
  /// Sum of the ranks' weights, scaled down.
  var weight: UInt64 = 0

  /// How far a slot's words are from their zone's mean, in sixteenths of a letter: short and long take turns,
  /// and the long tail is on the right as in a natural language. All differ modulo 16, so that a shift by one
  /// sixteenth lengthens one slot.
  private static let offsets = [-32, -25, 9, -18, 45, -27, 3, -6, 97, -12, 22, -8, -21, 66, 28, -1]
  private static let ingSlot = 4
  private static let suffixSlot = 13
  private static let suffixes: [TextEnding] = [.ly, .ness, .tion, .ment]
  /// Sixteenths of a letter by which words of the next zone, twice as rare, are longer.
  private static let slope = 8
  private static let lengths = TextShape.all.map(\.length)
  private static let capacities = TextShape.all.map { 1 << $0.bits }

  /// The layout whose mean token is nearest to ``TextVocabulary/meanLetters``.
  ///
  /// Vocabularies under some 500 words, mostly short, stay below that mean; over 50 million, they run out of
  /// short words and stay above.
  static func fitted(count: Int) -> TextLayout {
    let mean = TextVocabulary.meanLetters
    // Over or under the wanted mean, times weight and denominator.
    func excess(_ layout: TextLayout) -> Int {
      Int(layout.weightedLetters * mean.denominator) - Int(layout.weight * mean.numerator)
    }
    var low = -256
    var high = 512
    while low < high {
      let middle = (low + high) >> 1
      if excess(TextLayout(count: count, shift: middle)) >= 0 { high = middle } else { low = middle + 1 }
    }
    let over = TextLayout(count: count, shift: low)
    let under = TextLayout(count: count, shift: low - 1)
    return excess(over).magnitude < excess(under).magnitude ? over : under
  }

  private init(count: Int, shift: Int) {
    for rank in 0..<min(count, TextVocabulary.firstZone) {
      add(TextLaw.weight(rank) >> 16, letters: TextLetters.common[rank].count)
    }
    var used = [Int](repeating: 0, count: Self.lengths.count)
    var zone = 0
    while TextVocabulary.firstZone << zone < count {
      let first = TextVocabulary.firstZone << zone
      let slotWeight = Self.weight(first..<min(2 * first, count)) / UInt64(TextVocabulary.slots)
      let needed = first / TextVocabulary.slots
      for slot in 0..<TextVocabulary.slots {
        let wanted = (shift + Self.slope * zone + Self.offsets[slot] + 8) >> 4
        // Words of three and four letters are all kept spelled, where clashes with common words are mended.
        let shortest = first < TextVocabulary.spelledLimit ? 3 : 5
        let length = min(max(wanted, shortest), 14)
        let shape = Self.shape(length: length, zone: zone, slot: slot, needed: needed, used: used)
        cells.append(Cell(shape: shape, firstNumber: used[shape]))
        used[shape] += needed
        add(slotWeight, letters: Self.lengths[shape])
      }
      zone += 1
    }
  }

  private mutating func add(_ weight: UInt64, letters: Int) {
    self.weight += weight
    weightedLetters += weight * UInt64(letters)
  }

  /// The shape of at least `length` letters, of the slot's ending where one is free, with the most words left.
  private static func shape(length: Int, zone: Int, slot: Int, needed: Int, used: [Int]) -> Int {
    if slot == ingSlot, let shape = roomiest(length, needed, used, { $0 == .ing }) { return shape }
    let suffix = suffixes[zone % suffixes.count]
    if slot == suffixSlot, let shape = roomiest(length, needed, used, { $0 == suffix }) { return shape }
    let plain = roomiest(length, needed, used) { $0 == .none || $0 == .consonant }
    guard let plain else { preconditionFailure("no \(needed) words of \(length) letters") }
    return plain
  }

  private static func roomiest(
    _ shortest: Int, _ needed: Int, _ used: [Int], _ fits: (TextEnding) -> Bool
  ) -> Int? {
    for length in shortest...14 {
      var best: Int?
      var room = needed - 1
      for (index, shape) in TextShape.all.enumerated() where lengths[index] == length && fits(shape.ending) {
        if capacities[index] - used[index] > room {
          best = index
          room = capacities[index] - used[index]
        }
      }
      if let best { return best }
    }
    return nil
  }

  /// The ranks' weight by the midpoints of 16 steps, scaled down by 2^16.
  private static func weight(_ ranks: Range<Int>) -> UInt64 {
    (0..<16).reduce(0) { sum, step in
      let first = ranks.lowerBound + ranks.count * step / 16
      let end = ranks.lowerBound + ranks.count * (step + 1) / 16
      return sum + (TextLaw.weight((first + end) / 2) >> 16) * UInt64(end - first)
    }
  }
}
