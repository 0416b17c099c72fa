import Glibc

/// A CSV file (RFC 4180), read record by record in memory that does not grow with the file.
///
/// Lines may end in a line feed, with or without a carriage return before it; a byte order mark is passed over. A last
/// record that was cut off is left out, and said in ``warnings``; so is one that only may have been, and headers
/// repeated by joining files.
public final class CSVReader {
  public let path: String
  public private(set) var header: [String] = []
  /// Of the current record's first line, from 1.
  public private(set) var line = 0
  /// What a reader of the figures should know of the file.
  public private(set) var warnings: [String] = []

  private let file: Int32
  private var buffer: [UInt8]
  /// The bytes read and not yet handed out: `buffer[position..<filled]`.
  private var position = 0
  private var filled = 0
  private var isAtEnd = false
  private var nextLine = 1
  /// Of the current record, in the buffer, quotes included.
  private var fields: [Range<Int>] = []

  /// A record longer than this is no record of ours.
  static let longestRecord = 16 << 20

  /// - Throws: ``ResultsError`` where the file cannot be opened, is empty, or has no header.
  public init(_ path: String, bufferSize: Int = 1 << 18) throws {
    self.path = path
    file = open(path, O_RDONLY | O_CLOEXEC)
    buffer = []
    guard file >= 0 else {
      throw ResultsError(path, "cannot be read: \(String(cString: strerror(errno)))")
    }
    buffer = Array(repeating: 0, count: bufferSize)
    guard try scanRecord() else { throw ResultsError(path, "is empty: a CSV file begins with its header") }
    header = fields.indices.map(text)
    if let name = header.first, name.unicodeScalars.first == "\u{FEFF}" {
      header[0] = String(name.unicodeScalars.dropFirst())
    }
    var seen = Set<String>()
    if let twice = header.first(where: { !seen.insert($0).inserted }) {
      throw ResultsError("\(path):1", "the header has '\(Self.shown(twice))' more than once")
    }
  }

  deinit { if file >= 0 { close(file) } }

  /// The place of a column in each record; nil where the file has no such column.
  public func index(of column: String) -> Int? { header.firstIndex(of: column) }

  /// Goes on to the next record.
  ///
  /// - Returns: false at the end.
  /// - Throws: ``ResultsError`` for a record that has not as many fields as the header.
  public func next() throws -> Bool {
    while try scanRecord() {
      if fields.count == 1, fields[0].isEmpty { continue }
      guard fields.count == header.count else {
        if position == filled, isAtEnd, !endedInLineFeed {
          warnings.append("\(path):\(line): the last line is cut off and was left out")
          return false
        }
        throw ResultsError(
          "\(path):\(line)",
          "\(fields.count) fields, but the header has \(header.count) (was the file edited by hand?)")
      }
      if !endedInLineFeed {
        warnings.append(
          "\(path):\(line): the last line has no line end: if it was cut off, its last field is not whole")
      }
      if repeatsHeader {
        warnings.append("\(path):\(line): the header again: files were joined, and all their rows are used")
        continue
      }
      return true
    }
    return false
  }

  private var endedInLineFeed = true

  private var repeatsHeader: Bool {
    bytes(0).elementsEqual(header[0].utf8) && header.indices.allSatisfy { text($0) == header[$0] }
  }

  // MARK: Fields of the current record

  /// The bytes of a field that has no quotes; of a quoted one with its quotes.
  func bytes(_ index: Int) -> ArraySlice<UInt8> { buffer[fields[index]] }

  public func text(_ index: Int) -> String {
    let raw = buffer[fields[index]]
    guard raw.first == UInt8(ascii: "\""), raw.count >= 2 else { return String(decoding: raw, as: UTF8.self) }
    return String(decoding: raw.dropFirst().dropLast(), as: UTF8.self).replacing("\"\"", with: "\"")
  }

  /// A whole number; nil where the field is empty or `index` is.
  ///
  /// Also as programs write it that read the column as floating point: `42.0` (pandas), `1e+08` (R).
  ///
  /// - Throws: ``ResultsError`` naming line, column and value where it is no whole number.
  public func integer(_ index: Int?) throws -> Int? {
    guard let index else { return nil }
    let raw = buffer[fields[index]]
    guard let first = raw.first else { return nil }
    let digits = first == UInt8(ascii: "-") ? raw.dropFirst() : raw
    guard !digits.isEmpty, digits.count <= 18 else { return try wholeNumber(index) }
    var value = 0
    for digit in digits {
      guard digit >= 48, digit <= 57 else { return try wholeNumber(index) }
      value = value * 10 + Int(digit - 48)
    }
    return first == UInt8(ascii: "-") ? -value : value
  }

