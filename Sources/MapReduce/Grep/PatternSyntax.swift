import CSystemIO

/// Something of a pattern and how often it may stand: `[a-z]{2,5}`, `(ab|c)*?`.
struct PatternItem: Equatable, Sendable {
  enum Atom: Equatable, Sendable {
    case bytes(ByteSet)
    /// A group, capturing or not: one of its alternatives.
    case group([[PatternItem]])
  }

  var atom: Atom
  var minimum = 1
  /// ``unbounded`` where there is no limit.
  var maximum = 1
  /// No `?` or `+` behind the quantifier: as many as possible first, and given back one by one.
  var isGreedy = true

  /// More than any text has, and small enough to add an offset to.
  static let unbounded = Int.max / 4
}

/// The syntax of a pattern, as far as it is made of byte classes, groups, alternatives and quantifiers.
///
/// Deliberately less than Perl's: what is not understood in full (anchors, assertions, options, verbs, back
/// references, …) yields nil, and PCRE2 alone searches for it. What a class holds is not worked out here
/// but asked of PCRE2, byte by byte, so that `\w`, `[[:alpha:]]` or `[^\d-]` cannot be understood differently.
struct PatternSyntax: Equatable, Sendable {
  let alternatives: [[PatternItem]]

  /// The items of a pattern without alternatives, single groups dissolved: `([a-z]+)ing` is `[a-z]+ing`.
  var items: [PatternItem]? { alternatives.count == 1 ? alternatives[0] : nil }

  /// - Parameter pattern: One that PCRE2 accepts; of another the result means nothing.
  static func parse(_ pattern: [UInt8]) -> PatternSyntax? {
    var parser = PatternParser(pattern)
    guard let alternatives = parser.alternatives(depth: 0), parser.isAtEnd else { return nil }
    return PatternSyntax(alternatives: alternatives)
  }
}

private struct PatternParser {
  private let pattern: [UInt8]
  private var position = 0
  private var known: [ArraySlice<UInt8>: ByteSet] = [:]

  init(_ pattern: [UInt8]) { self.pattern = pattern }

  var isAtEnd: Bool { position == pattern.count }
  private var next: UInt8? { position < pattern.count ? pattern[position] : nil }

  private func byte(at index: Int) -> UInt8? { index < pattern.count ? pattern[index] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func alternatives(depth: Int) -> [[PatternItem]]? {
    guard depth < 50 else { return nil }
    var result: [[PatternItem]] = []
    repeat {
      guard let items = sequence(depth: depth) else { return nil }
      result.append(items)
    } while skip("|")
    return result
  }

  private mutating func sequence(depth: Int) -> [PatternItem]? {
    var items: [PatternItem] = []
    while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
      guard let atom = atom(depth: depth) else { return nil }
      var item = PatternItem(atom: atom)
      guard let isQuantified = quantifier(&item) else { return nil }
      if !isQuantified, case .group(let inner) = item.atom, inner.count == 1 {
        items += inner[0]
      } else {
        items.append(item)
      }
    }
    return items
  }

  private mutating func atom(depth: Int) -> PatternItem.Atom? {
    let start = position
    guard let first = next else { return nil }
    switch Unicode.Scalar(first) {
    case "(":
      position += 1
      if skip("?"), !skip(":") { return nil }
      if next == UInt8(ascii: "*") { return nil }
      guard let inner = alternatives(depth: depth + 1), skip(")") else { return nil }
      return .group(inner)
    case "[":
      guard skipClass() else { return nil }
    case "\\":
      guard skipEscape() else { return nil }
    case ".":
      position += 1
    case "^", "$", "*", "+", "?", "{", ")", "|":
      return nil
    default:
      position += 1
      return .bytes(ByteSet([first]))
    }
    return members(of: pattern[start..<position]).map { .bytes($0) }
  }

