/// Asks the copies of a stage, once in each interval, for what they have measured so far.
struct StatusQuestions {
  private let board: LiveBoard
  private let interval: Int
  private var due: Int
  private var askedAt: Int?
  private var answers: [CopyResult?]

  /// Who has not answered after so long waits for its device: the report goes without its new figures.
  private static let patience = 1_000_000_000

  /// - Parameters:
  ///   - interval: Nanoseconds.
  ///   - elapsed: Of the run, before this stage.
  init(_ board: LiveBoard, interval: Int, after elapsed: Int) {
    self.board = board
    self.interval = interval
    due = (elapsed / interval + 1) * interval
    answers = Array(repeating: nil, count: board.copies)
  }

  /// Asks when it is time, and collects.
  ///
  /// - Parameter elapsed: Nanoseconds of the run.
  /// - Returns: Once for each question the last answer of each copy, nil where it never gave one, and how many copies
  ///   owe theirs.
  mutating func look(elapsed: Int) -> (answers: [CopyResult?], late: Int)? {
    guard let askedAt else {
      guard elapsed >= due else { return nil }
      board.ask()
      self.askedAt = elapsed
      due = (elapsed / interval + 1) * interval
      return nil
    }
    let late = answers.indices.count { !board.hasAnswered($0) && board.read($0).phase.answers }
    guard late == 0 || elapsed - askedAt > Self.patience else { return nil }
    for copy in answers.indices {
      guard let bytes = board.answer(of: copy), let answer = try? CopyResult(decoding: bytes) else {
        continue
      }
      answers[copy] = answer
    }
    self.askedAt = nil
    return (answers, late)
  }
}

extension LiveBoard.Phase {
  /// Whether a copy looks up from its requests now and then, and sees that it was asked.
  fileprivate var answers: Bool { self == .ramping || self == .measuring || self == .verifying }
}
