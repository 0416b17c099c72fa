/// Random words: the law's tables and the vocabulary, as the hot loop reads them.
struct TextSource {
  let aliases: UnsafePointer<UInt32>
  let entries: UnsafePointer<UInt32>
  let words: TextVocabulary

  /// Writes one random word at `target` (with junk behind it) and returns its letters.
  @inline(__always)
  func write(_ random: inout TextRandom, at target: UnsafeMutableRawPointer) -> Int {
    let bits = random.next()
    let slot = Int(bits &>> 53)
    let threshold = UInt32(truncatingIfNeeded: bits &>> 26) & 0x7FF_FFFF
    let own = threshold < aliases[2 &* slot]
    let entry = own ? slot : Int(aliases[2 &* slot &+ 1])
    let within = (bits & 0x3FF_FFFF) &* UInt64(entries[2 &* entry &+ 1])
    return words.write(Int(entries[2 &* entry]) &+ Int(within &>> 26), at: target)
  }
}

/// Fills one piece of text.
struct TextPieceWriter {
  let source: TextSource
  var random: TextRandom
  var target: UnsafeMutableRawPointer

  private static let space = UInt8(ascii: " ")
  private static let newline = UInt8(ascii: "\n")
  /// Bytes of a line with its newline.
  private static let longestLine = 120
  private static let shortestLine = 60

  /// - Parameters:
  ///   - start: What lies across the piece's start, nil where a line starts.
  ///   - end: What lies across its end, nil where a line ends.
  mutating func write(length: Int, from start: TextBoundary?, to end: TextBoundary?) {
    let pieceEnd = target + length
    let linesEnd = pieceEnd - (end.map { $0.column + $0.lettersBefore } ?? 0)
    if let start { finishLine(of: start) }
    // The last lines share what is left, at least three and at most four lines' worth.
    while linesEnd - target > 4 * Self.longestLine { writeLine(from: target) }
    var rest = linesEnd - target
    while rest > 0 {
      let lines = (rest + Self.longestLine - 1) / Self.longestLine
      let line = rest / lines
      fill(line - 1)
      put(Self.newline)
      rest -= line
    }
    guard let end else { return }
    if end.column > 0 {
      fill(end.column - 1)
      put(Self.space)
    }
    copy(end, 0..<end.lettersBefore)
  }

  /// Writes words until the line, which began at `lineStart`, has its length, and the newline.
  @inline(__always)
  private mutating func writeLine(from lineStart: UnsafeMutableRawPointer) {
    // A word begun before the last column (103) ends, with its newline, before byte 120.
    let columns = UInt64(Self.longestLine - 15 - Self.shortestLine)
    let column = Self.shortestLine &+ Int(((random.next() &>> 32) &* columns) &>> 32)
    let lineEnd = lineStart + column
    var at = target
    while true {
      at += source.write(&random, at: at)
      if at >= lineEnd { break }
      at.storeBytes(of: Self.space, as: UInt8.self)
      at += 1
    }
    at.storeBytes(of: Self.newline, as: UInt8.self)
    target = at + 1
  }

  private mutating func finishLine(of boundary: TextBoundary) {
    let lineStart = target - boundary.column - boundary.lettersBefore
    copy(boundary, boundary.lettersBefore..<boundary.letters)
    if target - lineStart >= Self.shortestLine {
      put(Self.newline)
    } else {
      put(Self.space)
      writeLine(from: lineStart)
    }
  }

  /// Writes exactly `count` bytes of words and spaces, a word first and last.
  private mutating func fill(_ count: Int) {
    var gap = count
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 16) { scratch in
      while gap > 0 {
        let letters = source.write(&random, at: scratch.baseAddress!)
        // Drawn again where it would leave a gap that no word and space fill.
        guard letters == gap || letters <= gap - 2 else { continue }
        target.copyMemory(from: scratch.baseAddress!, byteCount: letters)
        target += letters
        gap -= letters
        if gap > 0 {
          put(Self.space)
          gap -= 1
        }
      }
    }
  }

  private mutating func put(_ byte: UInt8) {
    target.storeBytes(of: byte, as: UInt8.self)
    target += 1
  }

  private mutating func copy(_ boundary: TextBoundary, _ letters: Range<Int>) {
    withUnsafeBytes(of: boundary.word) {
      target.copyMemory(from: $0.baseAddress! + letters.lowerBound, byteCount: letters.count)
    }
    target += letters.count
  }
}
