import Glibc
import Metrics

/// fio's ways to write numbers and times.
enum FioText {
  enum Unit: String { case none = "", bytes = "B", bytesPerSecond = "B/s" }

  /// A number in at most `digits` digits, the point counted, with a prefix: `18.9MiB/s`, `4096B`, `21.3k`
  /// (`num2str` of fio's lib/num2str.c).
  static func number(_ value: Int, digits: Int = 4, binary: Bool = false, _ unit: Unit = .none) -> String {
    let prefixes = binary ? ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] : ["", "k", "M", "G", "T", "P", "E"]
    let thousand = binary ? 1024 : 1000
    var whole = value
    var rest: Int?
    var place = 0
    while place + 1 < prefixes.count, "\(whole)".count > digits {
      rest = whole % thousand
      whole /= thousand
      place += 1
    }
    let suffix = prefixes[place] + unit.rawValue
    guard let rest else { return "\(whole)\(suffix)" }
    let room = digits - "\(whole)".count
    guard room > 1 else { return "\(whole + (rest >= thousand / 2 ? 1 : 0))\(suffix)" }
    let fraction = FixedPoint.text(Double(rest) / Double(thousand), room - 1)
    if fraction.hasPrefix("1") { whole += 1 }
    return "\(whole).\(fraction.dropFirst(2))\(suffix)"
  }

  /// `18.9MiB/s (19.8MB/s)`.
  static func bandwidth(_ bytesPerSecond: Double) -> String {
    let whole = Int(bytesPerSecond)
    return "\(number(whole, binary: true, .bytesPerSecond)) (\(number(whole, .bytesPerSecond)))"
  }

  /// C's `%5.2f` for width 5 and two digits.
  static func fixed(_ value: Double, _ digits: Int, width: Int = 0) -> String {
    padded(FixedPoint.text(value, digits), width)
  }

  static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Seconds since 1970 as `ctime` writes them, in local time.
  static func time(_ seconds: Int) -> String {
    var moment = time_t(seconds)
    var fields = tm()
    localtime_r(&moment, &fields)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%a %b %e %H:%M:%S %Y", &fields)
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
