/// The requests of one run that wait for a worker; retries first, then in order.
final class TaskQueue {
  let tasks: [TaskRequest]
  /// The next one last.
  private var waiting: [PendingRequest]
  private let hasPreferences: Bool

  /// How far behind the next request one is looked for that prefers a worker's node.
  private static let lookAhead = 64

  init(_ tasks: [TaskRequest], requestedAt: Int) {
    self.tasks = tasks
    waiting = tasks.indices.reversed().map { PendingRequest(task: $0, attempt: 0, requestedAt: requestedAt) }
    hasPreferences = tasks.contains { $0.preferredNode != nil }
  }

  var isEmpty: Bool { waiting.isEmpty }

  /// The node that the next request prefers.
  var nextPreferredNode: Int? {
    hasPreferences ? waiting.last.flatMap { tasks[$0.task].preferredNode } : nil
  }

  /// The next request for a worker on `node`: one that prefers it, if it is near the front, else the next.
  func take(forNode node: Int?) -> PendingRequest {
    if hasPreferences, let node {
      let near = waiting.indices.suffix(TaskQueue.lookAhead)
      if let index = near.last(where: { tasks[waiting[$0].task].preferredNode == node }) {
        return waiting.remove(at: index)
      }
    }
    return waiting.removeLast()
  }

  func putBack(_ request: PendingRequest) { waiting.append(request) }
}
