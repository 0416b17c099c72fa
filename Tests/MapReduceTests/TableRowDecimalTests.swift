import Testing

@testable import MapReduce

struct TableRowDecimalTests {
  private func parse(_ text: String) -> ExactDecimal? {
    Array(text.utf8).withUnsafeBytes { bytes in
      // One array of no bytes has no address.
      let nowhere = UnsafeRawPointer(bitPattern: 8)!
      return ExactDecimal.parse(bytes.baseAddress ?? nowhere, length: bytes.count)
    }
  }

  private func parseField(_ text: String) -> ExactDecimal? {
    withGuardedBytes(Array(text.utf8)) { ExactDecimal.parseField($0.baseAddress!, length: $0.count) }
  }

  /// `units` by its digits alone.
  private func expectedText(_ units: Int128) -> String {
    var digits = String(units.magnitude)
    digits = String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    var part = digits.suffix(18)
    while part.last == "0" { part.removeLast() }
    return (units < 0 ? "-" : "") + digits.dropLast(18) + (part.isEmpty ? "" : "." + part)
  }

  /// Long division of the digits, as at school; the seventh one behind the point rounds.
  private func expectedAverage(_ units: Int128, _ count: Int64) -> String {
    var digits = String(units.magnitude).map { UInt128($0.wholeNumberValue!) }
    digits = [UInt128](repeating: 0, count: max(0, 19 - digits.count)) + digits
    var rest: UInt128 = 0
    var quotient = digits.map { digit in
      rest = rest * 10 + digit
      defer { rest %= UInt128(count) }
      return Int(rest / UInt128(count))
    }
    let roundsUp = quotient[quotient.count - 12] >= 5
    quotient.removeLast(12)
    if roundsUp {
      var at = quotient.count - 1
      while at >= 0, quotient[at] == 9 {
        quotient[at] = 0
        at -= 1
      }
      if at >= 0 { quotient[at] += 1 } else { quotient.insert(1, at: 0) }
    }
    while quotient.count > 7, quotient[0] == 0 { quotient.removeFirst() }
    let text = quotient.map(String.init).joined()
    let sign = units < 0 && quotient.contains { $0 != 0 } ? "-" : ""
    return sign + text.dropLast(6) + "." + text.suffix(6)
  }

  private func anyUnits(_ numbers: inout SeededNumbers) -> Int128 {
    let bits = Int128(truncatingIfNeeded: numbers.next()) << 64 | Int128(numbers.next())
    let edges: [Int128] = [0, 1, -1, .max, .min, ExactDecimal.one, -ExactDecimal.one, ExactDecimal.one / 2]
    return numbers.next() % 4 == 0
      ? edges.randomElement(using: &numbers)! : bits >> Int128.random(in: 0...127, using: &numbers)
  }

  @Test func `edges are read as they should be`() {
    for text in TableRowCases.revenues {
      let expected = expectedUnits(Array(text.utf8))
      #expect(parse(text)?.units == expected, "'\(text)'")
      #expect(parseField(text)?.units == expected, "'\(text)'")
    }
    #expect(parse("170141183460469231731.687303715884105727")?.units == .max)
    #expect(parse("-170141183460469231731.687303715884105728")?.units == .min)
  }

