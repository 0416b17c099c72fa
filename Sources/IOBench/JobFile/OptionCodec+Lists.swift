import Metrics

extension OptionCodec where Value == PerDirection {
  /// Up to three values with commas between: reads, writes, trims. The last one holds for what follows it; a place that
  /// is left empty keeps its value (`bs=,8k`), and so do those after a comma at the end (`bs=8k,`).
  static func perDirection(atLeast minimum: Int) -> Self {
    OptionCodec(
      kind: "int[,int][,int]",
      read: { text, current, kbBase in
        let parts = try nonEmpty(text).split(separator: ",", omittingEmptySubsequences: false).map(
          String.init)
        // `4k,` has two places and `4k,8k,` three; there is no fourth.
        guard parts.count <= 3 else { throw OptionError("at most three values: read, write, trim") }
        var values = [current.read, current.write, current.trim]
        for (place, part) in parts.enumerated() where !part.isEmpty {
          if part.utf8.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }) {
            throw OptionError("'\(part)': ranges are not supported, and fio's values stand between commas")
          }
          let value = try OptionUnits.number(part, kbBase: kbBase)
          guard value >= minimum else { throw OptionError("must be at least \(minimum)") }
          let isLast = place == parts.count - 1
          for filled in place...(isLast ? 2 : place) { values[filled] = value }
        }
        return PerDirection(read: values[0], write: values[1], trim: values[2])
      }, show: { "\($0.read),\($0.write),\($0.trim)" })
  }
}

extension OptionCodec where Value == FileAmount {
  /// Bytes or hundredths.
  static func amount(percent allowed: ClosedRange<Int>, atLeast minimum: Int) -> Self {
    OptionCodec(
      kind: "int or int%",
      read: { text, _, kbBase in
        guard !text.hasPrefix("-") else { throw OptionError("must be at least \(minimum)") }
        guard text.hasSuffix("%") else {
          let bytes = try OptionUnits.number(text, kbBase: kbBase)
          guard bytes >= minimum else { throw OptionError("must be at least \(minimum)") }
          return .bytes(bytes)
        }
        let digits = text.dropLast()
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let percent = Int(digits),
          allowed.contains(percent)
        else {
          throw OptionError(
            "a percentage is a whole number from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return .percent(percent)
      },
      show: {
        switch $0 {
        case .bytes(let bytes): "\(bytes)"
        case .percent(let percent): "\(percent)%"
        }
      })
  }
}

extension OptionCodec where Value == FileAmount? {
  static func optionalAmount(percent allowed: ClosedRange<Int>, atLeast minimum: Int) -> Self {
    let plain = OptionCodec<FileAmount>.amount(percent: allowed, atLeast: minimum)
    return OptionCodec(
      kind: plain.kind, read: { text, _, kbBase in try plain.read(text, .bytes(0), kbBase) },
      show: { $0.flatMap(plain.show) })
  }
}

extension OptionCodec where Value == FileSizes? {
  /// One size or `smallest-largest`, in either order.
  static var fileSizes: Self {
    OptionCodec(
      kind: "int[-int]",
      read: { text, _, kbBase in
        let ends = try text.split(
          maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "-" || $0 == ":" }
        ).map { try OptionUnits.number(String($0), kbBase: kbBase) }
        guard ends.allSatisfy({ $0 >= 1 }) else { throw OptionError("must be at least 1") }
        return FileSizes(smallest: ends.min()!, largest: ends.max()!)
      },
      show: { sizes in
        sizes.map { $0.smallest == $0.largest ? "\($0.smallest)" : "\($0.smallest)-\($0.largest)" }
      })
  }
}

extension OptionCodec where Value == [String] {
  /// Names with `:` between, which `\:` means within one.
  static var fileNames: Self {
    OptionCodec(
      kind: "str[:str…]",
      read: { text, _, _ in
        var names: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in try nonEmpty(text).utf8 {
          if isEscaped, byte != UInt8(ascii: ":") { names[names.count - 1].append(UInt8(ascii: "\\")) }
          if byte == UInt8(ascii: "\\"), !isEscaped {
            isEscaped = true
            continue
          }
          if byte == UInt8(ascii: ":"), !isEscaped {
            names.append([])
          } else {
            names[names.count - 1].append(byte)
          }
          isEscaped = false
        }
        if isEscaped { names[names.count - 1].append(UInt8(ascii: "\\")) }
        guard !names.contains([]) else { throw OptionError("an empty file name between ':'") }
        return names.map { String(decoding: $0, as: UTF8.self) }
      },
      show: { names in
        guard !names.isEmpty else { return nil }
        return names.map { name in
          String(decoding: name.utf8.flatMap { $0 == 58 ? [92, 58] : [$0] }, as: UTF8.self)
        }.joined(separator: ":")
      })
  }
}

extension OptionCodec where Value == [Double] {
  /// Percentiles with `:` between, 20 at most; they come out sorted, each once.
  static var percentiles: Self {
    OptionCodec(
      kind: "float[:float…]",
      read: { text, _, _ in
        let values = try text.split(separator: ":", omittingEmptySubsequences: false).map {
          try OptionUnits.decimal($0)
        }
        guard values.allSatisfy({ (0...100).contains($0) }) else {
          throw OptionError("percentiles are from 0 to 100")
        }
        let distinct = Set(values).sorted()
        guard distinct.count <= 20 else { throw OptionError("at most 20 percentiles") }
        return distinct
      }, show: { $0.map { OptionUnits.decimalText($0) }.joined(separator: ":") })
  }
}

/// The error for a word that is none of `known`.
func unknownWord(_ word: String, _ known: [String]) -> OptionError {
  word.isEmpty ? OptionError("has no value") : OptionError("unknown" + knownHere(known, insteadOf: word))
}
