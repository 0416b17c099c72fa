/// The word of `known` that was most likely meant, or nil where none is near.
///
/// Near means an edit distance (insert, delete, replace, swap neighbours) of at most a third of the length, at
/// least 1; without regard to case.
public func suggestion(for word: String, among known: [String]) -> String? {
  let limit = max(1, word.count / 3 + (word.count > 3 ? 1 : 0))
  // Words whose lengths differ by more than the limit cannot be near.
  let length = word.unicodeScalars.count
  let distances = known.filter { abs($0.unicodeScalars.count - length) <= limit }
    .map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
  guard let nearest = distances.min(by: { $0.1 < $1.1 }), nearest.1 <= limit else { return nil }
  return nearest.0
}

/// Damerau's distance in its restricted form (optimal string alignment).
public func editDistance(_ first: String, _ second: String) -> Int {
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
public func knownHere(_ known: [String], insteadOf word: String) -> String {
  let meant = suggestion(for: word, among: known).map { " (did you mean '\($0)'?)" } ?? ""
  return "; known here: \(known.joined(separator: ", "))\(meant)"
}