  /// A whole number that is never negative, and no larger than what a program that reads floating point keeps (2⁵³).
  ///
  /// - Throws: As ``integer(_:)``.
  public func amount(_ index: Int?) throws -> Int? {
    guard let index, let value = try integer(index) else { return nil }
    guard value >= 0 else { throw wrong(index, "it is never negative") }
    guard value < 1 << 53 else { throw wrong(index, "it is beyond any that can be measured") }
    return value
  }

  private func wholeNumber(_ index: Int) throws -> Int {
    guard let value = Double(text(index)), value == value.rounded(), value.magnitude < 0x1p53 else {
      throw wrong(index, "no whole number")
    }
    return Int(value)
  }

  /// A number; nil where the field is empty or `index` is.
  public func number(_ index: Int?) throws -> Double? {
    guard let index else { return nil }
    let value = text(index)
    guard !value.isEmpty else { return nil }
    guard let number = Double(value), number.isFinite else { throw wrong(index, "no number") }
    return number
  }

  /// An error at the current record.
  public func wrong(_ index: Int, _ what: String) -> ResultsError {
    ResultsError("\(path):\(line)", "\(header[index]) is '\(Self.shown(text(index)))': \(what)")
  }

  /// Short, and without characters that would move a terminal's cursor.
  static func shown(_ text: String, limit: Int = 60) -> String {
    String(text.prefix(limit).map { $0.unicodeScalars.contains { $0.value < 0x20 } ? "?" : $0 })
  }

  // MARK: Bytes

  /// Finds the next record's fields; false at the end of the file.
  private func scanRecord() throws -> Bool {
    while true {
      line = nextLine
      if let end = scan() {
        position = end
        endedInLineFeed = true
        return true
      }
      guard !isAtEnd else { return try scanLast() }
      try fill()
    }
  }

  /// The record's end, past its line feed; nil where the buffer does not have it. Records the fields on the way.
  private func scan() -> Int? {
    fields.removeAll(keepingCapacity: true)
    var lines = nextLine
    var start = position
    var isQuoted = false
    let found = buffer.withUnsafeBufferPointer { bytes -> Int? in
      var index = position
      while index < filled {
        let byte = bytes[index]
        if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if byte == UInt8(ascii: ","), !isQuoted {
          fields.append(start..<index)
          start = index + 1
        } else if byte == UInt8(ascii: "\n") {
          lines += 1
          if !isQuoted {
            let end = index > start && bytes[index - 1] == UInt8(ascii: "\r") ? index - 1 : index
            fields.append(start..<end)
            return index + 1
          }
        }
        index += 1
      }
      return nil
    }
    if found != nil { nextLine = lines }
    openField = start
    endsInQuotes = isQuoted
    return found
  }

  private var openField = 0
  private var endsInQuotes = false

  /// What is left at the end of the file, without a line feed.
  private func scanLast() throws -> Bool {
    guard position < filled else { return false }
    endedInLineFeed = false
    if endsInQuotes {
      // The rest of the file would be one field. Of one line it is one that was cut off: too few fields, left out.
      guard !buffer[openField..<filled].contains(UInt8(ascii: "\n")) else {
        throw ResultsError(
          "\(path):\(line)", "a quote is opened here and never closed (was the file edited by hand?)")
      }
    } else {
      fields.append(openField..<filled)
    }
    position = filled
    return true
  }

  private func fill() throws {
    if position > 0 {
      buffer.withUnsafeMutableBytes {
        _ = memmove($0.baseAddress!, $0.baseAddress! + position, filled - position)
      }
      filled -= position
      position = 0
    }
    if filled == buffer.count {
      guard buffer.count < Self.longestRecord else {
        throw ResultsError("\(path):\(line)", "a record of over 16 MiB: this is no CSV file of this program")
      }
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    }
    var count = 0
    repeat {
      count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress! + filled, $0.count - filled) }
    } while count < 0 && errno == EINTR
    guard count >= 0 else {
      throw ResultsError(path, "cannot be read: \(String(cString: strerror(errno)))")
    }
    isAtEnd = count == 0
    filled += count
  }
}
