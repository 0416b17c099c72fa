import Storage

/// Where a reduce puts sorted runs that do not fit its memory, on the shuffle tier.
///
/// A run is a sequence of chunks, each of whole binary records, read back chunk by chunk as they were appended.
public protocol SpillStore: AnyObject {
  /// Starts a run; one at a time.
  func beginRun() throws
  /// Appends a copy of `chunk` to the run.
  func append(_ chunk: UnsafeRawBufferPointer) throws
  /// Ends the run; from now on it can be read, by its number.
  func endRun() throws -> Int
  /// Several are read at the same time.
  func cursor(overRun run: Int) throws -> any ExtentCursor
  /// The run is not read any more.
  func discard(run: Int) throws
}
