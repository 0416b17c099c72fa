/// How one kind of option is read and written. What `show` writes, `read` reads again as the same value.
struct OptionCodec<Value: Sendable>: Sendable {
  /// What stands in the manual: `int`, `bool`, `time`, …
  var kind: String
  /// Whether the name alone, without `=`, is a value.
  var standsAlone = false
  /// The value that a text means: `current` is what the job has so far, `kbBase` what `k` means.
  var read: @Sendable (_ text: String, _ current: Value, _ kbBase: Int) throws -> Value
  /// Nil where there is nothing to say.
  var show: @Sendable (Value) -> String?
}

extension OptionCodec where Value == Int {
  /// A whole number, with units as fio takes them everywhere (`iodepth=1k`).
  static func int(_ allowed: ClosedRange<Int>) -> Self {
    OptionCodec(
      kind: "int",
      read: { text, _, kbBase in
        if text.hasPrefix("-") { throw OptionError("must be at least \(allowed.lowerBound)") }
        let value = try OptionUnits.number(text, kbBase: kbBase)
        guard value >= allowed.lowerBound else { throw OptionError("must be at least \(allowed.lowerBound)") }
        guard value <= allowed.upperBound else { throw OptionError("must be at most \(allowed.upperBound)") }
        return value
      }, show: { "\($0)" })
  }

  /// Nanoseconds; `unit` is what a number without one means.
  static func time(unit: Int) -> Self {
    OptionCodec(
      kind: "time", read: { text, _, _ in try OptionUnits.time(text, unit: unit) },
      show: { OptionUnits.timeText($0) })
  }
}

extension OptionCodec where Value == Int? {
  static func optionalInt(_ allowed: ClosedRange<Int>) -> Self {
    let plain = OptionCodec<Int>.int(allowed)
    return OptionCodec(
      kind: "int", read: { text, _, kbBase in try plain.read(text, 0, kbBase) }, show: { $0.map { "\($0)" } })
  }
}

extension OptionCodec where Value == Bool {
  /// `0` or `1`.
  static var bool: Self {
    OptionCodec(
      kind: "bool",
      read: { text, _, _ in
        switch text {
        case "0": return false
        case "1": return true
        default: throw OptionError("must be 0 or 1")
        }
      }, show: { $0 ? "1" : "0" })
  }

  /// A bool that the name alone sets.
  static var flag: Self {
    var flag = bool
    flag.standsAlone = true
    let plain = flag.read
    flag.read = { text, current, kbBase in text.isEmpty ? true : try plain(text, current, kbBase) }
    return flag
  }
}

extension OptionCodec where Value == String {
  static var text: Self { OptionCodec(kind: "str", read: { text, _, _ in try nonEmpty(text) }, show: { $0 }) }
}

extension OptionCodec where Value == String? {
  static var optionalText: Self {
    OptionCodec(kind: "str", read: { text, _, _ in try nonEmpty(text) }, show: { $0 })
  }

  /// The name of a log; alone it means the job's own name, which the rules fill in.
  static var logName: Self {
    OptionCodec(kind: "str", standsAlone: true, read: { text, _, _ in text }, show: { $0 })
  }
}

extension OptionCodec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of some words.
  ///
  /// - Parameters:
  ///   - also: Other spellings that mean a case.
  ///   - refused: What fio knows beyond that, with the reason.
  static func choice(also: [String: Value] = [:], refused: [String: String] = [:]) -> Self {
    OptionCodec(
      kind: "str",
      read: { text, _, _ in
        if let value = Value(rawValue: text) ?? also[text] { return value }
        if let reason = refused[text] { throw OptionError(reason) }
        throw unknownWord(text, Value.allCases.map(\.rawValue))
      }, show: { $0.rawValue })
  }
}

func nonEmpty(_ text: String) throws -> String {
  guard !text.isEmpty else { throw OptionError("has no value") }
  return text
}
