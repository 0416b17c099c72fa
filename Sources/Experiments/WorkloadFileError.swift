/// The person's file is wrong: said as a compiler says it, `workloads/quick.yaml:4:3: unknown key 'wokers'; …`.
public struct WorkloadFileError: Error, Equatable, CustomStringConvertible, Sendable {
  public var file: String
  /// Counted from 1, as editors do; nil where the error is of no place in the file (an option, a missing file).
  public var line: Int?
  public var column: Int?
  public var message: String

  public init(_ file: String, line: Int? = nil, column: Int? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String {
    guard let line, let column else { return "\(file): \(message)" }
    return "\(file):\(line):\(column): \(message)"
  }
}

/// The word of `known` that was most likely meant, or nil where none is near.
///
/// Near means an edit distance (insert, delete, replace, swap neighbours) of at most a third of the length, at
/// least 1; without regard to case.
func suggestion(for word: String, among known: [String]) -> String? {
  let limit = max(1, word.count / 3 + (word.count > 3 ? 1 : 0))
  let distances = known.map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
  guard let nearest = distances.min(by: { $0.1 < $1.1 }), nearest.1 <= limit else { return nil }
  return nearest.0
}

/// Damerau's distance in its restricted form (optimal string alignment).
func editDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first.unicodeScalars)
  let b = Array(second.unicodeScalars)
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1]
    for j in 0..<b.count {
      var best = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforePrevious[j - 1] + 1) }
      current.append(best)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.count]
}

/// `; known here: a, b (did you mean 'b'?)`, the end of every error about a word that is not known.
func knownHere(_ known: [String], insteadOf word: String) -> String {
  let meant = suggestion(for: word, among: known).map { " (did you mean '\($0)'?)" } ?? ""
  return "; known here: \(known.joined(separator: ", "))\(meant)"
}
