/// One row of the table of options: how fio calls it, and what becomes of it here.
struct JobOption: Sendable {
  var name: String
  /// fio's other names for it.
  var aliases: [String] = []
  /// What stands in the manual: `int`, `bool`, …
  var kind: String
  /// Whether the name alone, without `=`, sets it.
  var standsAlone = false
  /// The only engine that has it, as in fio; nil for all.
  var engine: IOEngineKind?
  /// Sets it in a job.
  var read: @Sendable (_ text: String?, _ job: inout IOJob) throws -> Void
  /// Its effective value in a job; nil where there is nothing to say.
  var show: @Sendable (IOJob) -> String?
  /// Why it is refused, whatever its value; nil where it is not.
  var refusal: String?

  /// A supported option that is one property of a job.
  static func option<Value>(
    _ name: String, _ aliases: String..., is codec: OptionCodec<Value>,
    _ path: any WritableKeyPath<IOJob, Value> & Sendable
  ) -> JobOption {
    JobOption(
      name: name, aliases: aliases, kind: codec.kind, standsAlone: codec.standsAlone,
      read: { text, job in
        guard let text = text ?? (codec.standsAlone ? "" : nil) else { throw needsValue(name, codec.kind) }
        guard codec.standsAlone || !text.isEmpty else { throw OptionError("has no value") }
        job[keyPath: path] = try codec.read(text, job[keyPath: path], job.kbBase)
      }, show: { codec.show($0[keyPath: path]) })
  }

  /// The same option, of one engine alone.
  func of(_ engine: IOEngineKind) -> JobOption {
    var option = self
    option.engine = engine
    return option
  }

  /// Another spelling of an option that is printed under its own name.
  static func inverse<Value>(
    _ name: String, is codec: OptionCodec<Value>, _ set: @escaping @Sendable (Value, inout IOJob) -> Void,
    from current: Value
  ) -> JobOption {
    JobOption(
      name: name, kind: codec.kind,
      read: { text, job in
        guard let text else { throw needsValue(name, codec.kind) }
        set(try codec.read(text, current, job.kbBase), &job)
      }, show: { _ in nil })
  }

  /// An option that may say only what is done in any case.
  static func only(_ name: String, _ aliases: String..., is values: String..., because reason: String)
    -> JobOption
  {
    JobOption(
      name: name, aliases: aliases, kind: values.joined(separator: " or "),
      read: { text, _ in
        guard values.contains(text ?? "1") else {
          throw OptionError("only \(values.joined(separator: " or ")) is supported: \(reason)")
        }
      }, show: { _ in nil })
  }

  /// An option that fio knows and this program does not.
  static func refused(_ name: String, _ aliases: String..., because reason: String) -> JobOption {
    JobOption(
      name: name, aliases: aliases, kind: "refused",
      read: { _, _ in throw OptionError("\(name) is not supported: \(reason)") }, show: { _ in nil },
      refusal: reason)
  }

  private static func needsValue(_ name: String, _ kind: String) -> OptionError {
    OptionError("needs a value (\(kind)), as \(name)=…")
  }
}

/// All options, in the order in which they are printed.
enum OptionTable {
  static let supported: [JobOption] = jobs + access + files + engines + durations + checks + machine + outputs
  static let all: [JobOption] = supported + fixed + RefusedOptions.all

  /// By name and alias.
  private static let byName: [String: JobOption] = Dictionary(
    uniqueKeysWithValues: all.flatMap { option in ([option.name] + option.aliases).map { ($0, option) } })

  static func find(_ name: String) -> JobOption? { byName[name] }

  /// Every name that is understood, for the word that was meant.
  static let names: [String] = all.flatMap { [$0.name] + $0.aliases }
}
