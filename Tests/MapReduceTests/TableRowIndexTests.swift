import CSystemIO
import Glibc
import Storage
import Testing

@testable import MapReduce

struct TableRowIndexTests {
  /// Both lists in the plainest way.
  private func expected(_ text: some Collection<UInt8>, _ delimiter: UInt8) -> (
    ends: [UInt16], rows: [UInt16]
  ) {
    var ends: [UInt16] = []
    var rows: [UInt16] = []
    for (index, byte) in text.enumerated() where byte == delimiter || byte == 10 {
      if byte == 10 { rows.append(UInt16(ends.count)) }
      ends.append(UInt16(index))
    }
    return (ends, rows)
  }

  private func check(_ text: [UInt8], count: Int, delimiter: UInt8) {
    let expected = expected(text[..<count], delimiter)
    for level in 0...mb_rows_level() {
      // As little room as is promised, before memory that would tell.
      var ends = [UInt16](repeating: 0xeeee, count: count + 64 + 8)
      var rows = ends
      let found = withGuardedBytes(Array(text[..<count])) {
        mb_index_rows(
          level, $0.baseAddress!.assumingMemoryBound(to: UInt8.self), count, delimiter, &ends, &rows)
      }
      #expect(found == expected.rows.count, "level \(level), \(count) bytes")
      #expect(Array(rows[..<expected.rows.count]) == expected.rows, "level \(level), \(count) bytes")
      #expect(Array(ends[..<expected.ends.count]) == expected.ends, "level \(level), \(count) bytes")
      #expect(
        ends[(count + 64)...].allSatisfy { $0 == 0xeeee } && rows[(count + 64)...].allSatisfy { $0 == 0xeeee }
      )
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `all separators are found, by every instruction set`(seed: UInt64) {
    var numbers = SeededNumbers(seed: seed)
    let delimiter = TableFormat.Delimiter.allCases.randomElement(using: &numbers)!.rawValue
    // From nearly none to nothing but separators.
    let one = [2, 3, 10, 60][Int(seed % 4)]
    let bytes: [UInt8] = [delimiter, 10, delimiter, delimiter ^ 0x80, 0, 255, 13]
    let text = (0..<400).map { _ in
      Int.random(in: 0..<one, using: &numbers) < 2 ? bytes.randomElement(using: &numbers)! : 0x61
    }
    for count in [0, 1, 2, 63, 64, 65, 127, 128, 129, 400] { check(text, count: count, delimiter: delimiter) }
  }

  @Test(arguments: [10, 0x2c, 0x61] as [UInt8])
  func `a block of nothing else fits its numbers`(byte: UInt8) {
    let text = [UInt8](repeating: byte, count: 65536)
    for count in [64, 1000, 65535, 65536] { check(text, count: count, delimiter: 0x2c) }
  }
}
