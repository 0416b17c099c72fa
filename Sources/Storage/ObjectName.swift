/// Names of objects, logs and values: `/`-separated ASCII, at most 120 bytes.
enum ObjectName {
  static let longest = 120

  /// - Throws: `.invalid` where `name` is empty or too long, has an empty part, a part `.` or `..`, or a byte
  ///   other than letters, digits, `.`, `_`, `-`, `=`, `+`, `,` and `:`.
  static func validate(_ name: String) throws {
    var partLength = 0
    var dots = 0
    func endPart() -> Bool { partLength > 0 && !(dots == partLength && dots <= 2) }
    var valid = !name.isEmpty && name.utf8.count <= longest
    for byte in name.utf8 where valid {
      switch byte {
      case UInt8(ascii: "/"):
        valid = endPart()
        partLength = 0
        dots = 0
      case UInt8(ascii: "."):
        partLength += 1
        dots += 1
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "="),
        UInt8(ascii: "+")...UInt8(ascii: "-"):
        partLength += 1
      default: valid = false
      }
    }
    guard valid, endPart() else {
      throw StorageError(
        .invalid,
        "'\(name)' is no object name (1 to \(longest) bytes of letters, digits, ._-=+,: in parts joined by /)"
      )
    }
  }

  /// FNV-1a, 64 bits: stable across processes and machines.
  static func hash(_ name: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }

  /// One file name for an object: `/` becomes `%2F`; at most 238 bytes, since parts are not empty.
  static func fileName(_ name: String) -> String {
    guard name.utf8.contains(UInt8(ascii: "/")) else { return name }
    return name.split(separator: "/").joined(separator: "%2F")
  }

  /// The object name that ``fileName(_:)`` wrote, or nil where it wrote none such.
  static func objectName(fileName: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(fileName.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.popFirst() == UInt8(ascii: "2"), rest.popFirst() == UInt8(ascii: "F") else { return nil }
      bytes.append(UInt8(ascii: "/"))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
