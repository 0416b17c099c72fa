extension OptionCodec where Value == NumberSet? {
  /// `0,2-5`, or `all` where that is a word.
  static func numberSet(hasAll: Bool) -> Self {
    OptionCodec(
      kind: "int[-int][,…]", read: { text, _, _ in try numbers(text, hasAll: hasAll) },
      show: { $0.map(numberSetText) })
  }
}

extension OptionCodec where Value == MemoryPolicy? {
  /// `default`, `local`, `prefer:node`, `bind:nodes`, `interleave[:nodes]`.
  static var memoryPolicy: Self {
    OptionCodec(
      kind: "str[:nodes]",
      read: { text, _, _ in
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
          String.init)
        let mode = parts.first ?? ""
        let nodes = parts.count > 1 ? parts[1] : nil
        switch (mode, nodes) {
        case ("default", nil): return .standard
        case ("local", nil): return .local
        case ("default", _), ("local", _): throw OptionError("'\(mode)' takes no nodes")
        case ("prefer", let node?):
          guard let number = Int(node), (0...maximumNumber).contains(number) else {
            throw OptionError("'prefer' takes one node, as prefer:0")
          }
          return .prefer(number)
        case ("prefer", nil): throw OptionError("'prefer' takes one node, as prefer:0")
        case ("bind", let nodes?): return .bind(try numbers(nodes, hasAll: true))
        case ("bind", nil): throw OptionError("'bind' takes nodes, as bind:0-1")
        case ("interleave", let nodes):
          return .interleave(try nodes.map { try numbers($0, hasAll: true) } ?? .all)
        default: throw unknownWord(mode, ["default", "prefer", "bind", "interleave", "local"])
        }
      },
      show: { policy in
        switch policy {
        case nil: nil
        case .standard?: "default"
        case .local?: "local"
        case .prefer(let node)?: "prefer:\(node)"
        case .bind(let nodes)?: "bind:\(numberSetText(nodes))"
        case .interleave(let nodes)?: "interleave:\(numberSetText(nodes))"
        }
      })
  }
}

/// The largest processor or node that can be named.
private let maximumNumber = 4095

private func numbers(_ text: String, hasAll: Bool) throws -> NumberSet {
  if hasAll, text == "all" { return .all }
  var result = Set<Int>()
  for part in try nonEmpty(text).split(separator: ",", omittingEmptySubsequences: false) {
    let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil,
      (0...maximumNumber).contains(first), (0...maximumNumber).contains(last)
    else {
      throw OptionError("numbers from 0 to \(maximumNumber), as 0,2-5")
    }
    guard first <= last else { throw OptionError("the range \(part) runs backwards") }
    result.formUnion(first...last)
  }
  return .some(result.sorted())
}

/// With runs of neighbours as ranges.
private func numberSetText(_ set: NumberSet) -> String {
  guard case .some(let numbers) = set else { return "all" }
  var runs: [ClosedRange<Int>] = []
  for number in numbers {
    if let last = runs.last, last.upperBound + 1 == number {
      runs[runs.count - 1] = last.lowerBound...number
    } else {
      runs.append(number...number)
    }
  }
  return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(
    separator: ",")
}
