/// Why counting had to stop: hostile bytes, or no memory; never a trap.
public enum CountingError: Error, CustomStringConvertible, Equatable, Sendable {
  /// Bytes that are no record of the encoding; `offset` is where in the extent.
  case malformedRecord(encoding: String, offset: Int, reason: String)
  /// A key's counts add up to more than 2⁶⁴ - 1.
  case countOverflow
  /// A group's revenue, ranks or rows add up to more than their type holds; `key` is empty where it is not known.
  case sumOverflow(key: String)
  /// The system gave no more memory for `bytes`.
  case outOfMemory(bytes: Int)
  /// Keys do not fit the memory budget and there is nowhere to spill.
  case overBudget(bytes: Int)

  public var description: String {
    switch self {
    case .malformedRecord(let encoding, let offset, let reason):
      "decode \(encoding) record at byte \(offset) of its extent: \(reason)"
    case .countOverflow:
      "count keys: a count is over 2^64 - 1"
    case .sumOverflow(let key):
      "sum groups\(key.isEmpty ? "" : " of key '\(key)'"): a sum of adRevenue is not under 1.7e20, or one of pageRank "
        + "or rows not under 2^63 (read less at a time: a longer --prefix-length, fewer days, or fewer rows)"
    case .outOfMemory(let bytes):
      "count keys: no memory for \(bytes) bytes (raise the worker's memory limit)"
    case .overBudget(let bytes):
      "count keys: they do not fit \(bytes) bytes and no shuffle tier takes a spill"
    }
  }
}

extension CountingError {
  /// Off the path of what fits: the error of a group, with up to 64 bytes of its key.
  @inline(never)
  static func sumOverflow(of key: UnsafeRawPointer, _ length: Int) -> CountingError {
    let bytes = UnsafeRawBufferPointer(start: key, count: min(length, 64))
    return .sumOverflow(key: String(decoding: bytes, as: UTF8.self) + (length > 64 ? "…" : ""))
  }
}