  @Test(arguments: 0...11) func `short numbers are read as the plain way reads them, byte by byte`(
    digits: Int
  ) {
    for whole in 0...9 {
      let text = Array("\(whole)." + "8" + String(repeating: "9", count: digits)).dropLast()
      for place in text.indices {
        for other in "0123456789.-/:x \u{0}" {
          var changed = text
          changed[place] = other
          let expected = expectedUnits(Array(String(changed).utf8))
          #expect(parseField(String(changed))?.units == expected, "'\(String(changed))'")
        }
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `any text is read as the plain way reads it`(seed: UInt64) {
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<100 {
      let alphabet = Array(seed % 2 == 0 ? "0123456789" : "0123456789.-/:9")
      let point = Int.random(in: 0...24, using: &numbers)
      var text = numbers.next() % 4 == 0 ? "-" : ""
      for at in 0..<Int.random(in: 0...44, using: &numbers) {
        text.append(at == point ? "." : alphabet.randomElement(using: &numbers)!)
        if numbers.next() % 12 == 0 { break }
      }
      let expected = expectedUnits(Array(text.utf8))
      #expect(parse(text)?.units == expected, "'\(text)'")
      #expect(parseField(text)?.units == expected, "'\(text)'")
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `what is written is what is read`(seed: UInt64) {
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<100 {
      let value = ExactDecimal(units: anyUnits(&numbers))
      #expect(value.text == expectedText(value.units))
      #expect(value.text.utf8.count <= ExactDecimal.longestText)
      #expect(parse(value.text) == value)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `an average is rounded half away from zero`(seed: UInt64) {
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<100 {
      let units = anyUnits(&numbers)
      let count = numbers.next() % 3 == 0 ? Int64.max : Int64(1 + numbers.next() % 1000)
      #expect(
        ExactDecimal.averageText(ExactDecimal(units: units), count: count) == expectedAverage(units, count))
    }
  }

  @Test func `texts are as they are in the outputs`() {
    let texts = ["1.5", "2", "0", "-0.25", "0.000000000000000001", "-1", "100", "170141183460469231731"]
    for text in texts { #expect(parse(text)?.text == text) }
    #expect(parse("-0.0")?.text == "0")
    #expect(parse("007.50")?.text == "7.5")
    #expect(ExactDecimal.averageText(ExactDecimal(7), count: 2) == "3.500000")
    #expect(ExactDecimal.averageText(ExactDecimal(2), count: 3) == "0.666667")
    #expect(ExactDecimal.averageText(ExactDecimal(-2), count: 3) == "-0.666667")
    #expect(ExactDecimal.averageText(parse("0.000001")!, count: 2) == "0.000001")
    #expect(ExactDecimal.averageText(parse("-0.000001")!, count: 2) == "-0.000001")
    #expect(ExactDecimal.averageText(parse("-0.000001")!, count: 3) == "0.000000")
    #expect(ExactDecimal.averageText(parse("9.9999999")!, count: 1) == "10.000000")
    #expect(ExactDecimal.averageText(ExactDecimal(.min), count: 1) == "-9223372036854775808.000000")
    #expect(ExactDecimal.averageText(ExactDecimal(units: .min), count: 1) == "-170141183460469231731.687304")
  }

  @Test func `a sum is exact or an error`() throws {
    var sum = ExactDecimal(units: 0)
    for _ in 0..<1000 { try sum.add(parse("0.1")!) }
    #expect(sum.text == "100")
    sum = ExactDecimal(units: .max)
    #expect(throws: DecimalError.overflow) { try sum.add(ExactDecimal(units: 1)) }
    #expect(sum.units == .max)
    sum = ExactDecimal(units: .min)
    #expect(throws: DecimalError.overflow) { try sum.add(ExactDecimal(units: -1)) }
    #expect(sum.units == .min)
    try sum.add(ExactDecimal(units: .max))
    #expect(sum.units == -1)
  }

  @Test func `every day of the calendar is read, and no other`() {
    var days = 0
    for year in [1, 4, 100, 400, 1582, 1900, 1970, 1999, 2000, 2004, 2012, 2100, 9999, 0] {
      for month in 0...15 {
        for day in 0...35 {
          let text = [(year, 4), (month, 2), (day, 2)].map { number, width in
            String(repeating: "0", count: width - String(number).count) + String(number)
          }.joined(separator: "-")
          let expected = expectedDate(Array(text.utf8))
          #expect(CalendarDate.parse(text) == expected, "\(text)")
          days += expected == nil ? 0 : 1
        }
      }
    }
    #expect(days == 13 * 365 + 5)
    #expect(CalendarDate.parse("2000-01-02") == 2000_01_02)
  }
}
