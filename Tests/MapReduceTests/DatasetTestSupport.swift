import Glibc
import Metrics
import Storage
import Testing

@testable import MapReduce

/// A folder of its own for one test, removed with it.
final class DatasetTestFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/marvel-datasets-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit { Self.remove(path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(path)/\(name)"
    unlink(path)
    let file = try DatasetFile(path, .createNew)
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    return path
  }

  private static func remove(_ path: String) {
    for name in (try? DatasetFolder.names(path)) ?? [] {
      if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }
}

func fileBytes(_ path: String) throws -> [UInt8] {
  let file = try DatasetFile(path, .read)
  var bytes = [UInt8](repeating: 0, count: Int(try file.status().st_size))
  let count = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
  #expect(count == bytes.count)
  return bytes
}

/// The whole text, its pieces made in the order of `pieces` (all, once each).
func wholeText(_ generator: TextGenerator, pieces: [Int]? = nil) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: generator.size)
  bytes.withUnsafeMutableBytes { buffer in
    for piece in pieces ?? Array(0..<generator.pieceCount) {
      generator.writePiece(piece, into: buffer.baseAddress! + piece * TextGenerator.pieceSize)
    }
  }
  return bytes
}

/// Counts of a text, taken byte by byte with none of the generator's code.
struct TextStatistics {
  var tokens = 0
  var letters = 0
  var distinct = 0
  var longestWord = 0
  /// Tokens that match `[a-z]*ing`, and `th[a-z]+`.
  var ing = 0
  var th = 0
  /// Bytes with the newline, of the lines that `bytes` has whole.
  var shortestLine = Int.max
  var longestLine = 0
  /// Bytes that are neither letters nor a single separator between words.
  var strays = 0

  var meanLetters: Double { Double(letters) / Double(tokens) }
  var newWords: Double { Double(distinct) / Double(tokens) }
  /// Bytes of `{"key":"…","value":"1"}` lines, 23 and the token, over bytes of text.
  var jsonExpansion: Double { Double(23 * tokens + letters) / Double(letters + tokens) }

  init(_ bytes: [UInt8]) {
    var words: Set<UInt64> = []
    words.reserveCapacity(bytes.count / 300)
    bytes.withUnsafeBufferPointer { bytes in
      var lineStart = 0
      var wordStart = 0
      var hash: UInt64 = 14_695_981_039_346_656_037
      var at = 0
      while at < bytes.count {
        let byte = bytes[at]
        if byte &- 97 < 26 {
          hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
        } else {
          if at == wordStart || byte != 32 && byte != 10 { strays += 1 }
          take(bytes, wordStart, at)
          words.insert(hash)
          hash = 14_695_981_039_346_656_037
          wordStart = at + 1
        }
        if byte == 10 {
          shortestLine = min(shortestLine, at + 1 - lineStart)
          longestLine = max(longestLine, at + 1 - lineStart)
          lineStart = at + 1
        }
        at += 1
      }
    }
    distinct = words.count
  }

  private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) {
    tokens += 1
    letters += end - start
    longestWord = max(longestWord, end - start)
    var hasIng = false
    var hasTh = false
    var at = start
    while at + 2 < end {
      if bytes[at] == 105, bytes[at + 1] == 110, bytes[at + 2] == 103 { hasIng = true }
      if bytes[at] == 116, bytes[at + 1] == 104 { hasTh = true }
      at += 1
    }
    if hasIng { ing += 1 }
    if hasTh { th += 1 }
  }
}
