import Metrics

/// The limits that control groups set this process, v2 or v1.
enum ControlGroup {
  /// Bytes that the tightest of this process's memory groups still allows; nil where none sets a limit.
  ///
  /// - Parameter root: Put before every path; for tests.
  static func memoryLeft(root: String = "") -> Int? {
    let unified = ControlGroups.folders("", root: root).map { ($0 + "/memory.max", $0 + "/memory.current") }
    let legacy = ControlGroups.folders("memory", root: root).map {
      ($0 + "/memory.limit_in_bytes", $0 + "/memory.usage_in_bytes")
    }
    return (unified + legacy).compactMap { limit, used -> Int? in
      // v1 says "no limit" as the largest multiple of a page.
      guard let bytes = number(limit), bytes < 1 << 60 else { return nil }
      return max(0, bytes - (number(used) ?? 0))
    }.min()
  }

  private static func number(_ path: String) -> Int? {
    TextFile.read(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Int($0) }
  }
}
