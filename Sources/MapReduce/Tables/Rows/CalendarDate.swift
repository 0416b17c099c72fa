/// Days of the Gregorian calendar, 0001-01-01 to 9999-12-31, as the number `yyyymmdd`: they compare as dates do.
public enum CalendarDate {
  /// Every day there is.
  public static let all: ClosedRange<Int32> = 1_01_01...9999_12_31

  /// Reads `YYYY-MM-DD`; nil where the text is anything else or there is no such day.
  public static func parse(_ text: String) -> Int32? {
    var bytes = Array(text.utf8)
    let length = bytes.count
    bytes += [UInt8](repeating: 0, count: 16)
    return bytes.withUnsafeBytes { parse($0.baseAddress!, length: length) }
  }

  /// The same for bytes; 16 bytes from the first must be readable.
  @inline(__always)
  static func parse(_ bytes: UnsafeRawPointer, length: Int) -> Int32? {
    guard length == 10 else { return nil }
    let year = bytes.loadUnaligned(as: UInt32.self)
    // "YY-MM-DD"
    let rest = (bytes + 2).loadUnaligned(as: UInt64.self)
    guard rest & 0x0000_ff00_00ff_0000 == 0x0000_2d00_002d_0000 else { return nil }
    // "YYYYMMDD", in the order of memory
    let word = UInt64(year) | (rest &>> 24 & 0xffff) &<< 32 | (rest &>> 48) &<< 48
    guard let pairs = DigitWord(word).pairs else { return nil }
    let month = Int(truncatingIfNeeded: pairs &>> 32 & 0xff)
    let day = UInt64(truncatingIfNeeded: pairs &>> 48 & 0xff)
    let number = Int32(truncatingIfNeeded: DigitWord.number(pairs: pairs))
    guard month &- 1 < 12, month > 0, day > 0, number >= all.lowerBound else { return nil }
    return day <= 28 || day <= lastDay(ofMonth: month, year: number / 1_00_00) ? number : nil
  }

  private static func lastDay(ofMonth month: Int, year: Int32) -> UInt64 {
    if month == 2 { return isLeap(year) ? 29 : 28 }
    // The months of 31 days, a bit each.
    return 30 + UInt64(truncatingIfNeeded: 0b1_0101_1010_1010 &>> month & 1)
  }

  private static func isLeap(_ year: Int32) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }
}
