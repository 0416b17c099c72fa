import Functions

/// What a function worker can do for the I/O microbenchmark.
public enum IOActions {
  static let copy = "io-copy"

  public static var all: [String: Action] { [copy: runCopy] }

  private static func runCopy(_ context: inout ActivationContext, _ argument: [UInt8]) throws -> [UInt8] {
    let task = try CopyTask(decoding: argument)
    guard let descriptor = context.initDescriptors.first else {
      throw WireError("a worker without the run's shared memory")
    }
    let board = try LiveBoard(borrowing: descriptor, copies: task.lines)
    let result = CopyRun.run(task, board)
    context.bytesIn = result.reads.bytes
    context.bytesOut = result.writes.bytes
    return result.encoded()
  }
}
