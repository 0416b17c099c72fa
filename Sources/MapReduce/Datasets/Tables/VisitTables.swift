/// Spelled pieces of rows of `uservisits`, by number.
final class VisitTables: @unchecked Sendable {
  /// 1970-01-01…2012-04-30.
  static let dayCount = 15_461
  static let agentCount = 64
  static let localeCount = 64

  /// Bytes from one date, agent, … to the next; copies go in steps of 16 bytes and stay within.
  static let dateStride = 16
  static let agentStride = 112
  static let localeStride = 16
  static let searchStride = 32

  /// `YYYY-MM-DD,` by the day since 1970-01-01.
  let dates: UnsafeMutableRawPointer
  let agents: UnsafeMutableRawPointer
  let agentLengths: UnsafeMutablePointer<UInt8>
  /// `USA,en-US,`.
  let locales: UnsafeMutableRawPointer
  /// With the comma between the two and without the one behind.
  let localeLengths: UnsafeMutablePointer<UInt8>
  /// `searchStride * (VisitWords.searchChoices * (length - shortest) + choice)`.
  let searches: UnsafeMutableRawPointer
  /// A number under 256 and a full stop; the top byte is how many digits it has.
  let octets: UnsafeMutablePointer<UInt64>
  /// Three digits of a number under 1000.
  let thousand: UnsafeMutablePointer<UInt32>

  init() {
    let dates = Self.spelledDates()
    precondition(dates.count == Self.dayCount)
    precondition(VisitWords.agents.count == Self.agentCount)
    precondition(VisitWords.locales.count == Self.localeCount)
    let comma = UInt8(ascii: ",")
    self.dates = Self.table(dates.map { $0 + [comma] }, stride: Self.dateStride)
    agents = Self.table(VisitWords.agents, stride: Self.agentStride)
    agentLengths = Self.lengths(VisitWords.agents)
    locales = Self.table(VisitWords.locales.map { $0 + [comma] }, stride: Self.localeStride)
    localeLengths = Self.lengths(VisitWords.locales)
    searches = Self.table(
      VisitWords.searchLengths.flatMap(VisitWords.search(length:)), stride: Self.searchStride)
    octets = .allocate(capacity: 256)
    for number in 0..<256 {
      let digits = Array(String(number).utf8)
      let letters = (digits + [UInt8(ascii: ".")]).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      octets[number] = letters | UInt64(digits.count) << 56
    }
    thousand = .allocate(capacity: 1000)
    for number in 0..<1000 {
      let digits = [number / 100, number / 10 % 10, number % 10]
      thousand[number] = digits.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(48 + $1) }
    }
  }

  deinit {
    dates.deallocate()
    agents.deallocate()
    agentLengths.deallocate()
    locales.deallocate()
    localeLengths.deallocate()
    searches.deallocate()
    octets.deallocate()
    thousand.deallocate()
  }

  /// Every day's `YYYY-MM-DD` from 1970-01-01 to 2012-04-30.
  private static func spelledDates() -> [[UInt8]] {
    var dates: [[UInt8]] = []
    dates.reserveCapacity(dayCount)
    for year in 1970...2012 {
      // No century in between.
      let february = year % 4 == 0 ? 29 : 28
      let days = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      for month in 1...(year == 2012 ? 4 : 12) {
        for day in 1...days[month - 1] {
          dates.append(Array("\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)".utf8))
        }
      }
    }
    return dates
  }

  private static func table(_ entries: [[UInt8]], stride: Int) -> UnsafeMutableRawPointer {
    precondition(stride % 16 == 0)
    let table = UnsafeMutableRawPointer.allocate(byteCount: stride * entries.count, alignment: 16)
    table.initializeMemory(as: UInt8.self, repeating: 0, count: stride * entries.count)
    for (index, entry) in entries.enumerated() {
      precondition(entry.count <= stride)
      (table + stride * index).copyMemory(from: entry, byteCount: entry.count)
    }
    return table
  }

  private static func lengths(_ entries: [[UInt8]]) -> UnsafeMutablePointer<UInt8> {
    let lengths = UnsafeMutablePointer<UInt8>.allocate(capacity: entries.count)
    for (index, entry) in entries.enumerated() { lengths[index] = UInt8(entry.count) }
    return lengths
  }
}
