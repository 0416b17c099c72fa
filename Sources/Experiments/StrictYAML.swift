import Metrics
import Yams

/// A value of a YAML file together with its place, read strictly: what is not understood is an error there.
struct StrictNode {
  let file: String
  let node: Node

  /// The file's only document.
  /// - Throws: ``WorkloadFileError``, where it is no YAML, empty, has two documents or one key twice.
  static func parse(_ text: String, file: String) throws -> StrictNode {
    do {
      // Types are asked for by name: without rules that guess them, Yams compiles no regular expressions (2 ms).
      guard let root = try Parser(yaml: text, resolver: .basic).singleRoot() else {
        throw WorkloadFileError(file, line: 1, column: 1, "the file is empty")
      }
      return StrictNode(file: file, node: root)
    } catch let error as YamlError {
      throw placed(error, file: file)
    }
  }

  private static func placed(_ error: YamlError, file: String) -> WorkloadFileError {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let message = (context.map { $0.text + ": " } ?? "") + problem
      return WorkloadFileError(file, line: mark.line, column: mark.column, "no valid YAML: \(message)")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      return WorkloadFileError(
        file, line: context.mark.line, column: context.mark.column,
        "key \(names) is given more than once here")
    default:
      return WorkloadFileError(file, "no valid YAML: \(error)")
    }
  }

  func error(_ message: String) -> WorkloadFileError {
    WorkloadFileError(file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message)
  }

  /// A scalar's characters, whatever YAML would take them for: `1`, `yes` and `0x10` stay as written.
  func text(_ what: String) throws -> String {
    guard case .scalar(let scalar) = node else { throw error("\(what) must be one value, not \(shape)") }
    guard !scalar.string.isEmpty || scalar.style != .plain, !isNull else {
      throw error("\(what) has no value")
    }
    return scalar.string
  }

  /// `key:` with nothing behind it, or `~`.
  var isNull: Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else {
      return false
    }
    return scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null"
  }

  func integer(_ what: String, in range: ClosedRange<Int>) throws -> Int {
    let text = try text(what)
    guard let value = Int(text) else { throw error("\(what) must be a whole number, not '\(text)'") }
    guard range.contains(value) else {
      let limits =
        range.upperBound == .max
        ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw error("\(what) must be \(limits), not \(value)")
    }
    return value
  }

  /// Bytes, with a unit: `64MiB`.
  func size(_ what: String) throws -> Int {
    let text = try text(what)
    guard let bytes = ByteSize.parse(text), bytes > 0 else {
      throw error("\(what) must be a size such as 64MiB, 1GiB or 10MB, not '\(text)'")
    }
    return bytes
  }

  func onOff(_ what: String) throws -> Bool {
    let text = try text(what)
    switch text.lowercased() {
    case "on", "true", "yes": return true
    case "off", "false", "no": return false
    default: throw error("\(what) must be on or off, not '\(text)'")
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ what: String, of type: Choice.Type) throws -> Choice
  where Choice.RawValue == String {
    let text = try choice(what, of: Choice.allCases.map(\.rawValue))
    return Choice(rawValue: text) ?? Choice.allCases[Choice.allCases.startIndex]
  }

  func choice(_ what: String, of known: [String]) throws -> String {
    let text = try text(what)
    guard known.contains(text) else {
      throw error("unknown \(what) '\(text)'" + knownHere(known, insteadOf: text))
    }
    return text
  }

  /// The values of a sequence, or the one value that stands alone. Never empty.
  func oneOrMore(_ what: String) throws -> [StrictNode] {
    guard case .sequence(let sequence) = node else { return [self] }
    guard !sequence.isEmpty else { throw error("\(what) must have at least one value") }
    return sequence.map { StrictNode(file: file, node: $0) }
  }

  /// The values by key; every key is one of `known`.
  func mapping(_ what: String, known: [String]) throws -> StrictMapping {
    guard case .mapping(let mapping) = node else {
      throw error("\(what) must be a mapping with the keys \(known.joined(separator: ", ")), not \(shape)")
    }
    var values: [String: StrictNode] = [:]
    for (key, value) in mapping {
      let keyNode = StrictNode(file: file, node: key)
      let name = try keyNode.text("a key")
      guard known.contains(name) else {
        throw keyNode.error("unknown key '\(name)'" + knownHere(known, insteadOf: name))
      }
      // A value that is missing has no place of its own worth naming: its key has.
      let given = StrictNode(file: file, node: value)
      guard !given.isNull else { throw keyNode.error("\(name) has no value") }
      values[name] = given
    }
    return StrictMapping(place: self, values: values)
  }

  var isAutomatic: Bool { if case .scalar(let scalar) = node { scalar.string == "auto" } else { false } }

  /// The keys and values of a mapping whose keys another reader knows, in the file's order.
  func entries(_ what: String) throws -> [(key: StrictNode, value: StrictNode)] {
    guard case .mapping(let mapping) = node else {
      throw error("\(what) must be a mapping, not \(shape)")
    }
    return mapping.map { (StrictNode(file: file, node: $0.key), StrictNode(file: file, node: $0.value)) }
  }

  /// Whether it is a mapping with that key, whatever else it has.
  func hasKey(_ name: String) -> Bool {
    guard case .mapping(let mapping) = node else { return false }
    return mapping.contains { key, _ in
      if case .scalar(let scalar) = key { scalar.string == name } else { false }
    }
  }

  var isMapping: Bool { if case .mapping = node { true } else { false } }

  private var shape: String {
    switch node {
    case .scalar(let scalar): "'\(scalar.string)'"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}

/// A mapping whose keys are all known.
struct StrictMapping {
  let place: StrictNode
  let values: [String: StrictNode]

  subscript(key: String) -> StrictNode? { values[key] }

  func required(_ key: String, of what: String) throws -> StrictNode {
    guard let value = values[key] else { throw place.error("\(what) needs the key '\(key)'") }
    return value
  }

  /// Each value behind `key`, read by `read`; nil where the key is not given.
  func list<Value>(_ key: String, _ read: (StrictNode) throws -> Value) throws -> [Value]? {
    try values[key]?.oneOrMore(key).map(read)
  }
}
