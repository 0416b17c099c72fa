import Functions
import Metrics
import Reports

/// The `faas` part of an experiment: scenarios in which the function platform is called, each a small matrix.
public struct FaasPlan: Sendable {
  public struct Scenario: Hashable, Sendable {
    public var name: String
    public var action = BuiltinActions.noop
    public var arrival = FaasCell.Arrival.closed
    public var starts = JobSpecification.Starts.warm
    public var invocations = 100
    public var concurrency = [1]
    /// Bytes.
    public var payloads = [0]
    /// Bytes; nil: no limit.
    public var memories: [Int?] = [nil]
    /// Bytes that `touch` writes to; nil: half the memory limit.
    public var touched: Int?
  }

  public var platforms: [String] = [PlatformProfile.native.name]
  public var scenarios: [Scenario]

  /// What an experiment with a key `faas` may have besides.
  static let experimentKeys = [
    "name", "description", "faas", "repeats", "warmup", "until", "budget", "seed",
  ]
  static let actions = [BuiltinActions.noop, BuiltinActions.echo, BuiltinActions.touch]
  /// A frame's payload is 64 MiB at most, its header of an activation included.
  private static let largestPayload = 63 << 20
  private static let leastMemory = 64 << 20
  /// Of `touch` where there is no limit to take half of.
  private static let usualTouch = 16 << 20

  /// In the file's order: platforms outermost.
  public var cells: [FaasCell] {
    var cells: [FaasCell] = []
    for platform in platforms {
      for scenario in scenarios {
        for concurrency in scenario.concurrency {
          for payload in scenario.payloads {
            for memory in scenario.memories {
              cells.append(
                FaasCell(
                  scenario: scenario.name, platform: platform, action: scenario.action,
                  arrival: scenario.arrival, starts: scenario.starts, concurrency: concurrency,
                  invocations: scenario.invocations, payload: payload, memory: memory,
                  touched: Self.touched(scenario, memory)))
            }
          }
        }
      }
    }
    return cells
  }

  private static func touched(_ scenario: Scenario, _ memory: Int?) -> Int? {
    guard scenario.action == BuiltinActions.touch else { return nil }
    if let touched = scenario.touched { return touched }
    return memory.map { $0 / 2 } ?? usualTouch
  }

  init(_ node: StrictNode) throws {
    let mapping = try node.mapping("faas", known: ["platforms", "scenarios"])
    let named = try mapping.list("platforms") {
      try $0.choice("platform", of: PlatformProfile.known.map(\.name))
    }
    let nodes = try mapping.required("scenarios", of: "faas").oneOrMore("scenarios")
    scenarios = try nodes.map(Self.scenario)
    if let named { platforms = named }
    var seen = Set<String>()
    for (scenario, node) in zip(scenarios, nodes) where !seen.insert(scenario.name).inserted {
      throw node.error("there is a scenario '\(scenario.name)' already")
    }
    var cells: [String: String] = [:]
    for cell in self.cells {
      if let other = cells.updateValue(cell.scenario, forKey: cell.id) {
        throw node.error(
          "scenarios \(other) and \(cell.scenario) have a cell in common: leave one of them out")
      }
    }
  }

  private static func scenario(_ node: StrictNode) throws -> Scenario {
    let mapping = try node.mapping(
      "a scenario",
      known: [
        "name", "action", "arrival", "starts", "invocations", "concurrency", "payload", "memory", "touch",
      ])
    var scenario = Scenario(
      name: try SystemFile.checkedName(
        mapping.required("name", of: "a scenario"), "the name of a scenario"))
    scenario.action = try mapping["action"]?.choice("action", of: actions) ?? scenario.action
    scenario.arrival =
      try mapping["arrival"]?.choice("arrival", of: FaasCell.Arrival.self) ?? scenario.arrival
    scenario.starts =
      try mapping["starts"]?.choice("starts", of: JobSpecification.Starts.self) ?? scenario.starts
    scenario.concurrency =
      try mapping.list("concurrency") { try $0.integer("concurrency", in: 1...1024) } ?? scenario.concurrency
    scenario.invocations =
      try mapping["invocations"]?.integer("invocations", in: 1...1_000_000) ?? scenario.invocations
    scenario.payloads =
      try mapping.list("payload") { node -> Int in
        guard try node.text("payload") != "0" else { return 0 }
        let size = try node.size("payload")
        guard size <= largestPayload else {
          throw node.error("payload must be at most \(ByteSize.text(largestPayload)), a frame's limit")
        }
        return size
      } ?? scenario.payloads
    scenario.memories =
      try mapping.list("memory") { node -> Int? in
        guard !node.isAutomatic else { return nil }
        let size = try node.size("memory")
        guard size >= leastMemory else {
          throw node.error(
            "memory must be at least \(ByteSize.text(leastMemory)): a worker needs that itself")
        }
        return size
      } ?? scenario.memories
    scenario.touched = try mapping["touch"]?.size("touch")
    if scenario.action == BuiltinActions.touch, let payload = mapping["payload"] {
      throw payload.error("the action touch has no payload (echo returns one)")
    }
    if scenario.action != BuiltinActions.touch, let touch = mapping["touch"] {
      throw touch.error("only the action touch touches memory, not \(scenario.action)")
    }
    return scenario
  }

  /// The part of an experiment's file that ``init(_:)`` reads as the same.
  var yaml: [String] {
    func list(_ values: [String]) -> String { "[\(values.joined(separator: ", "))]" }
    return ["faas:", "  platforms: \(list(platforms))", "  scenarios:"]
      + scenarios.map { scenario -> String in
        var fields = [
          "name: \(JSONValue.quoted(scenario.name))", "action: \(scenario.action)",
          "arrival: \(scenario.arrival.rawValue)", "starts: \(scenario.starts.rawValue)",
          "invocations: \(scenario.invocations)",
          "concurrency: \(list(scenario.concurrency.map { String($0) }))",
        ]
        if scenario.action != BuiltinActions.touch {
          fields.append("payload: \(list(scenario.payloads.map { String($0) }))")
        }
        fields.append("memory: \(list(scenario.memories.map { $0.map { String($0) } ?? "auto" }))")
        if let touched = scenario.touched { fields.append("touch: \(touched)") }
        return "    - {\(fields.joined(separator: ", "))}"
      }
  }
}
