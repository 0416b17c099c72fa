/// A byte class repeated: what the matcher without PCRE2 understands.
struct ByteRun: Hashable, Sendable {
  var set: ByteSet
  var minimum: Int
  var maximum: Int

  var isFixed: Bool { minimum == maximum }
  var isNullable: Bool { minimum == 0 }
}

/// How a sequence of byte classes is searched in time linear in the text, with exactly the matches that Perl's
/// backtracking would find.
///
/// A plan exists only where both are certain; every other sequence is left to PCRE2. The classes hold none of
/// the bytes that end a line (or a token), so that a search may run over many lines at once.
enum SearchPlan: Hashable, Sendable {
  /// Nothing can match.
  case never
  case literal(LiteralPlan)
  case sequence(SequencePlan)

  /// - Parameter forbidden: What no match may hold: '\n', or white space where tokens are searched.
  static func make(_ items: [PatternItem], forbidden: ByteSet, match: GrepMatch) -> SearchPlan? {
    guard let flat = flatten(items) else { return nil }
    var runs: [ByteRun] = []
    for var run in flat where run.maximum > 0 {
      run.set = run.set.subtracting(forbidden)
      if run.set.isEmpty {
        if run.isNullable { continue }
        return .never
      }
      // Neighbours with the same class are one: totals are tried in the same, descending order.
      if let last = runs.last, last.set == run.set {
        runs[runs.count - 1].minimum += run.minimum
        runs[runs.count - 1].maximum = min(PatternItem.unbounded, last.maximum + run.maximum)
      } else {
        runs.append(run)
      }
    }
    if runs.allSatisfy(\.isNullable) {
      // Empty matches are not counted, and a single class has no other match that an empty one could hide.
      guard runs.count == 1, match == .span else { return nil }
      runs[0].minimum = 1
    }
    var best: (share: Double, plan: SearchPlan)?
    if let plan = SequencePlan(runs) {
      best = (ByteFrequency.share(of: plan.first), .sequence(plan))
    }
    for literal in literals(in: runs) {
      guard let plan = LiteralPlan(runs, literal: literal) else { continue }
      let share = ByteFrequency.rarestPair(of: plan.literal).share
      if best.map({ share < $0.share }) ?? true { best = (share, .literal(plan)) }
    }
    return best?.plan
  }

  /// Byte classes only: groups with a fixed count are unrolled; nil where alternatives or laziness remain.
  private static func flatten(_ items: [PatternItem]) -> [ByteRun]? {
    var runs: [ByteRun] = []
    for item in items {
      guard item.isGreedy || item.minimum == item.maximum else { return nil }
      switch item.atom {
      case .bytes(let set):
        runs.append(ByteRun(set: set, minimum: item.minimum, maximum: item.maximum))
      case .group(let alternatives):
        guard alternatives.count == 1, item.minimum == item.maximum, item.maximum <= 16,
          let inner = flatten(alternatives[0])
        else { return nil }
        for _ in 0..<item.maximum { runs += inner }
      }
      guard runs.count <= 256 else { return nil }
    }
    return runs
  }

  /// Where fixed single bytes stand, as long as possible.
  private static func literals(in runs: [ByteRun]) -> [Range<Int>] {
    let isLiteral = runs.map { $0.isFixed && $0.set.count == 1 && $0.maximum <= Determinism.boundedWork }
    var result: [Range<Int>] = []
    for index in runs.indices where isLiteral[index] {
      if let last = result.last, last.upperBound == index {
        result[result.count - 1] = last.lowerBound..<(index + 1)
      } else {
        result.append(index..<(index + 1))
      }
    }
    return result
  }
}

/// When greedy matching from left to right never has to give anything back, and what it costs to fail.
enum Determinism {
  /// Bytes that a failed attempt may look at for each run of bounded length.
  static let boundedWork = 64

