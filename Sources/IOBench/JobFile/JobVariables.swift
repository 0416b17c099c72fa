import Glibc

/// What fio replaces in an option before it reads it: `${NAME}` by the environment, and three words of the machine.
struct JobVariables: Sendable {
  /// The value of an environment variable, or nil.
  var environment: @Sendable (String) -> String?
  /// `$pagesize`, `$mb_memory`, `$ncpus` and their values.
  var words: [(word: String, value: String)]

  /// Those of this process and machine.
  static var here: JobVariables {
    let page = sysconf(Int32(_SC_PAGESIZE))
    return JobVariables(
      environment: { name in getenv(name).map { String(cString: $0) } },
      words: [
        ("$pagesize", "\(page)"),
        ("$mb_memory", "\(sysconf(Int32(_SC_PHYS_PAGES)) / ((1 << 20) / max(1, page)))"),
        ("$ncpus", "\(sysconf(Int32(_SC_NPROCESSORS_ONLN)))"),
      ])
  }

  /// `text` with its variables replaced, once. As in fio an unset `${NAME}` leaves nothing behind, and what a variable
  /// holds is searched for the machine's words, but not for further `${NAME}`.
  ///
  /// - Throws: ``OptionError`` where a word of the machine stands in arithmetic, which fio hands to bc.
  func expand(_ text: String) throws -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    let withEnvironment = expandEnvironment(text)
    let bytes = Array(withEnvironment.utf8)
    var result: [UInt8] = []
    var position = 0
    var replaced: String?
    while position < bytes.count {
      if let hit = words.first(where: { bytes[position...].starts(with: $0.word.utf8) }) {
        result += Array(hit.value.utf8)
        position += hit.word.utf8.count
        replaced = hit.word
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    if let replaced, result.contains(where: { Array("+-*/".utf8).contains($0) }) {
      throw OptionError("arithmetic with \(replaced) is not supported: write the number")
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func expandEnvironment(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position...].starts(with: "${".utf8),
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "}"))
      {
        let name = String(decoding: bytes[(position + 2)..<end], as: UTF8.self)
        result += Array((environment(name) ?? "").utf8)
        position = end + 1
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
