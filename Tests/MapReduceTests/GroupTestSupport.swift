import MapReduce
import Storage

/// One row of a table as the map sees it.
struct GroupRow {
  var key: [UInt8]
  var value: GroupValue
}

struct GroupingPlan {
  var kind = GroupKind.joined
  var line = GroupLine.sumAndRank
  var partitions = 2
  var encoding = RecordEncoding.binary
  var combine = true
  var mapBudget = 64 << 20
  var reduceBudget = 64 << 20
}

struct GroupingResult {
  /// Lines of each partition.
  var parts: [[UInt8]] = []
  /// Extents of each partition.
  var shuffled: [[[UInt8]]] = []
  var mapRecords = 0
  var flushes = 0
  var gaveUp = false
  var spilledBytes = 0
}

/// A copy of the bytes with what is readable behind them, full of what would be read by mistake.
func withSlack<R>(_ bytes: [UInt8], _ body: (UnsafeRawPointer) throws -> R) rethrows -> R {
  try (bytes + [UInt8](repeating: 0x78, count: readableSlack)).withUnsafeBytes { try body($0.baseAddress!) }
}

/// Map, shuffle and reduce in memory, as a job would run them.
///
/// - Parameter mapper: The map's workspace, where it is not a new one.
func group(
  _ rows: [GroupRow], _ plan: GroupingPlan = GroupingPlan(), mapper: GroupWorkspace? = nil
) throws -> GroupingResult {
  let sink = ArraySink(partitions: plan.partitions)
  let emitter = try GroupEmitter(
    workspace: mapper ?? GroupWorkspace(byteBudget: plan.mapBudget), kind: plan.kind,
    partitions: plan.partitions,
    encoding: plan.encoding, combine: plan.combine, sink: sink)
  for row in rows {
    // The key is gone after the call.
    try withSlack(row.key) { try emitter.add($0, row.key.count, row.value) }
  }
  try emitter.finish()
  var result = GroupingResult(
    mapRecords: emitter.records, flushes: emitter.flushes, gaveUp: emitter.gaveUp)
  let workspace = try GroupWorkspace(byteBudget: plan.reduceBudget)
  for extents in sink.extents {
    let spill = ArraySpill()
    let reducer = try GroupReducer(
      workspace: workspace, kind: plan.kind, encoding: plan.encoding, spill: spill)
    for extent in extents { try withGuardedBytes(extent.bytes) { try reducer.consume($0) } }
    precondition(reducer.records == extents.reduce(0) { $0 + $1.records }, "a sink is told the records")
    result.parts.append(try lines(of: reducer, plan.line))
    precondition(spill.runs.allSatisfy { $0 == nil }, "runs are given up at the end")
    result.spilledBytes += reducer.spilledBytes
    result.shuffled.append(extents.map(\.bytes))
  }
  return result
}

func lines(of reducer: GroupReducer, _ line: GroupLine) throws -> [UInt8] {
  let output = OutputCollector()
  var writer = try GroupLineWriter(line) { output.bytes.append(contentsOf: $0) }
  try reducer.finish(&writer)
  try writer.flush()
  precondition(writer.bytes == output.bytes.count)
  precondition(writer.lines == output.bytes.count { $0 == 10 } || output.bytes.contains(10))
  return output.bytes
}

/// One record as the map writes it. Whoever writes many hands in a workspace, whose memory is dear.
func encodeGroup(
  _ key: [UInt8], _ value: GroupValue, _ kind: GroupKind, _ encoding: RecordEncoding,
  _ workspace: GroupWorkspace? = nil
) throws -> [UInt8] {
  let plan = GroupingPlan(kind: kind, partitions: 1, encoding: encoding, combine: false)
  let sink = ArraySink(partitions: 1)
  let emitter = try GroupEmitter(
    workspace: workspace ?? GroupWorkspace(byteBudget: 0), kind: kind, partitions: 1, encoding: plan.encoding,
    combine: false, sink: sink)
  try withSlack(key) { try emitter.add($0, key.count, value) }
  try emitter.finish()
  return sink.extents[0].flatMap(\.bytes)
}

/// The groups of an extent, in order.
func decodeGroups(
  _ extent: [UInt8], _ kind: GroupKind, _ encoding: RecordEncoding, _ workspace: GroupWorkspace? = nil
) throws -> [GroupRow] {
  let reducer = try GroupReducer(
    workspace: workspace ?? GroupWorkspace(byteBudget: 64 << 20), kind: kind, encoding: encoding, spill: nil)
  try withGuardedBytes(extent) { try reducer.consume($0) }
  var collector = GroupCollector()
  try reducer.finish(&collector)
  return collector.rows
}

struct GroupCollector: GroupVisitor {
  var rows: [GroupRow] = []
  mutating func visit(_ key: UnsafeRawPointer, _ length: Int, _ value: GroupValue) {
    rows.append(GroupRow(key: Array(UnsafeRawBufferPointer(start: key, count: length)), value: value))
  }
}

