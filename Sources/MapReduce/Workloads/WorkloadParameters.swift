/// A workload's parameters as they were given, taken one by one; what is left in the end is unknown.
struct WorkloadParameters {
  let workload: String
  private var values: [String: String]

  init(workload: String, values: [String: String]) {
    self.workload = workload
    self.values = values
  }

  mutating func take(_ name: String) -> String? { values.removeValue(forKey: name) }

  mutating func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = take(name) else { return nil }
    guard let value = Int(text) else { throw error(name, text, "is no whole number") }
    guard range.contains(value) else {
      throw error(name, text, "is not in \(range.lowerBound)…\(range.upperBound)")
    }
    return value
  }

  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
    guard let text = take(name) else { return nil }
    guard let value = Choice(rawValue: text) else {
      throw error(
        name, text, "is unknown; known here: " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  mutating func flag(_ name: String) throws -> Bool {
    switch take(name) {
    case nil, "off", "false", "no": false
    case "on", "true", "yes": true
    case let text?: throw error(name, text, "is neither on nor off")
    }
  }

  mutating func date(_ name: String) throws -> Int32? {
    guard let text = take(name) else { return nil }
    guard let date = CalendarDate.parse(text) else {
      throw error(name, text, "is no date (as in 1980-01-31)")
    }
    return date
  }

  mutating func delimiter(_ name: String) throws -> TableFormat.Delimiter? {
    guard let text = take(name) else { return nil }
    guard let delimiter = TableFormat.Delimiter(text) else {
      throw error(name, text, "is unknown; known here: comma, bar, tab (or the character itself)")
    }
    return delimiter
  }

  func error(_ name: String, _ text: String, _ why: String) -> JobError {
    JobError("workload \(workload): \(name) '\(text)' \(why)", parameter: name)
  }

  /// - Throws: ``JobError`` naming a parameter that nobody took.
  func end() throws {
    if let name = values.keys.sorted().first {
      throw JobError("workload \(workload): unknown parameter '\(name)'", parameter: name)
    }
  }
}

extension TableFormat.Delimiter {
  /// By its name, or the character itself.
  public init?(_ text: String) {
    switch text {
    case "comma", ",": self = .comma
    case "bar", "|": self = .bar
    case "tab", "\t", "\\t", "TAB": self = .tab
    default: return nil
    }
  }
}

extension CalendarDate {
  /// `1980-01-31`.
  public static func text(_ date: Int32) -> String {
    func digits(_ value: Int32, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    return "\(digits(date / 10_000, 4))-\(digits(date / 100 % 100, 2))-\(digits(date % 100, 2))"
  }
}
