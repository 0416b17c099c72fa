/// Well-formed UTF-8 (Unicode 15, table 3-7), a sequence at a time.
enum UTF8Sequence {
  /// Length of the well-formed sequence of two to four bytes at `at`; 0 where there is none before `end`.
  static func length(_ at: UnsafeRawPointer, end: UnsafeRawPointer) -> Int {
    let available = end - at
    let lead = at.load(as: UInt8.self)
    func follows(_ index: Int, from low: UInt8 = 0x80, through high: UInt8 = 0xbf) -> Bool {
      guard index < available else { return false }
      let byte = at.load(fromByteOffset: index, as: UInt8.self)
      return byte >= low && byte <= high
    }
    switch lead {
    case 0xc2...0xdf: return follows(1) ? 2 : 0
    case 0xe0: return follows(1, from: 0xa0) && follows(2) ? 3 : 0
    case 0xed: return follows(1, through: 0x9f) && follows(2) ? 3 : 0
    case 0xe1...0xef: return follows(1) && follows(2) ? 3 : 0
    case 0xf0: return follows(1, from: 0x90) && follows(2) && follows(3) ? 4 : 0
    case 0xf1...0xf3: return follows(1) && follows(2) && follows(3) ? 4 : 0
    case 0xf4: return follows(1, through: 0x8f) && follows(2) && follows(3) ? 4 : 0
    default: return 0
    }
  }
}
