@testable import MapReduce

/// Fields and rows at the edge of what is allowed, and beyond.
enum TableRowCases {
  static let ranks = [
    "0", "7", "42", "12345678", "123456789", "-5", "-0", "0000000000000000000000007", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "", "-",
    "--1", "+1", " 1", "1 ", "1a", "a1", "1.0", "1234567/", "1234567:", "1-2", "1\0", "\u{7f}",
  ]
  static let dates = [
    "1970-01-01", "2012-04-30", "2000-02-29", "1900-02-29", "2001-02-29", "2004-02-30", "2004-13-01",
    "2004-00-10", "2004-01-00", "2004-01-31", "2004-01-32", "2004-04-30", "2004-04-31", "0000-01-01",
    "0001-01-01", "9999-12-31", "2004-4-1", "20040401", "2004/04/01", "2004-04-0a", "2004-04-011", "",
    "-004-04-01", "2004-04-1", "2004-040-1", "200a-04-01", "2004-99-99",
  ]
  static let revenues = [
    "0.1234567", "0.12345678", "0.5", "9.99999999", "0", "3", "12", "0.123456789", "12345678.9", "-0.25",
    "-0",
    "-0.0", "0.000000000000000001", "0.0000000000000000001", "0.100000000000000000", "0.1000000000000000000",
    "170141183460469231731.687303715884105727", "170141183460469231731.687303715884105728",
    "-170141183460469231731.687303715884105728", "-170141183460469231731.687303715884105729",
    "170141183460469231732", "340282366920938463463374607431768211456", "00000000000000000000000000001.5", "",
    "-", ".", ".5", "5.", "-.5", "1e3", "1.5.2", "0.1a", "0,5", "+1", "a.5", "1/5", "0.1234 ", " 0.1234",
    "0.1234567:", "1\0",
  ]

  static func date(_ numbers: inout SeededNumbers) -> String {
    func padded(_ number: Int, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: width - text.count) + text
    }
    return padded(.random(in: 1960...2020, using: &numbers), 4) + "-"
      + padded(.random(in: 1...12, using: &numbers), 2) + "-"
      + padded(.random(in: 1...31, using: &numbers), 2)
  }

  static func word(_ numbers: inout SeededNumbers, longest: Int) -> [UInt8] {
    let alphabets = [Array("abcdefghij".utf8), [0, 255, 13, 0x80, 0x20], Array("12.-".utf8)]
    let alphabet = alphabets[Int.random(in: 0...5, using: &numbers) % 3 == 1 ? 1 : 0]
    return (0..<Int.random(in: 0...longest, using: &numbers)).map { _ in
      alphabet.randomElement(using: &numbers)!
    }
  }

  /// One row's fields: mostly as they should be.
  static func fields(_ query: TableQuery, _ numbers: inout SeededNumbers, edges: Bool, longest: Int)
    -> [[UInt8]]
  {
    func pick(_ edge: [String], _ plain: String) -> [UInt8] {
      Array((edges && numbers.next() % 4 == 0 ? edge.randomElement(using: &numbers)! : plain).utf8)
    }
    var fields = (0..<query.fieldCount).map { _ in word(&numbers, longest: longest) }
    if query == .rankings {
      fields[1] = pick(ranks, String(numbers.next() % 100_000))
    } else {
      fields[2] = pick(dates, date(&numbers))
      fields[3] = pick(revenues, "0." + String(numbers.next() % 100_000_000))
    }
    if edges, numbers.next() % 8 == 0 { fields.removeLast() }
    if edges, numbers.next() % 8 == 0 {
      fields.insert([0x61], at: .random(in: 0...fields.count, using: &numbers))
    }
    return fields
  }

  /// A table of hostile rows, chosen by the seed.
  static func table(_ query: TableQuery, _ format: TableFormat, seed: UInt64) -> [UInt8] {
    var numbers = SeededNumbers(seed: seed)
    let edges = seed % 4 != 0
    let longest = [3, 20, 200, 1500][Int(seed / 4 % 4)]
    let feed: [UInt8] = seed % 3 == 0 ? [13, 10] : [10]
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 0...60, using: &numbers) {
      let fields = fields(query, &numbers, edges: edges, longest: longest).map { field in
        format.isQuoted ? quoted(field, &numbers, edges: edges) : field
      }
      text += fields.joined(separator: [format.delimiter.rawValue])
      text +=
        edges && numbers.next() % 16 == 0
        ? [[13, 10], [10], [10, 10], [13], []].randomElement(using: &numbers)! : feed
    }
    if Bool.random(using: &numbers) { while text.last == 10 || text.last == 13 { text.removeLast() } }
    if edges {
      // Rubbish over it, in the end.
      for _ in 0..<(text.count / 300) {
        let special: [UInt8] = [format.delimiter.rawValue, 10, 13, 0x22, 0, 255, 0x30]
        text[Int.random(in: 0..<text.count, using: &numbers)] = special.randomElement(using: &numbers)!
      }
    }
    return text
  }

  private static func quoted(_ field: [UInt8], _ numbers: inout SeededNumbers, edges: Bool) -> [UInt8] {
    guard numbers.next() % 3 == 0 else { return field }
    var inside: [UInt8] = []
    let special: [[UInt8]] = [[0x22, 0x22], [0x2c], [9], [0x7c], [10], [13, 10], [13]]
    for byte in field {
      if edges, numbers.next() % 12 == 0 { inside += special.randomElement(using: &numbers)! }
      inside.append(byte)
    }
    if edges, numbers.next() % 8 == 0 { inside += [0x22, 0x22] }
    let after: [UInt8] = edges && numbers.next() % 30 == 0 ? [0x78] : []
    let end: [UInt8] = edges && numbers.next() % 60 == 0 ? [] : [0x22]
    return [0x22] + inside + end + after
  }
}
