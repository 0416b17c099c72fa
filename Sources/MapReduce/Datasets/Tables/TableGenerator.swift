/// How the rows of generated tables are grouped.
enum TableGroups {
  /// Rows of a group: what is planned together, and has its mean length exactly.
  static let rows = 128
}

/// A table's rows as ``TableGenerator`` makes them: first planned, which decides their lengths, then written.
protocol TableRows: Sendable {
  /// What a row's bytes come from.
  associatedtype Planned: BitwiseCopyable

  /// Bytes of a row with its newline, in the mean of every group.
  static var rowSize: Int { get }
  /// Bytes that a row has at most.
  static var longestRow: Int { get }

  var count: Int { get }

  /// Plans rows `rows`, one whole group (the last one may be short), at `plans`; their lengths sum up to
  /// `rows.count * rowSize`.
  func plan(_ rows: Range<Int>, into plans: UnsafeMutablePointer<Planned>)
  /// Bytes of the row.
  func length(_ planned: Planned) -> Int
  /// Writes the row at `target`, and at most ``TableGenerator/writtenBehind`` bytes of junk behind it.
  func write(_ planned: Planned, at target: UnsafeMutableRawPointer)
}

/// Makes a table of rows of different lengths, any granule on its own: group g begins at byte
/// `g * TableGroups.rows * rowSize`.
final class TableGenerator<Rows: TableRows>: DatasetGenerator {
  /// Bytes behind a row that writing it may overwrite.
  static var writtenBehind: Int { 64 }

  let rows: Rows
  var size: Int { rows.count * Rows.rowSize }

  init(_ rows: Rows) { self.rows = rows }

  func writeGranule(_ index: Int, into target: UnsafeMutableRawPointer) {
    let start = index * DatasetManifest.granuleSize
    let length = min(DatasetManifest.granuleSize, size - start)
    let groupSize = TableGroups.rows * Rows.rowSize
    withUnsafeTemporaryAllocation(of: Rows.Planned.self, capacity: TableGroups.rows) { plans in
      withUnsafeTemporaryAllocation(byteCount: Rows.longestRow + Self.writtenBehind, alignment: 16) {
        scratch in
        for group in start / groupSize...(start + length - 1) / groupSize {
          let first = group * TableGroups.rows
          let planned = first..<min(rows.count, first + TableGroups.rows)
          rows.plan(planned, into: plans.baseAddress!)
          write(
            UnsafeBufferPointer(rebasing: plans[..<planned.count]), at: group * groupSize - start,
            of: UnsafeMutableRawBufferPointer(start: target, count: length), scratch.baseAddress!)
        }
      }
    }
  }

  /// Writes a group that begins at `offset` of the granule (before it, where negative); what is outside is left out.
  @inline(__always)
  private func write(
    _ plans: UnsafeBufferPointer<Rows.Planned>, at offset: Int, of granule: UnsafeMutableRawBufferPointer,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let target = granule.baseAddress!
    var at = offset
    for planned in plans {
      let end = at &+ rows.length(planned)
      if at >= 0, end &+ Self.writtenBehind <= granule.count {
        rows.write(planned, at: target + at)
      } else if end > 0, at < granule.count {
        rows.write(planned, at: scratch)
        let from = max(0, at)
        (target + from).copyMemory(
          from: scratch + (from - at), byteCount: min(end, granule.count) - from)
      }
      at = end
    }
    precondition(at == offset + plans.count * Rows.rowSize)
  }
}
