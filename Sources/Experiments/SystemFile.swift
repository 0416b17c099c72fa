import Metrics
import Reports
import Storage

/// Systems as files (`workloads/systems/*.yaml`), as mappings in an experiment, and as text in an option.
enum SystemFile {
  static let keys = ["name", "description", "platform", "input", "shuffle", "output"]
  static let tierKeys = ["tier", "access", "engine", "model", "folder", "capacity", "node"]
  /// The tiers that a system can be made of; `file` is only read by `job`.
  static let tierKinds = TierKind.allCases.filter { $0 != .file }

  static func parse(_ text: String, file: String) throws -> SystemSpecification {
    try system(StrictNode.parse(text, file: file))
  }

  static func system(_ node: StrictNode) throws -> SystemSpecification {
    let mapping = try node.mapping("a system", known: keys)
    _ = try mapping["description"]?.text("description")
    let name = try mapping.required("name", of: "a system")
    return SystemSpecification(
      name: try checkedName(name, "the name of a system", extra: "+:@"),
      platform: try mapping["platform"]?.choice("platform", of: SystemSpecification.knownPlatforms)
        ?? "native",
      input: try tier(mapping.required("input", of: "a system"), "input"),
      shuffle: try tier(mapping.required("shuffle", of: "a system"), "shuffle"),
      output: try tier(mapping.required("output", of: "a system"), "output"))
  }

  /// Names become file names and CSV fields.
  ///
  /// - Parameter extra: Characters beyond letters, digits, `-`, `_` and `.`.
  static func checkedName(_ node: StrictNode, _ what: String, extra: String = "") throws -> String {
    let name = try node.text(what)
    let allowed = name.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: extra.utf8.contains($0)
      }
    }
    guard allowed, name.utf8.count <= 64, name.first != ".", name.first != "-" else {
      throw node.error("\(what) must be up to 64 letters, digits, '-', '_' or '.', not '\(name)'")
    }
    return name
  }

  static func tier(_ node: StrictNode, _ role: String) throws -> TierSpecification {
    guard node.isMapping else {
      return TierSpecification(try kind(node, role))
    }
    let mapping = try node.mapping(role, known: tierKeys)
    var tier = TierSpecification(try kind(mapping.required("tier", of: role), role))
    try readSettings(mapping, into: &tier)
    return tier
  }

  /// The keys that a tier has in a system and in an experiment's `tiers` alike.
  static func readSettings(_ mapping: StrictMapping, into tier: inout TierSpecification) throws {
    if let access = mapping["access"] {
      let choices = TierAccess.choices(for: tier.kind).map(\.rawValue)
      tier.access = TierAccess(rawValue: try access.choice("access of \(tier.kind.rawValue)", of: choices))
    }
    if let engine = mapping["engine"] {
      guard tier.kind == .ssd else { throw engine.error("only ssd has an engine, not \(tier.kind.rawValue)") }
      guard tier.access != .buffered else { throw engine.error("an engine belongs to access: direct") }
      let choices = AsynchronousEngine.allCases.map(\.rawValue)
      tier.engine = AsynchronousEngine(rawValue: try engine.choice("engine of ssd", of: choices))
    }
    if let model = mapping["model"] {
      guard tier.kind == .pmem else { throw model.error("only pmem has models, not \(tier.kind.rawValue)") }
      tier.model = try model.choice("model", of: TierSpecification.knownModels)
    }
    if let folder = mapping["folder"] {
      guard tier.kind != .dram else { throw folder.error("dram lives in memory and has no folder") }
      tier.folders = try folder.oneOrMore("folder").map { try $0.text("folder") }
    }
    if let capacity = mapping["capacity"] { tier.capacity = try capacity.size("capacity") }
    if let node = mapping["node"] {
      guard tier.kind == .dram else {
        throw node.error("only dram is bound to a node; \(tier.kind.rawValue)'s follows from its folder")
      }
      tier.node = try node.integer("node", in: 0...1023)
    }
  }

  private static func kind(_ node: StrictNode, _ role: String) throws -> TierKind {
    let name = try node.choice("tier of \(role)", of: tierKinds.map(\.rawValue))
    return TierKind(rawValue: name) ?? .dram
  }

  /// `input=ssd,shuffle=dram,output=ssd`; a tier may say its access and model: `pmem:file@optane-6dimm`,
  /// `ssd:direct:io_uring`.
  ///
  /// The system is named by its tiers: `ssd+dram+ssd`.
  static func adHoc(_ text: String, option: String = "--system") throws -> SystemSpecification {
    func wrong(_ message: String) -> WorkloadFileError {
      WorkloadFileError("\(option) \(text)", message + " (as in input=ssd,shuffle=dram,output=ssd)")
    }
    let roles = ["input", "shuffle", "output"]
    var tiers: [String: TierSpecification] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2 else { throw wrong("'\(part)' is no role=tier") }
      guard roles.contains(pair[0]) else {
        throw wrong("unknown role '\(pair[0])'" + knownHere(roles, insteadOf: pair[0]))
      }
      guard tiers[pair[0]] == nil else { throw wrong("\(pair[0]) is given more than once") }
      tiers[pair[0]] = try adHocTier(pair[1], wrong)
    }
    guard let input = tiers["input"], let shuffle = tiers["shuffle"], let output = tiers["output"] else {
      let missing = roles.filter { tiers[$0] == nil }
      throw wrong("\(missing.joined(separator: " and ")) missing")
    }
    let name = [input, shuffle, output].map(\.text).joined(separator: "+")
    return SystemSpecification(name: name, input: input, shuffle: shuffle, output: output)
  }

  private static func adHocTier(
    _ text: String, _ wrong: (String) -> WorkloadFileError
  ) throws -> TierSpecification {
    let withModel = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let withAccess = withModel[0].split(separator: ":", omittingEmptySubsequences: false)
    let name = String(withAccess[0])
    guard let kind = tierKinds.first(where: { $0.rawValue == name }) else {
      throw wrong("unknown tier '\(name)'" + knownHere(tierKinds.map(\.rawValue), insteadOf: name))
    }
    var tier = TierSpecification(kind)
    for name in withAccess.dropFirst().map(String.init) {
      if kind == .ssd, let engine = AsynchronousEngine(rawValue: name), tier.engine == nil {
        tier.engine = engine
        continue
      }
      let choices = TierAccess.choices(for: kind)
      guard let access = choices.first(where: { $0.rawValue == name }), tier.access == nil else {
        throw wrong(
          "unknown access '\(name)' of \(kind.rawValue)"
            + knownHere(choices.map(\.rawValue), insteadOf: name))
      }
      tier.access = access
    }
    if withModel.count == 2 {
      let model = String(withModel[1])
      guard kind == .pmem else { throw wrong("only pmem has models, not \(kind.rawValue)") }
      guard TierSpecification.knownModels.contains(model) else {
        throw wrong("unknown model '\(model)'" + knownHere(TierSpecification.knownModels, insteadOf: model))
      }
      tier.model = model
    }
    return tier
  }
}
