/// What the lines of a workload's output must be like.
struct OutputRule {
  enum Order {
    /// Ascending, each key once.
    case distinctKeys
    /// Ascending by key, of equal keys by the value's bytes.
    case keys
    /// By the first value descending, then by key.
    case firstValue
  }

  /// How many values follow the key, a TAB before each.
  var values: Int
  var order: Order

  func allows(_ line: OutputLine, after last: OutputLine) -> Bool {
    switch order {
    case .distinctKeys: return last.key.lexicographicallyPrecedes(line.key)
    case .keys:
      if last.key != line.key { return last.key.lexicographicallyPrecedes(line.key) }
      return !line.firstValue.utf8.lexicographicallyPrecedes(last.firstValue.utf8)
    case .firstValue:
      let before = ReferenceQuery.units(Array(last.firstValue.utf8)) ?? 0
      let now = ReferenceQuery.units(Array(line.firstValue.utf8)) ?? 0
      return before != now ? before > now : last.key.lexicographicallyPrecedes(line.key)
    }
  }
}

extension Workload {
  var outputRule: OutputRule {
    switch self {
    case .wordcount, .grep, .drain, .aggregation: OutputRule(values: 1, order: .distinctKeys)
    case .scan: OutputRule(values: 1, order: .keys)
    case .join(let query, _):
      OutputRule(values: 2, order: query.limit == nil ? .distinctKeys : .firstValue)
    }
  }
}

/// A line of an output, cut into key and values at its last TABs: keys may hold TABs.
struct OutputLine {
  private let bytes: [UInt8]
  private let keyLength: Int

  /// nil where the line has too few TABs.
  init?(_ line: UnsafeRawBufferPointer, values count: Int) {
    var end = line.count
    for _ in 0..<count {
      repeat {
        if end == 0 { return nil }
        end -= 1
      } while line[end] != 9
    }
    bytes = Array(line)
    keyLength = end
  }

  var key: ArraySlice<UInt8> { bytes[..<keyLength] }

  var firstValue: String {
    String(decoding: bytes[(keyLength + 1)...].prefix { $0 != 9 }, as: UTF8.self)
  }
}
