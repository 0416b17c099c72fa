import Glibc

/// One field of a row: in the chunk, or unescaped in a splitter's scratch.
struct FieldBytes {
  var start: UnsafeRawPointer
  var length: Int
}

/// What a table's rows are, for ``RowScanner``.
protocol RowParser: ~Copyable {
  static var fieldCount: Int { get }

  /// Takes a row that has the right number of fields and no quotes.
  ///
  /// - Parameters:
  ///   - start: The row's first byte in `block`.
  ///   - ends: Where its fields end in `block`, the last one at `feed`.
  ///   - feed: The line feed, behind which at least ``readableSlack`` bytes can be read.
  /// - Returns: false where a field is not as it should be: nothing was done, and ``take(_:line:lineLength:)`` says why.
  mutating func takePlain(
    _ block: UnsafeRawPointer, start: Int, ends: UnsafePointer<UInt16>, feed: Int
  ) throws -> Bool

  /// Takes a row, or says what is wrong with it.
  ///
  /// - Parameters:
  ///   - fields: ``fieldCount`` of them.
  ///   - line: The row without its line end.
  mutating func take(
    _ fields: UnsafePointer<FieldBytes>, line: UnsafeRawPointer, lineLength: Int
  ) throws -> String?

  /// What the rows pointed at is about to go away.
  mutating func release() throws
}

extension RowParser where Self: ~Copyable {
  /// A row's length without its line end.
  @inline(__always)
  static func lineLength(_ block: UnsafeRawPointer, start: Int, feed: Int) -> Int {
    // There is a delimiter before the feed, so a byte too.
    let hasReturn = block.load(fromByteOffset: feed &- 1, as: UInt8.self) == 0x0d
    return feed &- start &- (hasReturn ? 1 : 0)
  }

  /// A field that is not as it should be.
  static func fault(_ name: String, _ field: FieldBytes, expected: String) -> String {
    let bytes = UnsafeRawBufferPointer(start: field.start, count: field.length)
    return "\(name) is \(ByteExcerpt.quoted(bytes)), not \(expected)"
  }
}

/// A signed whole number of 64 bits.
enum WholeNumber {
  /// Reads an optional `-` and at least one digit; nil where the field is anything else, or the number does not fit.
  /// Eight bytes at `bytes` must be readable.
  @inline(__always)
  static func parse(_ bytes: UnsafeRawPointer, length: Int) -> Int64? {
    guard UInt(bitPattern: length &- 1) < 8, let number = DigitWord(padding: bytes, count: length).number
    else { return parseAny(bytes, length: length) }
    return Int64(truncatingIfNeeded: number)
  }

  @inline(never)
  private static func parseAny(_ bytes: UnsafeRawPointer, length: Int) -> Int64? {
    let isNegative = length > 0 && bytes.load(as: UInt8.self) == 0x2d
    var at = isNegative ? 1 : 0
    guard at < length else { return nil }
    // Downwards, where there is one number more.
    var negative: Int64 = 0
    while at < length {
      let digit = bytes.load(fromByteOffset: at, as: UInt8.self) &- 0x30
      if digit > 9 { return nil }
      let (product, overflow) = negative.multipliedReportingOverflow(by: 10)
      let (difference, borrow) = product.subtractingReportingOverflow(Int64(digit))
      if overflow || borrow { return nil }
      negative = difference
      at += 1
    }
    if isNegative { return negative }
    return negative == .min ? nil : -negative
  }
}

extension ExactDecimal {
  /// The same as ``parse(_:length:)``, quick for one digit, a point and up to nine digits. Sixteen bytes at `bytes`
  /// must be readable.
  @inline(__always)
  static func parseField(_ bytes: UnsafeRawPointer, length: Int) -> ExactDecimal? {
    let head = UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self))
    let whole = (head & 0xff) &- 0x30
    let hasNinth = length == 11
    let ninth = hasNinth ? bytes.load(fromByteOffset: 10, as: UInt8.self) &- 0x30 : 0
    guard UInt(bitPattern: length &- 3) < 9, whole < 10, head &>> 8 == 0x2e, ninth < 10,
      let part = DigitWord(filling: bytes + 2, count: hasNinth ? 8 : length &- 2).number
    else { return parse(bytes, length: length) }
    // In 10⁻⁹; at most 9.999999999e18 units, which 64 bits hold.
    let billionths = UInt64(whole) &* 1_000_000_000 &+ part &* 10 &+ UInt64(ninth)
    return ExactDecimal(units: Int128(truncatingIfNeeded: billionths &* 1_000_000_000))
  }
}
