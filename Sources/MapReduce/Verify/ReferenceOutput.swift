import CSystemIO
import Glibc
import Storage

/// What a job's output must be, found in another way than the job does: one thread, a plain table, PCRE2's
/// interpreter line by line.
public enum ReferenceOutput {
  /// Changed with the reference, so that digests stored by another version are not believed.
  public static let version = 1

  /// - Parameters:
  ///   - paths: Of each input of the workload, in the order of ``Workload/roles``: its pieces in order; lines may
  ///     straddle them.
  ///   - goesOn: Asked now and then; false throws `CancellationError`.
  public static func digest(
    of workload: Workload, paths: [[String]], goesOn: () -> Bool = { true }
  ) throws -> OutputDigest {
    if let query = ReferenceQuery(workload) {
      for (role, paths) in zip(workload.roles, paths) {
        try query.read(role, paths: paths, goesOn: goesOn)
      }
      return query.finish()
    }
    var words = ReferenceCount()
    let lines = try ReferenceGrep(workload)
    var bytes = 0
    var sum = 0
    for path in paths.joined() {
      let input = try FileInput(path)
      let cursor = try input.cursor(0..<input.size)
      while let piece = try cursor.next() {
        guard goesOn() else { throw CancellationError() }
        switch workload {
        case .wordcount: words.consume(piece)
        case .grep: try lines?.consume(piece)
        default:
          bytes += piece.count
          for byte in piece { sum &+= Int(byte) }
        }
      }
    }
    switch workload {
    case .wordcount: return words.digest()
    case .grep: return try lines?.finish() ?? OutputDigest()
    default:
      var digest = OutputDigest()
      if bytes > 0 {
        digest.add(line: Array("bytes\t\(bytes)".utf8))
        if sum > 0 { digest.add(line: Array("bytesum\t\(sum)".utf8)) }
      }
      return digest
    }
  }
}

/// Grep in the plainest way.
private final class ReferenceGrep {
  private let code: PerlCode
  private let match: GrepMatch
  private let data: OpaquePointer
  private var partial: [UInt8] = []
  private var counts: [[UInt8]: Int] = [:]

  init?(_ workload: Workload) throws {
    guard case .grep(let pattern, let match) = workload else { return nil }
    code = try PerlCode(Array(pattern.utf8), compilesToMachineCode: false)
    self.match = match
    data = pcre2_match_data_create_8(1, nil)
  }

  deinit { pcre2_match_data_free_8(data) }

  func consume(_ bytes: UnsafeRawBufferPointer) throws {
    var start = 0
    while let base = bytes.baseAddress, let end = memchr(base + start, 10, bytes.count - start) {
      let newline = UnsafeRawPointer(end) - base
      try take(partial + bytes[start..<newline])
      partial = []
      start = newline + 1
    }
    partial += bytes[start...]
  }

  func finish() throws -> OutputDigest {
    if !partial.isEmpty { try take(partial) }
    var digest = OutputDigest()
    for (key, count) in counts { digest.add(line: key + [9] + Array(String(count).utf8)) }
    return digest
  }

  private func take(_ line: [UInt8]) throws {
    switch match {
    case .word:
      for token in line.split(whereSeparator: { $0 == 32 || (9...13).contains($0) })
      where try find(Array(token), from: 0) != nil {
        counts[Array(token), default: 0] += 1
      }
    case .span:
      var from = 0
      while from <= line.count, let found = try find(line, from: from) {
        if !found.isEmpty { counts[Array(line[found]), default: 0] += 1 }
        from = found.isEmpty ? found.upperBound + 1 : found.upperBound
      }
    }
  }

  private func find(_ subject: [UInt8], from: Int) throws -> Range<Int>? {
    // An empty array has no address.
    let padded = subject.isEmpty ? [0] : subject
    let result = pcre2_match_8(code.pointer, padded, subject.count, from, 0, data, nil)
    if result == PCRE2_ERROR_NOMATCH { return nil }
    guard result >= 0, let offsets = pcre2_get_ovector_pointer_8(data) else {
      throw JobError("check grep: \(PerlCode.message(result))")
    }
    return offsets[0]..<max(offsets[0], offsets[1])
  }
}
