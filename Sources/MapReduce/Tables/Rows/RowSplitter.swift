import Glibc
import Storage

/// Cuts single rows into fields: those that the block scanner leaves, quoted ones among them. Plain and unhurried.
struct RowSplitter: ~Copyable {
  private let delimiter: UInt8
  private let isQuoted: Bool
  private let fieldCount: Int
  /// The row's fields after ``split(_:length:)`` returned nil.
  let fields: UnsafeMutablePointer<FieldBytes>
  /// Whether a field of the last row lies in scratch.
  private(set) var hasUnescaped = false
  /// Fields with `""`, unescaped.
  private var scratch: UnsafeMutableRawPointer?
  private var scratchCapacity = 0

  init(_ format: TableFormat, fieldCount: Int) {
    delimiter = format.delimiter.rawValue
    isQuoted = format.isQuoted
    self.fieldCount = fieldCount
    fields = .allocate(capacity: fieldCount)
  }

  deinit {
    fields.deallocate()
    scratch?.deallocate()
  }

  /// Cuts a row without its line end into fields.
  ///
  /// - Returns: nil, or what is wrong with the row.
  mutating func split(_ line: UnsafeRawPointer, length: Int) -> String? {
    hasUnescaped = false
    var scratchUsed = 0
    var count = 0
    let end = line + length
    var at = line
    while true {
      var field: FieldBytes
      if isQuoted, at < end, at.load(as: UInt8.self) == 0x22 {
        guard let (closing, pairs) = closingQuote(from: at + 1, end: end) else {
          return "field \(count + 1) has no closing quote"
        }
        field = FieldBytes(start: at + 1, length: closing - at - 1)
        at = closing + 1
        guard at == end || at.load(as: UInt8.self) == delimiter else {
          return "field \(count + 1) goes on behind its closing quote"
        }
        if pairs > 0, count < fieldCount {
          unescape(&field, used: &scratchUsed, lineLength: length)
          hasUnescaped = true
        }
      } else {
        let stop = find(delimiter, from: at, end: end) ?? end
        if isQuoted, find(0x22, from: at, end: stop) != nil {
          return "field \(count + 1) has a quote inside but none in front"
        }
        field = FieldBytes(start: at, length: stop - at)
        at = stop
      }
      if count < fieldCount { fields[count] = field }
      count += 1
      if at == end { break }
      at += 1
    }
    return count == fieldCount ? nil : "\(count) \(count == 1 ? "field" : "fields"), not \(fieldCount)"
  }

  /// The closing quote of a field that starts before `start`, and how many `""` are before it.
  private func closingQuote(
    from start: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> (UnsafeRawPointer, pairs: Int)? {
    var pairs = 0
    var at = start
    while let quote = find(0x22, from: at, end: end) {
      if quote + 1 == end || (quote + 1).load(as: UInt8.self) != 0x22 { return (quote, pairs) }
      pairs += 1
      at = quote + 2
    }
    return nil
  }

  /// Moves a field to scratch, one quote for each two.
  private mutating func unescape(_ field: inout FieldBytes, used: inout Int, lineLength: Int) {
    // All of a row's fields fit into its length, so that only its first one can move the scratch.
    if used == 0, scratchCapacity < lineLength {
      scratch?.deallocate()
      scratch = .allocate(byteCount: lineLength + readableSlack, alignment: 64)
      scratchCapacity = lineLength
    }
    let start = scratch! + used
    var out = start
    var at = field.start
    let end = field.start + field.length
    while at < end {
      // Up to the next quote and with it; its twin is left out.
      let next = find(0x22, from: at, end: end).map { $0 + 1 } ?? end
      out.copyMemory(from: at, byteCount: next - at)
      out += next - at
      at = next + 1
    }
    field = FieldBytes(start: UnsafeRawPointer(start), length: out - start)
    used += field.length
  }

  private func find(_ byte: UInt8, from start: UnsafeRawPointer, end: UnsafeRawPointer) -> UnsafeRawPointer? {
    start < end ? memchr(start, Int32(byte), end - start).map { UnsafeRawPointer($0) } : nil
  }
}

/// Finds where rows with quoted fields end, over any cut of the text.
struct QuotedRowEnd {
  private enum State {
    case fieldStart
    case plain
    case quoted
    /// Behind a quote within a quoted field: it was the closing one, or the first of two.
    case quote
  }

  private let delimiter: UInt8
  private var state = State.fieldStart

  init(_ format: TableFormat) { delimiter = format.delimiter.rawValue }

  /// Looks on in a row of which nothing, or all before `bytes`, has been seen.
  ///
  /// - Returns: The row's line feed, from where on the next row is looked for; nil where the row goes on.
  mutating func find(_ bytes: UnsafeRawPointer, count: Int) -> Int? {
    var at = 0
    while at < count {
      let byte = bytes.load(fromByteOffset: at, as: UInt8.self)
      switch state {
      case .quoted:
        guard let quote = memchr(bytes + at, 0x22, count - at) else { return nil }
        at = UnsafeRawPointer(quote) - bytes
        state = .quote
      case .fieldStart where byte == 0x22, .quote where byte == 0x22:
        state = .quoted
      default:
        if byte == 0x0a {
          state = .fieldStart
          return at
        }
        state = byte == delimiter ? .fieldStart : .plain
      }
      at += 1
    }
    return nil
  }
}
