/// The letters that words of generated text are made of.
///
/// A word is a prefix (nothing, a vowel, or a cluster such as `tha`), some syllables of a consonant and a
/// vowel, and an ending. Every set has 2^n members, so that a word's number gives its letters by shifts.
/// Two shapes never spell one word: the ending shows in the last letters (a vowel, one consonant behind a
/// vowel, `ing`, `ly`, `ness`, `tion`, `ment`), the prefix in the first two, and all else has fixed widths.
enum TextLetters {
  /// The most frequent words, most frequent first: English function words of one to four letters.
  static let common = split(
    """
    the a of to in i is and it he on as at be we by or an so that my me if no do up go was us for his \
    you not had am are but they him this her from she all one out who has can its what when them then \
    your have will were been said more than into some time only very like well over also back down \
    just even most such much must made many long make good year work life day men way may our any new \
    now old own see two too use how man did get say few off put end far let yet ten big why set ask \
    run try yes lot ago top low war law air
    """)
  static let syllables = split(
    """
    ba be bi bo bu ca ce ci co da de di do du fa fe fi fo ga ge go ha he hi ho la le li lo lu ma me \
    mi mo mu na ne ni no pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve vi wa we wi
    """)
  static let vowels = split("a e i o")
  static let clusters = split("bl br ch cl cr dr fl fr gl gr ph pl pr sc sh sk sl sm sn sp st sw th tr tw wh")
    .flatMap { cluster in split("a e i o u").map { cluster + $0 } }
    .filter { $0 != Array("twu".utf8) && $0 != Array("whu".utf8) }
  static let consonants = split("b c d f g k l m n p r s t v w z")

  private static func split(_ words: String) -> [[UInt8]] {
    words.utf8.split(separator: UInt8(ascii: " ")).map(Array.init)
  }
}

enum TextPrefix: CaseIterable {
  case none, vowel, cluster

  var choices: [[UInt8]] {
    switch self {
    case .none: [[]]
    case .vowel: TextLetters.vowels
    case .cluster: TextLetters.clusters
    }
  }
}

enum TextEnding: CaseIterable {
  case none, consonant, ing, ly, ness, tion, ment

  var choices: [[UInt8]] {
    switch self {
    case .none: [[]]
    case .consonant: TextLetters.consonants
    case .ing: TextLetters.consonants.map { $0 + Array("ing".utf8) }
    case .ly: [Array("ly".utf8)]
    case .ness: [Array("ness".utf8)]
    case .tion: [Array("tion".utf8)]
    case .ment: [Array("ment".utf8)]
    }
  }
}

/// What kind of word: its length and how many words there are of it.
struct TextShape: Hashable {
  var prefix: TextPrefix
  var syllables: Int
  var ending: TextEnding

  /// Letters.
  var length: Int { prefix.choices[0].count + 2 * syllables + ending.choices[0].count }
  /// Words of this shape: 2^`bits`.
  var bits: Int { Self.bits(prefix.choices.count) + 6 * syllables + Self.bits(ending.choices.count) }

  static func bits(_ count: Int) -> Int {
    precondition(count > 0 && count & (count - 1) == 0)
    return count.trailingZeroBitCount
  }

  /// All shapes with 3…14 letters, shortest first; of one length the most numerous first.
  static let all: [TextShape] = TextPrefix.allCases.flatMap { prefix in
    TextEnding.allCases.flatMap { ending in
      (0...7).map { TextShape(prefix: prefix, syllables: $0, ending: ending) }
    }
  }
  .filter { shape in
    let bareEnding = shape.prefix == .none && shape.syllables == 0
    return (3...14).contains(shape.length) && !bareEnding
  }
}

/// Spells word number n of a shape by shifts and table loads, without branches.
struct TextSpeller {
  /// How one shape takes a number's bits apart.
  struct Plan {
    var mask: UInt64
    var halfBits: UInt64
    var prefixBase: Int
    var prefixMask: UInt64
    var prefixBits: UInt64
    var prefixLength: Int
    var endingBase: Int
    var endingMask: UInt64
    var endingBits: UInt64
    var endingOffset: Int
    var length: Int
  }

