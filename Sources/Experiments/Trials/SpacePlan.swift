import Glibc
import MapReduce
import Metrics
import Reports
import Storage

/// The space and memory that a run needs, and whether it is there: said before the first repeat.
public struct SpacePlan: Sendable {
  public struct Line: Sendable {
    public var place: String
    public var needed: Int
    public var free: Int
    public var isMemory: Bool
  }

  public var lines: [Line]

  /// Planned for a worker's own memory.
  static let workerBytes = 96 << 20

  /// Bytes that some tiers hold at once, at most: the datasets that lie there, and the most demanding cell's shuffle and
  /// output. A dataset stays on each tier that reads it until no later cell does.
  ///
  /// - Parameters:
  ///   - cells: In the order in which they are measured.
  ///   - place: Whether a tier is one of them.
  static func bytes(_ cells: [TrialCell], at place: (TierSpecification) -> Bool) -> Int {
    struct Staged: Hashable {
      var tier: TierSpecification
      var dataset: DatasetSpecification
    }
    // What reads the same data is measured in turn.
    var blocks: [[TrialCell]] = []
    for cell in cells {
      if blocks.last?[0].datasets == cell.datasets {
        blocks[blocks.count - 1].append(cell)
      } else {
        blocks.append([cell])
      }
    }
    var first: [Staged: Int] = [:]
    var last: [DatasetSpecification: Int] = [:]
    for (index, block) in blocks.enumerated() {
      for dataset in block[0].datasets {
        last[dataset] = index
        for tier in Set(block.map(\.system.input)) where place(tier) {
          let staged = Staged(tier: tier, dataset: dataset)
          first[staged] = first[staged] ?? index
        }
      }
    }
    var changes = Array(repeating: 0, count: blocks.count + 1)
    for (staged, index) in first {
      changes[index] += staged.dataset.size
      changes[(last[staged.dataset] ?? index) + 1] -= staged.dataset.size
    }
    var (held, most) = (0, 0)
    for (index, block) in blocks.enumerated() {
      held += changes[index]
      let work = block.map { cell in
        (place(cell.system.shuffle) ? shuffleBytes(cell) : 0)
          + (place(cell.system.output) ? outputBytes(cell) : 0)
      }
      most = max(most, held + (work.max() ?? 0))
    }
    return most
  }

  static func shuffleBytes(_ cell: TrialCell) -> Int {
    let job = cell.job
    let bytes = Planner.shuffleBytes(
      inputBytes: cell.inputBytes, splitSize: min(job.splitSize, max(1, cell.inputBytes)),
      workers: job.workers, combines: cell.combines, encoding: job.encoding, isJoin: cell.smaller != nil)
    guard cell.system.shuffle.isPool else { return bytes }
    return bytes
      + Planner.poolRoom(
        maps: cell.inputBytes / job.splitSize + cell.datasets.count, workers: job.workers,
        partitions: cell.reduces, layout: job.layout, isJoin: cell.smaller != nil)
  }

  /// Wordcount's output is about 1 % of its text, a full join's up to a fifth of the visits; room for text whose words
  /// are all distinct is not planned.
  static func outputBytes(_ cell: TrialCell) -> Int {
    cell.inputBytes / (WorkloadKind.named(cell.job.workload.name)?.outputShare ?? 20) + (16 << 20)
  }

  /// - Parameters:
  ///   - cells: In the order in which they are measured.
  ///   - workers: That stand at once.
  ///   - datasetFolder: Where data are generated.
  public init(_ cells: [TrialCell], workers: Int, datasetFolder: String) {
    var memory = workers * Self.workerBytes
    var needed: [String: Int] = [:]
    var files: [String: Set<TierSpecification>] = [:]
    for tier in Set(cells.flatMap(\.system.tiers)) {
      let folder = TierPlacement.folder(of: tier)
      if let folder, tier.kind == .ssd || tier.access == .file {
        files[folder, default: []].insert(tier)
      } else if let folder {
        // A pool keeps what it has touched: the most of each add up.
        needed[folder, default: 0] += Self.bytes(cells) { $0 == tier }
      } else {
        memory += Self.bytes(cells) { $0 == tier }
      }
    }
    for (folder, tiers) in files { needed[folder, default: 0] += Self.bytes(cells, at: tiers.contains) }
    let generated = Set(cells.flatMap(\.datasets)).map(\.size).reduce(0, +)
    needed[datasetFolder, default: 0] += generated
    lines = []
    for (folder, bytes) in needed.sorted(by: { $0.key < $1.key }) {
      let isMemory = (try? StorageDevice(folder: folder).kind) == .memory
      if isMemory { memory += bytes }
      lines.append(Line(place: folder, needed: bytes, free: Self.free(folder), isMemory: isMemory))
    }
    lines.append(Line(place: "memory", needed: memory, free: Self.availableMemory, isMemory: true))
  }

  /// - Throws: ``StorageError`` `.noSpace` naming the place, what is needed and free, and what to do.
  public func demand() throws {
    for line in lines where line.place.contains("/") && access(line.place, F_OK) != 0 {
      throw StorageError(
        .missing, "\(line.place): \(String(cString: strerror(errno))) (name another folder with --tier)")
    }
    for line in lines where line.needed > line.free {
      throw StorageError(
        .noSpace,
        "\(line.place): the run needs \(ByteSize.text(line.needed)), and \(ByteSize.text(line.free)) are free "
          + "(a smaller --size, fewer systems, or another folder with --tier)")
    }
  }

  static func free(_ folder: String) -> Int {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return 0 }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// MemAvailable, or what the cgroup still allows where that is less.
  static var availableMemory: Int {
    var available = MemoryInfo.bytes("MemAvailable") ?? 0
    if let limit = MemoryInfo.cgroupLimit { available = min(available, limit) }
    return available
  }
}

/// What `auto` stands for.
extension TrialCell {
  var combines: Bool { job.combiner ?? job.plan.combines }

  var reduces: Int {
    job.reducers
      ?? Planner.reduces(inputBytes: inputBytes, plan: job.plan, combines: combines, encoding: job.encoding)
  }
}

/// Lines of /proc/meminfo.
enum MemoryInfo {
  static func bytes(_ key: String) -> Int? {
    guard let text = TextFile.read("/proc/meminfo") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(key + ":") {
      let words = line.split(separator: " ")
      return words.count > 1 ? Int(words[1]).map { $0 * 1024 } : nil
    }
    return nil
  }

  /// What the control groups still allow; nil where they set no limit.
  static var cgroupLimit: Int? { ControlGroup.memoryLeft() }
}
