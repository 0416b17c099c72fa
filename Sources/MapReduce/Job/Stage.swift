/// A role that a file plays in a job: what its rows are.
public enum InputRole: String, CaseIterable, Sendable {
  /// Lines of any bytes.
  case text
  case rankings
  case uservisits
}

/// A file of a job's input.
public struct JobInput: Sendable, Equatable {
  public var role: InputRole
  public var file: InputFile

  public init(_ role: InputRole, _ file: InputFile) {
    self.role = role
    self.file = file
  }
}

/// What the tasks of a stage do with what they read; ``StageAction`` finds the code of each.
enum StageOperation: String, Sendable {
  /// Keys of text lines counted: wordcount, grep, drain.
  case countMap
  case countReduce
  /// Rows of `rankings` by their rank.
  case scanMap
  case scanReduce
  /// Revenue of `uservisits` by the prefix of the source.
  case aggregateMap
  case aggregateReduce
  /// A look at few rows of `uservisits`: which share of them a join's dates select.
  case sampleMap
  /// Rows of one side of a join by their URL.
  case joinMap
  /// Both sides of one partition joined.
  case joinReduce
  /// One side of a join by URL as a hash table that others read in place.
  case buildReduce
  /// Rows of one side of a join looked up in the other side's tables.
  case probeMap
  /// Joined rows by their source.
  case joinedMap
  case joinedReduce
  /// Groups with the highest revenue.
  case orderMap
  case orderReduce
}

/// One list of tasks of a job: all do the same on their own part of what the stage reads.
struct Stage: Sendable {
  /// Whether its tasks run as the function `map` or `reduce`, and in which column their time counts.
  enum Kind: String, Sendable {
    case map
    case reduce
  }

  enum Source: Sendable {
    /// One task a split of these files.
    case splits(InputRole, [InputFile])
    /// One task each of a few small splits, spread over these files.
    case sample(InputRole, [InputFile])
    /// One task a partition: its extents from each of these stages.
    case partitions(of: [Int])
    /// One task a task of an earlier stage: all that it wrote.
    case tasks(of: Int)
  }

  enum Sink: Sendable {
    /// A segment of so many partitions a task, on the shuffle tier.
    case segments(Int)
    /// A part of the job's output a task, on the output tier.
    case parts
  }

  /// Before the kind in tasks' names where a job has several MapReduce stages: `join.map-00003`.
  var title = ""
  var kind: Kind
  var operation: StageOperation
  var source: Source
  var sink: Sink
  /// A stage whose whole output every task of this one reads besides.
  var broadcast: Int?

  var name: String { title.isEmpty ? kind.rawValue : "\(title).\(kind.rawValue)" }
}