  /// Bytes behind a word's start that ``spell(_:_:at:)`` may overwrite.
  static let writtenBytes = 24

  /// Two syllables each: four letters for twelve bits.
  let syllablePairs: UnsafeMutablePointer<UInt32>
  /// Prefixes and endings of up to four letters, of all kinds back to back.
  let affixes: UnsafeMutablePointer<UInt32>

  init() {
    let syllables = TextLetters.syllables
    precondition(syllables.count == 64)
    syllablePairs = .allocate(capacity: 4096)
    for pair in 0..<4096 { syllablePairs[pair] = Self.packed(syllables[pair & 63] + syllables[pair >> 6]) }
    let all = TextPrefix.allCases.flatMap(\.choices) + TextEnding.allCases.flatMap(\.choices)
    affixes = .allocate(capacity: all.count)
    for (index, letters) in all.enumerated() { affixes[index] = Self.packed(letters) }
  }

  func deallocate() {
    syllablePairs.deallocate()
    affixes.deallocate()
  }

  func plan(of shape: TextShape) -> Plan {
    var base = 0
    var prefixBase = 0
    for prefix in TextPrefix.allCases {
      if prefix == shape.prefix { prefixBase = base }
      base += prefix.choices.count
    }
    var endingBase = 0
    for ending in TextEnding.allCases {
      if ending == shape.ending { endingBase = base }
      base += ending.choices.count
    }
    let prefixes = shape.prefix.choices
    let endings = shape.ending.choices
    return Plan(
      mask: (1 << UInt64(shape.bits)) - 1, halfBits: UInt64((shape.bits + 1) / 2),
      prefixBase: prefixBase, prefixMask: UInt64(prefixes.count - 1),
      prefixBits: UInt64(TextShape.bits(prefixes.count)), prefixLength: prefixes[0].count,
      endingBase: endingBase, endingMask: UInt64(endings.count - 1),
      endingBits: UInt64(TextShape.bits(endings.count)),
      endingOffset: prefixes[0].count + 2 * shape.syllables, length: shape.length)
  }

  /// Writes word number `number` (under the shape's count) at `target` and returns its letters.
  ///
  /// Numbers are scrambled first, by a bijection on the shape's bits, so that neighbours look unlike.
  @inline(__always)
  func spell(_ plan: UnsafePointer<Plan>, _ number: UInt64, at target: UnsafeMutableRawPointer) -> Int {
    let mask = plan.pointee.mask
    var bits = ((number &+ 0x5851_F42D_4C95_7F2D) &* 0x9E37_79B9_7F4A_7C15) & mask
    bits ^= bits &>> plan.pointee.halfBits
    bits = (bits &* 0xD6E8_FEB8_6659_FD93) & mask
    let prefix = plan.pointee.prefixBase &+ Int(bits & plan.pointee.prefixMask)
    target.storeBytes(of: affixes[prefix], as: UInt32.self)
    bits = bits &>> plan.pointee.prefixBits
    let ending = plan.pointee.endingBase &+ Int(bits & plan.pointee.endingMask)
    bits = bits &>> plan.pointee.endingBits
    let middle = target + plan.pointee.prefixLength
    // Shapes with fewer syllables have fewer bits: the surplus letters are overwritten by what follows.
    middle.storeBytes(of: syllablePairs[Int(bits & 4095)], as: UInt32.self)
    middle.storeBytes(of: syllablePairs[Int((bits &>> 12) & 4095)], toByteOffset: 4, as: UInt32.self)
    middle.storeBytes(of: syllablePairs[Int((bits &>> 24) & 4095)], toByteOffset: 8, as: UInt32.self)
    middle.storeBytes(of: syllablePairs[Int((bits &>> 36) & 4095)], toByteOffset: 12, as: UInt32.self)
    target.storeBytes(of: affixes[ending], toByteOffset: plan.pointee.endingOffset, as: UInt32.self)
    return plan.pointee.length
  }

  private static func packed(_ letters: [UInt8]) -> UInt32 {
    precondition(letters.count <= 4)
    return letters.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
