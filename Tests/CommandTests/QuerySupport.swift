import Foundation
import MapReduce

/// Both tables of the queries, small; fields are any bytes but delimiters and line ends.
struct TinyTables {
  struct Page {
    var url: [UInt8]
    var rank: Int64
  }

  struct Visit {
    var ip: [UInt8]
    var url: [UInt8]
    var date: String
    var revenue: String
  }

  var pages: [Page] = []
  var visits: [Visit] = []

  mutating func page(_ url: String, _ rank: Int64) { pages.append(Page(url: Array(url.utf8), rank: rank)) }

  mutating func visit(_ ip: String, _ url: String, _ date: String, _ revenue: String) {
    visits.append(Visit(ip: Array(ip.utf8), url: Array(url.utf8), date: date, revenue: revenue))
  }

  /// How a table's rows are written.
  struct Style {
    var delimiter = UInt8(ascii: ",")
    var end = "\n"
    var header = false
    var isQuoted = false
    var endsLastLine = true

    func text(_ rows: [[[UInt8]]]) -> [UInt8] {
      let head: [[[UInt8]]] = header ? [[Array("a heading".utf8), Array("x".utf8)]] : []
      let lines = (head + rows).map { fields -> [UInt8] in
        Array(fields.enumerated().map { index, field in quoted(field, index) }.joined(separator: [delimiter]))
      }
      return Array(lines.joined(separator: Array(end.utf8))) + (endsLastLine ? Array(end.utf8) : [])
    }

    /// Each second field is quoted even where it need not be.
    private func quoted(_ field: [UInt8], _ index: Int) -> [UInt8] {
      let special: [UInt8] = [0x22, 0x0a, 0x0d, delimiter]
      guard isQuoted, index % 2 == 0 || field.contains(where: special.contains) else { return field }
      return [0x22] + field.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] } + [0x22]
    }
  }

  func rankings(_ style: Style = Style()) -> [UInt8] {
    style.text(pages.map { [$0.url, Array("\($0.rank)".utf8), Array("7".utf8)] })
  }

  func uservisits(_ style: Style = Style()) -> [UInt8] {
    let rest = ["agent/1", "DEU", "de-DE", "", "3"].map { Array($0.utf8) }
    return style.text(visits.map { [$0.ip, $0.url, Array($0.date.utf8), Array($0.revenue.utf8)] + rest })
  }

  /// Rows at every edge: empty and long keys, keys on one side only, twice on both, one with half of all rows, any
  /// bytes, the first and the last day, decimals of 18 digits and of none, below 0 and 0.
  static let edges: TinyTables = {
    var tables = TinyTables()
    let long = "http://" + String(repeating: "x", count: 300)
    for (index, url) in ["", "a", "b", "b", "only-here", long, "tab\there", "q\u{e4}\u{1F600}"].enumerated() {
      tables.page(url, [100, 101, 99, -5, 0, Int64.max >> 8, -(Int64.max >> 8), 100][index])
    }
    tables.pages.append(Page(url: [0xff, 0x00, 0x80], rank: 1000))
    let days = [
      "0001-01-01", "1979-12-31", "1980-01-01", "1980-01-02", "1980-04-01", "1980-04-02", "1999-12-31",
      "2000-01-01", "9999-12-31",
    ]
    let revenues = [
      "0", "-0", "0.5", "-0.25", "0.000000000000000001", "-12345678.123456789012345678", "99999999", "1.10",
      "0.0000005", "-0.0000015",
    ]
    let sources = ["", "1.2.3.4", "1.2.3.40", "123.123.123.123", "x", long, "t\tb", "\u{e9}\""]
    let urls = tables.pages.map(\.url) + [Array("nowhere".utf8)]
    for index in 0..<180 {
      // Half of all rows are of one source and one page.
      let skewed = index % 2 == 0
      tables.visits.append(
        Visit(
          ip: skewed ? Array("1.2.3.4".utf8) : Array(sources[index / 2 % sources.count].utf8),
          url: skewed ? Array("b".utf8) : urls[index / 3 % urls.count], date: days[index % days.count],
          revenue: revenues[index / 2 % revenues.count]))
    }
    tables.visits.append(Visit(ip: [0xfe, 0x00], url: [0xff, 0x00, 0x80], date: "1980-02-29", revenue: "3"))
    return tables
  }()
}

/// The queries' output lines in the plainest way, in the order of one part.
extension TinyTables {
  func lines(of workload: Workload) -> [[UInt8]] {
    switch workload {
    case .scan(let minRank, _):
      return sorted(pages.filter { $0.rank > minRank }.map { $0.url + Array("\t\($0.rank)".utf8) })
    case .aggregation(let length, _):
      var sums: [[UInt8]: Int128] = [:]
      for visit in visits { sums[Array(visit.ip.prefix(length)), default: 0] += Self.units(visit.revenue) }
      return inOrder(sums.map { ($0.key, Self.sum($0.value)) })
    case .join(let query, _): return joined(query)
    default: return []
    }
  }

  private func joined(_ query: JoinQuery) -> [[UInt8]] {
    var groups: [[UInt8]: (revenue: Int128, ranks: Int128, count: Int128)] = [:]
    let byURL = Dictionary(grouping: pages, by: \.url)
    for visit in visits {
      let day = Int32(visit.date.filter { $0 != "-" })!
      guard day >= query.from, day <= query.to else { continue }
      for page in byURL[visit.url] ?? [] {
        let old = groups[visit.ip] ?? (0, 0, 0)
        groups[visit.ip] = (old.0 + Self.units(visit.revenue), old.1 + Int128(page.rank), old.2 + 1)
      }
    }
    let one: Int128 = 1_000_000_000_000_000_000
    func line(_ group: (revenue: Int128, ranks: Int128, count: Int128)) -> String {
      let rank = Self.mean(group.ranks * one, group.count)
      return query.output == .averages
        ? "\(rank)\t\(Self.mean(group.revenue, group.count))" : "\(Self.sum(group.revenue))\t\(rank)"
    }
    guard let limit = query.limit else { return inOrder(groups.map { ($0.key, line($0.value)) }) }
    let ordered = groups.sorted {
      $0.value.revenue == $1.value.revenue
        ? $0.key.lexicographicallyPrecedes($1.key) : $0.value.revenue > $1.value.revenue
    }
    return ordered.prefix(limit).map { $0.key + [9] + Array(line($0.value).utf8) }
  }

  private func inOrder(_ lines: [([UInt8], String)]) -> [[UInt8]] {
    lines.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map { $0.0 + [9] + Array($0.1.utf8) }
  }

  /// In units of 10⁻¹⁸.
  static func units(_ text: String) -> Int128 {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : ""
    return Int128(parts[0] + fraction + String(repeating: "0", count: 18 - fraction.count))!
  }

  static func sum(_ units: Int128) -> String {
    var digits = Array(String(units.magnitude))
    while digits.count < 19 { digits.insert("0", at: 0) }
    digits.insert(".", at: digits.count - 18)
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return (units < 0 ? "-" : "") + String(digits)
  }

  /// Six digits, half away from zero.
  static func mean(_ units: Int128, _ count: Int128) -> String {
    let millionth = 1_000_000_000_000 * count
    let size = Int128(units.magnitude)
    let rounded = (2 * size + millionth) / (2 * millionth)
    let text = String(rounded / 1_000_000) + "." + String(String(1_000_000 + rounded % 1_000_000).dropFirst())
    return (units < 0 && rounded > 0 ? "-" : "") + text
  }
}
