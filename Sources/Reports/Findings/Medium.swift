/// What a system with emulated pmem can be compared with (rule 9 of the design).
enum Medium: Sendable {
  case own
  /// Unpaced emulated pmem reached by loads and stores, in every role that is not dram: it is dram.
  case sameAsMemory
  /// Unpaced emulated pmem reached by file calls: what differs from dram is the path, not the medium.
  case memoryBehindFiles

  /// A tier in one role, by the words of `trials.csv`.
  struct Role: Sendable {
    var tier: String
    var access: String
    var provenance: String
  }

  /// - Parameters:
  ///   - modelledWait: Nanoseconds that device models added.
  ///   - workersTime: Nanoseconds that the activations ran, together.
  init(_ roles: [Role], modelledWait: Int, workersTime: Double) {
    let isEmulated = roles.contains {
      $0.tier == "pmem" && $0.provenance.split(separator: "+").contains("emulated")
    }
    // A model that is not felt slows nothing down.
    guard isEmulated, Double(modelledWait) < 0.01 * workersTime else {
      self = .own
      return
    }
    if roles.contains(where: { $0.tier == "pmem" && $0.access == "file" }) {
      self = .memoryBehindFiles
    } else {
      self = roles.allSatisfy { $0.tier == "pmem" || $0.tier == "dram" } ? .sameAsMemory : .own
    }
  }
}

/// Which roles are not plainly measured: `emulated`, where all are alike, else `input emulated`, …; empty where all are
/// measured.
func provenanceNotes(_ provenances: [String]) -> [String] {
  if Set(provenances).count == 1 {
    return provenances[0] == "measured" || provenances[0].isEmpty ? [] : [provenances[0]]
  }
  return zip(["input", "shuffle", "output"], provenances).filter { $0.1 != "measured" && !$0.1.isEmpty }
    .map { "\($0.0) \($0.1)" }
}

/// What a reader must know of systems set beside each other before he believes their figures.
struct ComparisonNotes {
  struct System {
    var label: String
    var provenanceNotes: [String]
    var medium: Medium
  }

  var systems: [System]
  /// Of one of them; nil where they were not measured.
  var bytes: (shuffled: Int, read: Int, written: Int)?
  /// How the sides of joins met.
  var joins: [String]

  var lines: [String] {
    var notes: [String] = []
    let unreal = systems.filter { !$0.provenanceNotes.isEmpty }.map {
      "\($0.label) (\($0.provenanceNotes.joined(separator: ", ")))"
    }
    if !unreal.isEmpty { notes.append("not the real thing: \(unreal.joined(separator: ", "))") }
    func labels(_ medium: Medium) -> String {
      systems.filter { $0.medium == medium }.map(\.label).joined(separator: ", ")
    }
    let same = labels(.sameAsMemory)
    if !same.isEmpty {
      notes.append("\(same): emulated pmem is DRAM: same medium, not comparable with dram")
    }
    let files = labels(.memoryBehindFiles)
    if !files.isEmpty {
      notes.append("\(files): emulated pmem is DRAM behind file calls: the cost is the calls', no medium's")
    }
    if let bytes, Double(bytes.shuffled) < 0.05 * Double(bytes.read + bytes.shuffled + bytes.written) {
      notes.append("the shuffle is under 5 % of the bytes: the shuffle tier cannot matter here")
    }
    if !joins.isEmpty { notes.append("the sides of the join met \(joins.joined(separator: ", "))") }
    return notes
  }
}

/// Wall time as input, map, shuffle, reduce and output, in nanoseconds.
enum WallPhases {
  static let names = ["input", "map", "shuffle", "reduce", "output"]

  /// Waits are summed over the workers, so that their share of a stage is the sum divided by the workers; the rest of
  /// the stage is compute.
  ///
  /// - Parameters:
  ///   - shuffle: All waits for the shuffle tier; `written`: the maps' part of them.
  static func split(
    map: Double, reduce: Double, input: Double, shuffle: Double, written: Double, output: Double,
    workers: Double
  ) -> [Double] {
    let inMap = min(map, (input + written) / workers)
    let inReduce = min(reduce, (shuffle - written + output) / workers)
    return [min(map, input / workers), map - inMap, shuffle / workers, reduce - inReduce, output / workers]
  }
}
