import Storage

/// What crosses the shuffle; belongs to the experiment, never to a system.
public enum Plan: String, CaseIterable, Sendable {
  /// As the paper's Table 1 implies: no combiner, filters in the reducer, everything is shuffled.
  case paper
  /// As Corral does: filters in the map, no combiner.
  case corral
  /// Combiner and push-down.
  case optimized

  /// Whether a map adds up its own records before they are shuffled.
  public var combines: Bool { self == .optimized }
}

extension RecordEncoding {
  /// A bound on the shuffle's bytes for each input byte without a combiner, by which space is planned.
  ///
  /// Text of the mean token length 3.8 becomes 5.6 times its size in JSON. Text of shorter words becomes more
  /// (one-letter words 12 times): where the room then ends, the tier says so by name.
  public var plannedExpansion: Double { self == .json ? 6 : 1.5 }
}

/// How a map's output is cut into objects.
public enum Layout: String, CaseIterable, Sendable {
  /// One segment object a map.
  case segment
  /// Corral's M × R objects.
  case objectPerPartition = "object-per-partition"
}

/// The number of reduces: from input bytes and plan, never from the number of workers, since an output's parts depend on it.
public enum Planner {
  /// Input bytes of one map (and the dataset's block size).
  public static let defaultSplitSize = 64 << 20
  /// Where one reduce's table of a combined shuffle stays near the cache's size.
  static let combinedBytesPerReduce = 128 << 20
  static let shuffledBytesPerReduce = 256 << 20
  public static let maximumReduces = 512

  /// - Parameter inputBytes: Size of the job's whole input.
  /// - Returns: 1…512.
  public static func reduces(inputBytes: Int, plan: Plan, combines: Bool, encoding: RecordEncoding) -> Int {
    let perReduce = combines ? combinedBytesPerReduce : shuffledBytesPerReduce
    let bytes = combines ? Double(inputBytes) : Double(inputBytes) * encoding.plannedExpansion
    return min(maximumReduces, max(1, Int((bytes / Double(perReduce)).rounded(.up))))
  }

  /// Bytes that the shuffle tier should have room for.
  ///
  /// Without a combiner each input byte becomes up to ``Encoding/plannedExpansion`` bytes; with one, text whose
  /// words are all distinct still crosses whole. Room for one attempt more a worker, since a dead attempt's
  /// space comes back only after it was found dead.
  public static func shuffleBytes(
    inputBytes: Int, splitSize: Int, workers: Int, combines: Bool, encoding: RecordEncoding,
    isJoin: Bool = false
  ) -> Int {
    var expansion = combines ? min(2, encoding.plannedExpansion) : encoding.plannedExpansion
    // What one stage of a join leaves is there until the job's end.
    if isJoin { expansion = max(expansion, combines ? 2 : encoding == .json ? 6 : 3) }
    return Int(Double(inputBytes + workers * splitSize) * expansion) + (64 << 20)
  }

  /// What the shuffle's objects take in a pool beside ``shuffleBytes(inputBytes:splitSize:workers:combines:encoding:isJoin:)``:
  /// many small maps, or an object a partition, are more granules than bytes.
  ///
  /// - Parameter maps: Of all inputs. A join's later stages have no more tasks than that, and one a partition.
  public static func poolRoom(
    maps: Int, workers: Int, partitions: Int, layout: Layout, isJoin: Bool = false
  ) -> Int {
    let tasks = (isJoin ? 2 * maps + partitions : maps) + workers
    let objects = layout == .segment ? 1 : partitions
    return PoolRoom.beside(finished: tasks * objects, open: workers * objects)
  }
}