  /// Reads `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}` with a `?` or `+` behind it; false where there is none.
  private mutating func quantifier(_ item: inout PatternItem) -> Bool? {
    switch next.map(Unicode.Scalar.init) {
    case "*": (item.minimum, item.maximum) = (0, PatternItem.unbounded)
    case "+": (item.minimum, item.maximum) = (1, PatternItem.unbounded)
    case "?": (item.minimum, item.maximum) = (0, 1)
    case "{":
      position += 1
      guard let minimum = number() else { return nil }
      item.minimum = minimum
      item.maximum = minimum
      if skip(",") {
        item.maximum = PatternItem.unbounded
        if next != UInt8(ascii: "}") {
          guard let maximum = number() else { return nil }
          item.maximum = maximum
        }
      }
      // The brace is skipped below; others (`{,3}`, a literal brace) changed their meaning between versions.
      guard next == UInt8(ascii: "}") else { return nil }
    default:
      return false
    }
    position += 1
    if next == UInt8(ascii: "?") || next == UInt8(ascii: "+") {
      item.isGreedy = false
      position += 1
    }
    return true
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
      value = (value ?? 0) * 10 + Int(digit - UInt8(ascii: "0"))
      guard value ?? 0 <= 65535 else { return nil }
      position += 1
    }
    return value
  }

  /// Moves behind an escape that stands for one byte of a class.
  private mutating func skipEscape() -> Bool {
    guard let kind = byte(at: position + 1) else { return false }
    position += 2
    switch Unicode.Scalar(kind) {
    case "d", "D", "w", "W", "s", "S", "h", "H", "v", "V", "t", "n", "r", "f", "e", "a":
      return true
    case "x":
      if skip("{") {
        while let digit = next, digit != UInt8(ascii: "}") {
          guard Self.isHexadecimal(digit) else { return false }
          position += 1
        }
        return skip("}")
      }
      guard let high = byte(at: position), let low = byte(at: position + 1) else { return false }
      position += 2
      return Self.isHexadecimal(high) && Self.isHexadecimal(low)
    default:
      // A punctuation mark stands for itself; letters and digits mean something else each.
      return kind < 0x80 && !Self.isAlphanumeric(kind)
    }
  }

  /// Moves behind a bracket class. Only its end is found here; PCRE2 says what it holds.
  private mutating func skipClass() -> Bool {
    position += 1
    _ = skip("^")
    _ = skip("]")
    while let byte = next {
      switch Unicode.Scalar(byte) {
      case "]":
        position += 1
        return true
      case "\\":
        guard let kind = self.byte(at: position + 1), !"QEcopPNbBRX".utf8.contains(kind) else { return false }
        position += 2
      case "[":
        position += 1
        guard let mark = next else { return false }
        if mark == UInt8(ascii: ":") {
          position += 1
          _ = skip("^")
          while let letter = next, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) { position += 1 }
          guard skip(":"), skip("]") else { return false }
        } else if mark == UInt8(ascii: ".") || mark == UInt8(ascii: "=") {
          return false
        }
      default:
        position += 1
      }
    }
    return false
  }

  /// The bytes that PCRE2 finds to match `slice`, a pattern for one byte.
  private mutating func members(of slice: ArraySlice<UInt8>) -> ByteSet? {
    if let set = known[slice] { return set }
    guard let code = try? PerlCode(Array(slice), compilesToMachineCode: false), !code.matchesEmpty,
      let data = pcre2_match_data_create_8(1, nil)
    else { return nil }
    defer { pcre2_match_data_free_8(data) }
    var set = ByteSet()
    for byte in UInt8.min...UInt8.max {
      var subject = byte
      let result = pcre2_match_8(code.pointer, &subject, 1, 0, 0, data, nil)
      guard result >= 0 || result == PCRE2_ERROR_NOMATCH else { return nil }
      if result >= 0 { set.insert(byte) }
    }
    known[slice] = set
    return set
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) && (byte | 0x20 <= UInt8(ascii: "f"))
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    let letter = byte | 0x20
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
