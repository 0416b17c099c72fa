/// One read or write on its way.
struct Request {
  var buffer: UnsafeMutableRawPointer
  var offset = 0
  var length = 0
  /// An index into the engine's files.
  var file = 0
  var isWrite = false
  /// When it was due or, without a rate, when it was made ready.
  var start = 0
  /// When it had been handed over.
  var issued = 0

  init(buffer: UnsafeMutableRawPointer) { self.buffer = buffer }
}

/// A file as engines see it.
struct EngineFile {
  var path: String
  /// -1 for an engine that opens none.
  var descriptor: Int32
  /// Bytes that requests may reach.
  var size: Int
}

/// What an engine is made from.
struct EngineSetup {
  var files: [EngineFile]
  /// Requests in flight at most.
  var depth: Int
  /// The requests' buffers, one behind the other, `bufferPitch` bytes apart.
  var buffers: UnsafeMutableRawPointer
  var bufferSize: Int
  var bufferPitch: Int
  var writes: Bool
  var direct = false
  /// `sync` or `dsync` was asked for.
  var isSynced = false
  var fixedBuffers = false
  var registeredFiles = false
  /// What is no persistent memory may stand in for it.
  var allowsEmulation = false
}

/// Who carries out requests. One thread owns an engine.
///
/// Two kinds: where ``isImmediate``, ``queue(_:tag:)`` returns when the request has ended, and the rest is not called;
/// else it prepares the request, ``commit()`` hands over what is prepared, and ``reap(minimum:maximum:)`` brings back
/// what has ended. Results are bytes moved, or -errno.
protocol RequestEngine: ~Copyable {
  static var isImmediate: Bool { get }

  /// - Throws: ``IOFailure``.
  init(_ setup: EngineSetup) throws

  /// - Parameter tag: The request's place among the buffers, under the depth; comes back with its completion.
  /// - Returns: Immediate: bytes moved, or -errno. Else 0, or -EAGAIN where nothing more can be prepared.
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int

  /// How many requests were taken, the others stay prepared; or -errno of the first, which is dropped.
  mutating func commit() -> Int

  /// Waits for `minimum` completions, not over what is in flight; takes up to `maximum`. How many, or -errno.
  mutating func reap(minimum: Int, maximum: Int) -> Int

  /// The same, but gives up after some nanoseconds.
  mutating func reap(minimum: Int, maximum: Int, timeout: Int) -> Int

  /// The `index`-th completion of the last ``reap(minimum:maximum:)``.
  func completion(_ index: Int) -> (tag: Int, result: Int)

  /// Makes durable what was written to a file, with nothing in flight. 0 or -errno.
  mutating func sync(file: Int, dataOnly: Bool) -> Int
}

extension RequestEngine where Self: ~Copyable {
  mutating func commit() -> Int { 0 }
  mutating func reap(minimum: Int, maximum: Int) -> Int { 0 }
  mutating func reap(minimum: Int, maximum: Int, timeout: Int) -> Int {
    reap(minimum: minimum, maximum: maximum)
  }
  func completion(_ index: Int) -> (tag: Int, result: Int) { (0, 0) }
}
