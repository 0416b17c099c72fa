import Glibc
import Storage

/// The three queries in the plainest way: rows cut at delimiters one byte at a time, dictionaries, one thread.
final class ReferenceQuery {
  private struct Group {
    // Sums of the revenues' halves: neither overflows on its way, whatever the order.
    private var upper: Int128 = 0
    private var lower: Int128 = 0
    var ranks: Int128 = 0
    var count = 0

    /// Of a sum that does not fit anything, since the job fails on it.
    var revenue: Int128 { upper << 64 &+ lower }

    mutating func add(_ revenue: Int128) {
      upper += revenue >> 64
      lower += revenue & Int128(UInt64.max)
    }
  }

  private let workload: Workload
  private let options: TableOptions
  private var lines: [[UInt8]] = []
  private var groups: [[UInt8]: Group] = [:]
  private var ranks: [[UInt8]: [Int]] = [:]

  init?(_ workload: Workload) {
    guard let options = workload.tables else { return nil }
    self.workload = workload
    self.options = options
  }

  /// Takes all rows of one table, whose pieces follow each other.
  func read(_ role: InputRole, paths: [String], goesOn: () -> Bool) throws {
    var reader = ReferenceRows(options.format)
    for path in paths {
      let input = try FileInput(path)
      let cursor = try input.cursor(0..<input.size)
      while let piece = try cursor.next() {
        guard goesOn() else { throw CancellationError() }
        try reader.consume(piece) { try take(role, $0) }
      }
    }
    try reader.finish { try take(role, $0) }
  }

  func finish() -> OutputDigest {
    var digest = OutputDigest()
    for line in lines { digest.add(line: line) }
    switch workload {
    case .aggregation:
      for (key, group) in groups { digest.add(line: key + Array("\t\(Self.decimal(group.revenue))".utf8)) }
    case .join(let query, _):
      for (key, group) in chosen(query) {
        let ranks = Self.average(group.ranks &* Self.unit, group.count)
        let line =
          query.output == .averages
          ? "\t\(ranks)\t\(Self.average(group.revenue, group.count))"
          : "\t\(Self.decimal(group.revenue))\t\(ranks)"
        digest.add(line: key + Array(line.utf8))
      }
    default: break
    }
    return digest
  }

  private func chosen(_ query: JoinQuery) -> [(key: [UInt8], value: Group)] {
    let all = groups.map { (key: $0.key, value: $0.value) }
    guard let limit = query.limit else { return all }
    return Array(
      all.sorted {
        $0.value.revenue != $1.value.revenue
          ? $0.value.revenue > $1.value.revenue : $0.key.lexicographicallyPrecedes($1.key)
      }.prefix(limit))
  }

  /// A row that is none is left out: where that is not asked for, the job itself has failed.
  private func take(_ role: InputRole, _ fields: [[UInt8]]) throws {
    guard fields.count == (role == .rankings ? 3 : 9) else { return }
    switch (workload, role) {
    case (.scan(let minRank, _), .rankings):
      if let rank = Self.integer(fields[1]), rank > minRank {
        lines.append(fields[0] + Array("\t\(rank)".utf8))
      }
    case (.aggregation(let length, _), .uservisits):
      guard let revenue = Self.units(fields[3]) else { return }
      groups[Array(fields[0].prefix(length)), default: Group()].add(revenue)
    case (.join, .rankings):
      if let rank = Self.integer(fields[1]) { ranks[fields[0], default: []].append(rank) }
    case (.join(let query, _), .uservisits):
      guard let date = CalendarDate.parse(String(decoding: fields[2], as: UTF8.self)),
        (query.from...query.to).contains(date), let revenue = Self.units(fields[3])
      else { return }
      for rank in ranks[fields[1]] ?? [] {
        groups[fields[0], default: Group()].add(revenue)
        groups[fields[0], default: Group()].ranks += Int128(rank)
        groups[fields[0], default: Group()].count += 1
      }
    default: return
    }
  }

