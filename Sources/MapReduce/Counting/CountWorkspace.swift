/// The memory of counting, made once a worker and used by every activation in turn: a table, a batch, scratch.
///
/// It carries no data from one activation to the next; whoever uses it resets it first.
public final class CountWorkspace {
  var table: CountTable
  let batch: KeyBatch
  /// Sorting.
  var scratch: GrowingMemory
  /// Buffers of the partitions' records.
  var staging: GrowingMemory
  /// Keys that had escapes, as their own bytes, until their batch is drained.
  var unescaped: GrowingMemory

  /// - Parameter byteBudget: What the table may use. Sorting takes 32 bytes more for each key of over 8 bytes, a map's
  ///   buffers 16 MiB.
  public init(byteBudget: Int) throws(CountingError) {
    table = try CountTable(byteBudget: byteBudget)
    batch = KeyBatch()
    scratch = try GrowingMemory(reserving: max(byteBudget, 64 << 20))
    staging = try GrowingMemory(reserving: 64 << 20)
    unescaped = try GrowingMemory(reserving: 64 << 20)
  }

  /// Bytes that the table may use from now on.
  public var byteBudget: Int {
    get { table.byteBudget }
    set { table.byteBudget = newValue }
  }

  /// Adds the batch's keys to the table: once each, or as often as their counts say if `counted`.
  ///
  /// `whenFull` must empty the table; it may be called several times.
  func addBatch(_ number: BatchCounts, counted: Bool, whenFull: () throws -> Void) throws {
    if !table.makeRoom(number) {
      try whenFull()
      guard table.makeRoom(number) else { throw CountingError.outOfMemory(bytes: byteBudget) }
    }
    table.add(batch, number, counted: counted)
    for index in 0..<number.long where !table.add(batch.long[index]) {
      try whenFull()
      guard table.add(batch.long[index]) else {
        throw CountingError.outOfMemory(bytes: batch.long[index].length)
      }
    }
  }
}