// MARK: What is right

/// Sums by dictionary.
func expectedGroups(_ rows: [GroupRow]) -> [GroupRow] {
  var sums: [[UInt8]: GroupValue] = [:]
  for row in rows {
    let old = sums[row.key] ?? GroupValue(revenue: 0)
    sums[row.key] = GroupValue(
      revenue: old.revenue + row.value.revenue, rankSum: old.rankSum + row.value.rankSum,
      count: old.count + row.value.count)
  }
  return sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
    GroupRow(key: $0.key, value: $0.value)
  }
}

func expectedLines(_ rows: [GroupRow], _ line: GroupLine, partitions: Int) -> [[UInt8]] {
  var parts = [[UInt8]](repeating: [], count: partitions)
  for group in expectedGroups(rows) {
    let rank = { averageText(Int128(group.value.rankSum) * unit, group.value.count) }
    let values =
      switch line {
      case .sum: [sumText(group.value.revenue)]
      case .sumAndRank: [sumText(group.value.revenue), rank()]
      case .averages: [rank(), averageText(group.value.revenue, group.value.count)]
      }
    let partition = KeyHash.partition(of: KeyHash.of(group.key), among: partitions)
    parts[partition] += group.key + [9] + Array((values.joined(separator: "\t") + "\n").utf8)
  }
  return parts
}

let unit: Int128 = 1_000_000_000_000_000_000

/// Exact, by cutting the decimal text of the units.
func sumText(_ units: Int128) -> String {
  let digits = String(units.magnitude)
  let padded = String(repeating: "0", count: max(0, 19 - digits.count)) + digits
  let whole = padded.dropLast(18)
  var part = padded.suffix(18)
  while part.last == "0" { part.removeLast() }
  return (units < 0 ? "-" : "") + whole + (part.isEmpty ? "" : "." + part)
}

/// Six digits, half away from zero, by long division of the text.
func averageText(_ units: Int128, _ count: Int64) -> String {
  var rest: UInt128 = 0
  var digits = ""
  // Twelve of the eighteen digits behind the point decide only how it is rounded.
  let text = String(units.magnitude)
  let padded = String(repeating: "0", count: max(0, 19 - text.count)) + text
  for digit in padded.dropLast(12) {
    rest = rest * 10 + UInt128(digit.wholeNumberValue!)
    digits += String(rest / UInt128(count))
    rest %= UInt128(count)
  }
  let tail = UInt128(padded.suffix(12))!
  // (rest + tail / 10¹²) / count >= 1/2
  var millionths = UInt128(digits)!
  if (rest * 1_000_000_000_000 + tail) * 2 >= UInt128(count) * 1_000_000_000_000 { millionths += 1 }
  let result = String(millionths)
  let full = String(repeating: "0", count: max(0, 7 - result.count)) + result
  return (units < 0 && millionths > 0 ? "-" : "") + full.dropLast(6) + "." + full.suffix(6)
}

/// Rows with awkward keys and values, chosen by the seed.
func hostileRows(seed: UInt64, count: Int, kind: GroupKind = .joined) -> [GroupRow] {
  var numbers = SeededNumbers(seed: seed)
  let alphabets: [[UInt8]] = [
    Array("ab".utf8), Array("0123456789.".utf8), [0], [0, 1], [97, 0], Array(0...255),
    Array("\"\\{}:,\t\n".utf8), Array("äöü€😀".utf8), [0xff, 0xfe], Array("http://www.".utf8),
  ]
  let alphabet = alphabets.randomElement(using: &numbers)!
  let lengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 64, 100, 5000]
  let longest = Int.random(in: 1...lengths.count, using: &numbers)
  let prefix = Array(
    "the same beginning of all".utf8.prefix([0, 0, 1, 8, 16, 25].randomElement(using: &numbers)!))
  var keys: [[UInt8]] = []
  return (0..<count).map { _ in
    if keys.isEmpty || !Int.random(in: 0...3, using: &numbers).isMultiple(of: 2) {
      let length = lengths[Int.random(in: 0..<Int.random(in: 1...longest, using: &numbers), using: &numbers)]
      keys.append(prefix + (0..<length).map { _ in alphabet.randomElement(using: &numbers)! })
    }
    let revenue = hostileRevenue(&numbers)
    let value =
      kind == .revenue
      ? GroupValue(revenue: revenue)
      : GroupValue(
        revenue: revenue, rankSum: Int64.random(in: -1_000_000...1_000_000, using: &numbers), count: 1)
    return GroupRow(key: keys.randomElement(using: &numbers)!, value: value)
  }
}

func hostileRevenue(_ numbers: inout SeededNumbers) -> Int128 {
  let scale = [1, 1000, 1_000_000, 1_000_000_000, 1_000_000_000_000, unit].randomElement(using: &numbers)!
  return Int128(Int64.random(in: -1_000_000_000...1_000_000_000, using: &numbers)) * scale
}
