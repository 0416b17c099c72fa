/// A row that is not as its table says.
public struct BadRow: Hashable, Sendable, CustomStringConvertible {
  /// Name of the file.
  public var file: String
  /// Of the row's first byte, in the file.
  public var offset: Int
  public var reason: String
  /// The whole row without its line feed.
  public var bytes: [UInt8]

  public init(file: String, offset: Int, reason: String, bytes: [UInt8]) {
    self.file = file
    self.offset = offset
    self.reason = reason
    self.bytes = bytes
  }

  public var description: String {
    bytes.withUnsafeBytes { "\(file), row at byte \(offset): \(reason): \(ByteExcerpt.quoted($0))" }
  }
}

/// Why a table could not be read.
public enum TableError: Error, Equatable, Sendable, CustomStringConvertible {
  case badRow(BadRow)

  public var description: String {
    switch self {
    case .badRow(let row): "read \(row) (mend the row, or have malformed rows skipped)"
    }
  }
}

/// Where malformed rows go that shall not end the job.
public protocol BadRowSink: AnyObject {
  func take(_ row: BadRow) throws
}

/// What becomes of malformed rows.
public enum BadRowPolicy {
  /// The first one ends the reading by ``TableError/badRow(_:)``.
  case fail
  /// They are handed over and left out.
  case skip(any BadRowSink)
}

/// Bytes of a user's file in messages.
enum ByteExcerpt {
  static let longest = 60

  /// In quotes, at most ``longest`` bytes, what is no printable ASCII as `\xHH`.
  static func quoted(_ bytes: UnsafeRawBufferPointer) -> String {
    var text = "'"
    for byte in bytes.prefix(longest) {
      if (0x20..<0x7f).contains(byte), byte != 0x27, byte != 0x5c {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte < 16 ? "\\x0" : "\\x"
        text += String(byte, radix: 16)
      }
    }
    return bytes.count > longest ? text + "…' (\(bytes.count) bytes)" : text + "'"
  }
}
