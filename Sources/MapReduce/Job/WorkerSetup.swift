import Functions
import Storage

/// What a worker is told before its first activation: the job's tiers and their roles.
struct WorkerSetup: Equatable {
  /// Each distinct tier once, with the index of its first passed descriptor.
  struct Place: Equatable {
    var descriptor: TierDescriptor
    var firstDescriptor: Int
    var descriptorCount: Int
  }

  var places: [Place]
  /// Indices into `places`; no input tier where the maps read the user's own files.
  var input: Int?
  var shuffle: Int
  var output: Int

  var wire: [UInt8] {
    var writer = WireWriter()
    writer.putArray(places) { writer, place in
      writer.put(place.descriptor)
      writer.put(place.firstDescriptor)
      writer.put(place.descriptorCount)
    }
    writer.putOptional(input) { $0.put($1) }
    writer.put(shuffle)
    writer.put(output)
    return writer.bytes
  }

  init(places: [Place], input: Int?, shuffle: Int, output: Int) {
    self.places = places
    self.input = input
    self.shuffle = shuffle
    self.output = output
  }

  init(wire: [UInt8]) throws {
    var reader = WireReader(wire)
    places = try reader.array { reader in
      Place(
        descriptor: try reader.tier(), firstDescriptor: try reader.int(), descriptorCount: try reader.int())
    }
    input = try reader.optional { try $0.int() }
    shuffle = try reader.int()
    output = try reader.int()
    try reader.end()
    guard ([shuffle, output] + (input.map { [$0] } ?? [])).allSatisfy(places.indices.contains) else {
      throw WireError("payload: a role names no tier")
    }
  }
}

/// The tiers as one worker has opened them: mappings and files stay open between activations.
final class WorkerTiers: LeavesWorker {
  let input: (any Tier)?
  let shuffle: any Tier
  let output: any Tier
  let all: [any Tier]

  init(_ context: borrowing ActivationContext) throws {
    let setup = try WorkerSetup(wire: context.initPayload)
    let descriptors = context.initDescriptors
    let (node, worker) = (context.node, context.workerIndex)
    all = try setup.places.map { place in
      let end = place.firstDescriptor + place.descriptorCount
      guard place.firstDescriptor >= 0, place.descriptorCount >= 0, end <= descriptors.count else {
        throw WireError("payload: a tier's descriptors were not passed")
      }
      return try openTier(
        place.descriptor, fileDescriptors: Array(descriptors[place.firstDescriptor..<end]), node: node,
        worker: worker)
    }
    input = setup.input.map { [all] in all[$0] }
    shuffle = all[setup.shuffle]
    output = all[setup.output]
  }

  func leave() {
    for tier in all { (tier as? any PooledTier)?.leaveOthers() }
  }

  static func of(_ context: borrowing ActivationContext) throws -> WorkerTiers {
    try context.state.object { try WorkerTiers(context) }
  }
}

extension WireWriter {
  mutating func put(_ tier: TierDescriptor) {
    put(tier.kind.rawValue)
    put(tier.access.rawValue)
    putArray(tier.paths) { $0.put($1) }
    putOptional(tier.fileDescriptorIndex) { $0.put($1) }
    put(tier.provenance.rawValue)
    put(tier.durable)
    putOptional(tier.model) { writer, model in
      writer.put(model.name)
      writer.put(model.readBandwidth)
      writer.put(model.writeBandwidth)
      writer.put(model.readLatencyNanoseconds)
      writer.put(model.source)
    }
    putOptional(tier.pacePath) { $0.put($1) }
    putOptional(tier.node) { $0.put($1) }
    put(tier.queueDepth)
    put(tier.plain)
    put(tier.alignment)
    put(tier.engine.rawValue)
  }
}

extension WireReader {
  mutating func tier() throws -> TierDescriptor {
    var tier = TierDescriptor(
      kind: try choice(), access: try choice(), paths: try array { try $0.string() },
      fileDescriptorIndex: try optional { try $0.int() }, provenance: Provenance(rawValue: try byte()),
      durable: try bool(),
      model: try optional { reader in
        PacingModel(
          name: try reader.string(), readBandwidth: try reader.double(), writeBandwidth: try reader.double(),
          readLatencyNanoseconds: try reader.int(), source: try reader.string())
      }, pacePath: try optional { try $0.string() }, node: try optional { try $0.int() },
      queueDepth: try int(), plain: try bool(), alignment: try int())
    tier.engine = try choice()
    return tier
  }
}
