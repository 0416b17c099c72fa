/// Random patterns and texts over so few bytes that matches are dense and nearly match.
struct GrepCases {
  private var random: SeededGenerator
  private let letters: [UInt8] = Array("aabbc1-. ".utf8)

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// Now and then one that PCRE2 does not accept.
  mutating func pattern() -> [UInt8] {
    let isPlain = random.chance(70)
    var pattern = sequence(isPlain: isPlain, depth: 0)
    if !isPlain {
      if random.chance(10) { pattern = "^" + pattern }
      if random.chance(10) { pattern += "$" }
      if random.chance(15) { pattern += "|" + sequence(isPlain: false, depth: 1) }
      if random.chance(5) { pattern = "(?i)" + pattern }
    }
    return Array(pattern.utf8)
  }

  private mutating func sequence(isPlain: Bool, depth: Int) -> String {
    let count = Int.random(in: 1...5, using: &random)
    return (0..<count).map { _ in item(isPlain: isPlain, depth: depth) }.joined()
  }

  private mutating func item(isPlain: Bool, depth: Int) -> String {
    if !isPlain, depth < 2, random.chance(20) { return group(depth: depth) }
    if !isPlain, random.chance(8) {
      return ["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\1", "\\K", "\\R", "\\G"].randomElement(
        using: &random)!
    }
    var item = atom()
    if random.chance(45) { item += quantifier() }
    if !isPlain, random.chance(10) { item += ["?", "+"].randomElement(using: &random)! }
    return item
  }

  private mutating func group(depth: Int) -> String {
    let opening = ["(", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"].randomElement(using: &random)!
    var group = opening + sequence(isPlain: false, depth: depth + 1)
    if random.chance(50) { group += "|" + sequence(isPlain: false, depth: depth + 1) }
    group += ")"
    if random.chance(40) { group += quantifier() }
    return group
  }

  private mutating func atom() -> String {
    if random.chance(55) {
      let letter = String(UnicodeScalar(letters.randomElement(using: &random)!))
      return letter == "." || letter == "-" && random.chance(10) ? "\\" + letter : letter
    }
    return [
      ".", "[ab]", "[a-c]", "[^a]", "[^ab\\n]", "[b-d1]", "\\w", "\\d", "\\s", "\\S", "\\W", "\\D", "\\x61",
      "\\x{62}",
      "[[:alpha:]]", "[^[:space:]]", "[]a]", "[a\\]-]", "\\n", "\\r", "\\x00", "\\xff", "\\h", "\\N",
      "[\\w.]", "[.a-]",
    ].randomElement(using: &random)!
  }

  private mutating func quantifier() -> String {
    let low = Int.random(in: 0...3, using: &random)
    let high = low + Int.random(in: 0...3, using: &random)
    return ["*", "+", "?", "{\(low)}", "{\(low),}", "{\(low),\(high)}", "*", "+"].randomElement(
      using: &random)!
  }

  /// Mostly some lines; one in fifteen is longer than two blocks of a scan, with lines that cross them.
  mutating func text() -> [UInt8] {
    let isLong = random.chance(7)
    let count = isLong ? Int.random(in: 4000...9000, using: &random) : Int.random(in: 0...150, using: &random)
    let newlines = [1, 5, 20].randomElement(using: &random)!
    let repeats = random.chance(40)
    var text: [UInt8] = []
    while text.count < count {
      if Int.random(in: 0..<(isLong ? 2000 : 100), using: &random) < newlines {
        if random.chance(20) { text.append(0x0D) }
        text.append(0x0A)
      } else if random.chance(3) {
        text.append([0, 0xFF, 0x09, 0x0B, 0x80, 0x41].randomElement(using: &random)!)
      } else {
        let letter = letters.randomElement(using: &random)!
        let length = repeats ? Int.random(in: 1...(isLong ? 300 : 12), using: &random) : 1
        text += Array(repeating: letter, count: length)
      }
    }
    if random.chance(60) { text.append(0x0A) }
    return text
  }

  mutating func element<C: Collection>(_ collection: C) -> C.Element {
    collection.randomElement(using: &random)!
  }
}
