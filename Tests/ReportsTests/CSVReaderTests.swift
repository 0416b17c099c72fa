import Foundation
import Metrics
import Testing

@testable import Reports

/// All records of a file with this text, by a buffer of `size` bytes.
private func records(_ text: String, buffer size: Int = 1 << 18) throws -> (
  rows: [[String]], warnings: [String]
) {
  try withResults(["x.csv": text]) { folder in
    let reader = try CSVReader("\(folder)/x.csv", bufferSize: size)
    var rows = [reader.header]
    while try reader.next() { rows.append(reader.header.indices.map(reader.text)) }
    return (rows, reader.warnings.map { $0.replacing(folder + "/", with: "") })
  }
}

private func failure(_ text: String) -> String {
  message { _ = try records(text) }.split(separator: "/").last.map(String.init) ?? ""
}

struct CSVReaderTests {
  @Test(arguments: [1, 7, 1 << 18])
  func `quotes, line breaks in them, both line ends and a byte order mark are read`(buffer: Int) throws {
    let text = "\u{FEFF}a,b\r\n1,\"x,\"\"y\"\"\"\r\n\n\"line\r\nbreak\",é\n,\n"
    let read = try records(text, buffer: buffer)
    #expect(read.rows == [["a", "b"], ["1", "x,\"y\""], ["line\r\nbreak", "é"], ["", ""]])
    #expect(read.warnings == [])
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `what is written is read back`(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let letters = ["a", ",", "\"", "\n", "\r\n", " ", "é", "漢", "=", ";", "'", "\\"]
    let width = 1 + draw(5)
    var rows = [(0..<width).map { "h\($0)" }]
    for _ in 0..<draw(30) {
      var row = (0..<width).map { _ in (0..<draw(9)).map { _ in letters[draw(letters.count)] }.joined() }
      // A record of one empty field is an empty line, which is passed over.
      if row == [""] { row = ["x"] }
      rows.append(row)
    }
    let read = try records(rows.map { CSV.line($0) }.joined(), buffer: 1 + draw(40))
    #expect(read.rows == rows)
    #expect(read.warnings == [])
  }

  @Test func `a last line that was cut off is left out and said`() throws {
    let read = try records("a,b,c\n1,2,3\n4,5")
    #expect(read.rows.count == 2)
    #expect(read.warnings == ["x.csv:3: the last line is cut off and was left out"])
    #expect(try records("a,b\n1,\"cut of").rows.count == 1)
  }

  @Test func `a last line without its end is used and said, since its last field may not be whole`() throws {
    let read = try records("a,b\n1,2\n3,45")
    #expect(read.rows.last == ["3", "45"])
    #expect(
      read.warnings == [
        "x.csv:3: the last line has no line end: if it was cut off, its last field is not whole"
      ])
  }

  @Test func `files that were joined are read on, and that is said`() throws {
    let read = try records("a,b\n1,2\na,b\n3,4\n")
    #expect(read.rows == [["a", "b"], ["1", "2"], ["3", "4"]])
    #expect(read.warnings == ["x.csv:3: the header again: files were joined, and all their rows are used"])
  }

  @Test(arguments: [
    ("", "x.csv: is empty: a CSV file begins with its header"),
    ("a,b\n1,2,3\n", "x.csv:2: 3 fields, but the header has 2 (was the file edited by hand?)"),
    ("a,b\n1,2\n\n1\n3,4\n", "x.csv:4: 1 fields, but the header has 2 (was the file edited by hand?)"),
    (
      "a,b\n1,\"2\n3,4\n5,6\n",
      "x.csv:2: a quote is opened here and never closed (was the file edited by hand?)"
    ),
    ("a,b,a\n", "x.csv:1: the header has 'a' more than once"),
  ])
  func `a damaged file is named with its line`(text: String, error: String) {
    #expect(failure(text) == error)
  }

  @Test func `what is no file is an error`() {
    #expect(
      message { _ = try CSVReader("/nonexistent.csv") }
        == "/nonexistent.csv: cannot be read: No such file or directory")
    #expect(message { _ = try CSVReader("/") } == "/: cannot be read: Is a directory")
    #expect(message { _ = try CSVReader("/dev/zero") }.contains("a record of over 16 MiB"))
  }

  private func whole(_ field: String) throws -> Int? {
    try withResults(["x.csv": "n,m\n\(field),\n"]) { folder in
      let reader = try CSVReader("\(folder)/x.csv")
      _ = try reader.next()
      return try reader.amount(0)
    }
  }

  @Test(
    arguments: [("42", 42), ("0", 0), ("42.0", 42), ("1e+08", 100_000_000), ("", nil)] as [(String, Int?)])
  func `whole numbers are read as other programs write them too`(field: String, value: Int?) throws {
    #expect(try whole(field) == value)
  }

  @Test(arguments: [
    ("NaN", "no whole number"), ("nan", "no whole number"), ("inf", "no whole number"),
    ("1.5", "no whole number"),
    ("NA", "no whole number"), ("12 ", "no whole number"), ("-1", "it is never negative"),
    ("99999999999999999999", "no whole number"),
    ("9007199254740992", "it is beyond any that can be measured"),
  ])
  func `a number that is none is named`(field: String, reason: String) {
    #expect(message { _ = try whole(field) }.hasSuffix("x.csv:2: n is '\(field)': \(reason)"))
  }
}