  /// The bytes with which `runs` can begin; nil where they can all be empty.
  static func first(of runs: ArraySlice<ByteRun>) -> ByteSet? {
    var result = ByteSet()
    for run in runs {
      result = result.union(run.set)
      if !run.isNullable { return result }
    }
    return nil
  }

  /// Whether taking as many bytes as possible for each run in turn finds what backtracking finds.
  ///
  /// For each run of variable length either all that follows may be empty (then nothing can fail behind it), or
  /// what follows cannot begin with a byte of the run (then only the end of the run will do).
  static func isExact(_ runs: ArraySlice<ByteRun>) -> Bool {
    runs.indices.allSatisfy { index in
      if runs[index].isFixed { return true }
      guard let next = first(of: runs[(index + 1)...]) else { return true }
      return runs[index].set.isDisjoint(with: next)
    }
  }

  /// Whether attempts that fail cost a bounded number of looks at each byte of the text.
  ///
  /// What may be empty at the end cannot fail. Before it, a run is either short, or holds no byte at which
  /// another attempt (they begin at `start`) could begin, so that no two attempts walk over the same run.
  static func failsCheaply(_ runs: ArraySlice<ByteRun>, start: ByteSet) -> Bool {
    guard let last = runs.lastIndex(where: { !$0.isNullable }) else { return true }
    return runs[...last].indices.allSatisfy { index in
      let work = index == last ? runs[index].minimum : runs[index].maximum
      return work <= boundedWork || runs[index].set.isDisjoint(with: start)
    }
  }
}

/// A search by a literal that every match holds: found first, then extended in both directions.
///
/// `fixed variable literal suffix`, of which only the literal must exist: `fixed` classes of one byte each, one
/// class of variable length, the literal, and runs that match without giving back.
struct LiteralPlan: Hashable, Sendable {
  let fixed: [ByteSet]
  let variable: ByteRun?
  let literal: [UInt8]
  let suffix: [ByteRun]
  /// Whether `fixed` can end within a stretch of the variable class, and must be searched for in it.
  let isFixedSearched: Bool

  /// Every place of a literal alone.
  init(_ literal: [UInt8]) {
    self.literal = literal
    fixed = []
    variable = nil
    suffix = []
    isFixedSearched = false
  }

  init?(_ runs: [ByteRun], literal range: Range<Int>) {
    literal = runs[range].flatMap { run in run.set.bytes.flatMap { Array(repeating: $0, count: run.maximum) }
    }
    suffix = Array(runs[range.upperBound...])
    guard literal.count <= 255, Determinism.isExact(suffix[...]),
      Determinism.failsCheaply(suffix[...], start: ByteSet([literal[0]]))
    else { return nil }
    var prefix = runs[..<range.lowerBound]
    variable = prefix.last.flatMap { $0.isFixed && $0.maximum <= Determinism.boundedWork ? nil : $0 }
    if variable != nil { prefix.removeLast() }
    guard prefix.allSatisfy({ $0.isFixed && $0.maximum <= Determinism.boundedWork }) else { return nil }
    fixed = prefix.flatMap { Array(repeating: $0.set, count: $0.maximum) }
    guard fixed.count <= Determinism.boundedWork else { return nil }
    if let last = fixed.last, let variable, !last.isDisjoint(with: variable.set) {
      guard variable.maximum == PatternItem.unbounded else { return nil }
      isFixedSearched = true
    } else {
      isFixedSearched = false
    }
  }
}

/// A search by the bytes with which a match can begin, then from left to right.
struct SequencePlan: Hashable, Sendable {
  let runs: [ByteRun]
  let first: ByteSet

  init?(_ runs: [ByteRun]) {
    guard let first = Determinism.first(of: runs[...]), Determinism.isExact(runs[...]) else { return nil }
    // An attempt that fails behind a first run without limit is not repeated within that run.
    let rest = runs[0].maximum == PatternItem.unbounded ? runs[1...] : runs[...]
    guard Determinism.failsCheaply(rest, start: first) else { return nil }
    self.runs = runs
    self.first = first
  }
}
