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

  /// Bytes on a tier kind at once, for the most demanding cell: its dataset where that lives there, its shuffle
  /// and its output.
  static func bytes(on kind: TierKind, _ cells: [TrialCell]) -> Int {
    let largest = cells.filter { $0.system.input.kind == kind }.map(\.inputBytes).max() ?? 0
    let work =
      cells.map { cell in
        (cell.system.shuffle.kind == kind ? shuffleBytes(cell) : 0)
          + (cell.system.output.kind == kind ? outputBytes(cell) : 0)
      }.max() ?? 0
    return largest + work
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

  public init(_ cells: [TrialCell], datasetFolder: String) {
    var needed: [String: Int] = [:]
    var anonymous = 0
    for tier in Set(cells.flatMap(\.system.tiers)) where tier.kind != .dram {
      let cells = cells.filter { $0.system.tiers.contains(tier) }
      guard let folder = TierPlacement.folder(of: tier) else {
        anonymous = max(anonymous, Self.bytes(on: tier.kind, cells))
        continue
      }
      needed[folder] = max(needed[folder] ?? 0, Self.bytes(on: tier.kind, cells))
    }
    let generated = Set(cells.flatMap(\.datasets)).map(\.size).reduce(0, +)
    needed[datasetFolder, default: 0] += generated
    var memory = Self.bytes(on: .dram, cells) + anonymous
    lines = []
    for (folder, bytes) in needed.sorted(by: { $0.key < $1.key }) {
      let isMemory = (try? StorageDevice(folder: folder).kind) == .memory
      if isMemory { memory += bytes }
      lines.append(Line(place: folder, needed: bytes, free: Self.free(folder), isMemory: isMemory))
    }
    let workers = (cells.map(\.job.workers).max() ?? 1) * Self.workerBytes
    lines.append(
      Line(place: "memory", needed: memory + workers, free: Self.availableMemory, isMemory: true))
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
