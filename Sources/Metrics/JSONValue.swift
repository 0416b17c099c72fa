/// A JSON value whose objects keep their order, so that files can be read and compared by people.
public indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([(String, JSONValue)])

  public static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
  public static func optional(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
  public static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.text) ?? .null }
  public static func texts(_ values: [String]) -> JSONValue { .array(values.map(JSONValue.text)) }

  /// Indented by two spaces, ended by a line feed.
  public var text: String { written(indent: 0) + "\n" }

  /// The same in one line, without its line feed.
  public var line: String {
    switch self {
    case .array(let values): "[" + values.map(\.line).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.0)): \($0.1.line)" }.joined(separator: ", ") + "}"
    default: written(indent: 0)
    }
  }

  private func written(indent: Int) -> String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    // JSON has no infinities.
    case .number(let value): return value.isFinite ? "\(value)" : "null"
    case .text(let value): return Self.quoted(value)
    case .array(let values):
      return Self.block("[", values.map { $0.written(indent: indent + 2) }, "]", indent)
    case .object(let members):
      let lines = members.map { "\(Self.quoted($0.0)): \($0.1.written(indent: indent + 2))" }
      return Self.block("{", lines, "}", indent)
    }
  }

  private static func block(_ open: String, _ lines: [String], _ close: String, _ indent: Int) -> String {
    guard !lines.isEmpty else { return open + close }
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    return open + "\n" + lines.map { inner + $0 }.joined(separator: ",\n") + "\n" + outer + close
  }

  /// A string as JSON writes it, DEL escaped too: so it is a double-quoted scalar of YAML as well.
  package static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
