import MapReduce

extension TrafficComparison {
  /// Why a row's ratios are not the published ones, as far as that is known; empty where they are.
  func notes(_ row: Row) -> [String] {
    var notes: [String] = []
    let isAsPublished = row.plan == .paper && row.encoding == .json
    if !isAsPublished {
      notes.append(
        "the paper shuffled everything, as JSON (plan paper, json); this is plan \(row.plan.rawValue), "
          + "\(row.encoding.rawValue)")
    } else if !row.publishedShuffle.contains(row.ratio(row.shuffle)) {
      notes += shuffleNotes(row)
    }
    if row.isJoin {
      notes.append(joinOutputNote(row))
    } else if !row.publishedOutput.contains(row.ratio(row.output)) {
      notes += outputNotes(row)
    }
    return notes.map { "\(row.workload.name): \($0)" }
  }

  private func shuffleNotes(_ row: Row) -> [String] {
    let ratio = Self.text(row.ratio(row.shuffle))
    switch row.workload.name {
    case "aggregation":
      return [
        "shuffle \(ratio): a row goes whole, behind its whole source as key (12 bytes) and in 22 bytes of JSON: the "
          + "169 bytes of a generated row become 203. The paper's own ratio falls from 1.66 to 1.22 as its input grows, which no form of a "
          + "row explains"
      ]
    case "join", "join-corral":
      guard row.joinOutput != nil else { return [] }
      let joined = row.joinOutput ?? 0
      let parts = [row.sides, joined, row.shuffle - row.sides - joined].map { Self.text(row.ratio($0)) }
      return [
        "shuffle \(ratio) is both sides by URL (\(parts[0])), what the join stage leaves (\(parts[1])) and that by "
          + "source (\(parts[2])): Corral's records, which come to 3.81 on its own sample (1.44 and 0.16, 1.00, 1.21) if no day "
          + "is left out, and to 2.77 with its days. The ratio is that of the rows' length, and of the rankings' share"
      ]
    case "wordcount":
      return [
        "shuffle \(ratio): a record is 23 bytes and its word, so the ratio is the text's: longer words, a smaller one"
      ]
    case "scan":
      return [
        "shuffle \(ratio): a record is 22 bytes, URL and rank, so the ratio is that of the rows' length"
      ]
    default: return []
    }
  }

  private func outputNotes(_ row: Row) -> [String] {
    let ratio = Self.text(row.ratio(row.output))
    switch row.workload.name {
    case "scan":
      return [
        "output \(ratio): pages with a rank over \(row.workload.parameters["min_rank"] ?? "100"); the paper does not say "
          + "its bound, and 50 gives about 0.15"
      ]
    case "aggregation" where row.workload.parameters["prefix_length"] ?? "8" == "8":
      return [
        "output \(ratio): a group for each prefix seen. There are at most 2,156,325 prefixes of 8 bytes, so the share "
          + "falls as the input grows (the paper's is 10 to 58 GB)"
      ]
    case "wordcount":
      return [
        "output \(ratio): a line for each distinct word; the share falls as the text grows (the paper's is 1 to 50 GB, "
          + "its outputs printed with one digit)"
      ]
    default: return []
    }
  }

  private func joinOutputNote(_ row: Row) -> String {
    let published = Self.text(row.publishedOutput)
    let cannot =
      "a GROUP BY on sourceIP cannot print \(published) of its input: the paper's output can only be its join stage's"
    guard let joined = row.joinOutput else { return cannot + ", which this plan does not have" }
    return cannot
      + ", here \(Self.text(row.ratio(joined)))\(row.plan == .paper ? " with the days that the last reduce leaves out" : ""); "
      + "what the whole query prints is \(Self.text(row.ratio(row.output)))"
  }
}
