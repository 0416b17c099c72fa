/// What helps PCRE2 where it does the searching.
struct PatternBounds: Equatable, Sendable {
  /// No match can hold a byte that ends a line (or a token), and nothing looks at what stands around it: the
  /// pattern finds the same in many lines at once as in each alone.
  let staysInside: Bool
  /// Bytes in a row that every match holds, the rarest there are; empty where none are known.
  let literal: [UInt8]

  init(_ syntax: PatternSyntax?, forbidden: ByteSet) {
    guard let syntax else {
      staysInside = false
      literal = []
      return
    }
    staysInside = Self.isDisjoint(syntax.alternatives, with: forbidden)
    let candidates = syntax.items.map { Self.literals(in: $0) } ?? []
    literal =
      candidates.min { ByteFrequency.rarestPair(of: $0).share < ByteFrequency.rarestPair(of: $1).share } ?? []
  }

  private static func isDisjoint(_ alternatives: [[PatternItem]], with forbidden: ByteSet) -> Bool {
    alternatives.allSatisfy { items in
      items.allSatisfy { item in
        switch item.atom {
        case .bytes(let set): set.isDisjoint(with: forbidden)
        case .group(let inner): isDisjoint(inner, with: forbidden)
        }
      }
    }
  }

  /// Literals that stand in every match of `items`, each non-empty and of at most 255 bytes.
  private static func literals(in items: [PatternItem]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var current: [UInt8] = []
    func finish() {
      if !current.isEmpty { result.append(Array(current.prefix(255))) }
      current = []
    }
    for item in items {
      switch item.atom {
      case .bytes(let set):
        guard let byte = set.onlyByte, item.minimum > 0 else {
          finish()
          continue
        }
        current += Array(repeating: byte, count: min(item.minimum, 255))
        if item.minimum != item.maximum {
          finish()
        }
      case .group(let alternatives):
        finish()
        if item.minimum > 0, alternatives.count == 1 { result += literals(in: alternatives[0]) }
      }
    }
    finish()
    return result
  }
}