  // MARK: Numbers

  private static let unit: Int128 = 1_000_000_000_000_000_000

  private static func integer(_ field: [UInt8]) -> Int? {
    guard field.first != 0x2b else { return nil }
    return Int(String(decoding: field, as: UTF8.self))
  }

  /// A decimal in units of 10⁻¹⁸.
  static func units(_ field: [UInt8]) -> Int128? {
    let isNegative = field.first == 0x2d
    let parts = field.dropFirst(isNegative ? 1 : 0).split(separator: 0x2e, omittingEmptySubsequences: false)
    guard parts.count == 1 || (parts.count == 2 && (1...18).contains(parts[1].count)), !parts[0].isEmpty
    else {
      return nil
    }
    let digits =
      Array(parts.joined()) + [UInt8](repeating: 0x30, count: 18 - (parts.count == 2 ? parts[1].count : 0))
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    // With its sign: there is one number more below 0 than above.
    return Int128((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self))
  }

  private static func decimal(_ value: Int128) -> String {
    var digits = String(value.magnitude)
    if digits.count < 19 { digits = String(repeating: "0", count: 19 - digits.count) + digits }
    let fraction = digits.suffix(18).reversed().drop { $0 == "0" }.reversed()
    let whole = digits.dropLast(18)
    return (value < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + String(fraction))
  }

  /// With six digits, half away from zero.
  private static func average(_ sum: Int128, _ count: Int) -> String {
    let divisor = Int128(count) * 1_000_000_000_000
    let (quotient, rest) = sum.magnitude.quotientAndRemainder(dividingBy: divisor.magnitude)
    let rounded = rest * 2 >= divisor.magnitude ? quotient + 1 : quotient
    var digits = String(rounded)
    if digits.count < 7 { digits = String(repeating: "0", count: 7 - digits.count) + digits }
    return (sum < 0 && rounded > 0 ? "-" : "") + digits.dropLast(6) + "." + digits.suffix(6)
  }
}

/// Rows of a file that comes in pieces, cut into fields.
struct ReferenceRows {
  private let format: TableFormat
  private var fields: [[UInt8]] = []
  private var field: [UInt8] = []
  private var isQuoted = false
  private var isFirst = true
  private var hasBytes = false

  init(_ format: TableFormat) { self.format = format }

  mutating func consume(_ piece: UnsafeRawBufferPointer, _ row: ([[UInt8]]) throws -> Void) throws {
    for byte in piece {
      if byte == 0x0a, !isQuoted {
        try end(row)
        continue
      }
      hasBytes = true
      if format.isQuoted, byte == 0x22 { isQuoted.toggle() }
      if byte == format.delimiter.rawValue, !isQuoted {
        fields.append(field)
        field = []
      } else {
        field.append(byte)
      }
    }
  }

  /// At the end of a file.
  mutating func finish(_ row: ([[UInt8]]) throws -> Void) throws {
    if hasBytes { try end(row) }
    isFirst = true
    isQuoted = false
  }

  private mutating func end(_ row: ([[UInt8]]) throws -> Void) throws {
    if field.last == 0x0d { field.removeLast() }
    fields.append(field)
    if !(isFirst && format.hasHeader) {
      let whole = fields.compactMap { format.isQuoted ? Self.unquoted($0) : $0 }
      if whole.count == fields.count { try row(whole) }
    }
    fields = []
    field = []
    isFirst = false
    hasBytes = false
  }

  /// nil where a quote is where none may be.
  private static func unquoted(_ field: [UInt8]) -> [UInt8]? {
    guard field.first == 0x22 else { return field.contains(0x22) ? nil : field }
    guard field.count >= 2, field.last == 0x22 else { return nil }
    var result: [UInt8] = []
    var inner = field.dropFirst().dropLast()
    while let byte = inner.popFirst() {
      if byte == 0x22 { guard inner.popFirst() == 0x22 else { return nil } }
      result.append(byte)
    }
    return result
  }
}
