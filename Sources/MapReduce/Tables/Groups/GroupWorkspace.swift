/// The memory of grouping, made once a worker and used by every activation in turn: a table, a batch, scratch.
///
/// It carries no data from one activation to the next; whoever uses it resets it first.
public final class GroupWorkspace {
  var table: GroupTable
  let rows: GroupBatch
  /// Sorting.
  var scratch: GrowingMemory
  /// Buffers of the partitions' records.
  var staging: GrowingMemory

  /// - Parameter byteBudget: What the table may use. Sorting takes 32 bytes more for each group, a map's buffers
  ///   16 MiB.
  public init(byteBudget: Int) throws(CountingError) {
    table = try GroupTable(byteBudget: byteBudget)
    rows = try GroupBatch()
    scratch = try GrowingMemory(reserving: max(byteBudget / 2, 64 << 20))
    staging = try GrowingMemory(reserving: 64 << 20)
  }

  /// Bytes that the table may use from now on.
  public var byteBudget: Int {
    get { table.byteBudget }
    set { table.byteBudget = newValue }
  }

  /// Where keys of a batch have their slots, until the table has been added to.
  var slots: (UnsafePointer<UInt64>, Int) { (UnsafePointer(table.slots), table.mask) }

  func reset() {
    table.reset()
    rows.clear()
  }

  /// Adds the batch to the table and empties it. `whenFull` must empty the table.
  func drain(whenFull: () throws -> Void) throws {
    if rows.count == 0 { return }
    if !table.makeRoom(rows.count, arenaBytes: rows.arenaBytes) {
      try whenFull()
      guard table.makeRoom(rows.count, arenaBytes: rows.arenaBytes) else {
        throw CountingError.outOfMemory(bytes: byteBudget + rows.arenaBytes)
      }
    }
    guard table.add(rows) else { throw CountingError.sumOverflow(key: "") }
    rows.clear()
  }
}
