import Glibc

/// Pearson's test of counts against what was expected.
///
/// - Returns: Whether the distance is one that chance alone exceeds in fewer than one of 10,000 such experiments.
func isUnlikely(_ observed: [Int], _ expected: [Double]) -> Bool {
  // Neighbours are merged until each cell expects ten.
  var cells: [(observed: Double, expected: Double)] = []
  var open = (observed: 0.0, expected: 0.0)
  for (found, wanted) in zip(observed, expected) {
    open.observed += Double(found)
    open.expected += wanted
    if open.expected >= 10 {
      cells.append(open)
      open = (0, 0)
    }
  }
  if let last = cells.indices.last {
    cells[last].observed += open.observed
    cells[last].expected += open.expected
  }
  precondition(cells.count >= 2)
  let statistic = cells.reduce(0) { $0 + pow($1.observed - $1.expected, 2) / $1.expected }
  // Wilson and Hilferty's approximation of the 0.9999 quantile.
  let degrees = Double(cells.count - 1)
  let critical = degrees * pow(1 - 2 / (9 * degrees) + 3.719 * (2 / (9 * degrees)).squareRoot(), 3)
  return statistic > critical
}

/// How often each number of `0..<count` stands in `numbers`.
func counts(_ numbers: some Sequence<Int>, below count: Int) -> [Int] {
  var result = [Int](repeating: 0, count: count)
  for number in numbers { result[number] += 1 }
  return result
}
