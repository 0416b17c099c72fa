/// How far a run is, as it looks at one moment; `IORun` hands one out about every tenth of a second.
public struct Progress: Sendable {
  public enum Phase: Sendable {
    /// Test files are written: bytes of all.
    case layout(written: Int, of: Int)
    case running
  }

  /// One copy that runs now or has run.
  public struct Copy: Sendable {
    public enum State: Sendable {
      case waiting, starting, ramping, running, verifying, done
    }

    public var job: Int
    public var copy: Int
    public var state: State
    /// In its measured time until now; of the pass that verifies where it does that.
    public var readBytes: Int
    public var reads: Int
    public var writtenBytes: Int
    public var writes: Int
    /// Bytes that it will move; nil where time alone ends it.
    public var totalBytes: Int?
    /// Nanoseconds that it will measure at most; nil without a `runtime`.
    public var runtime: Int?
    /// Nanoseconds since its stage began, the ramp included; 0 before.
    public var elapsed: Int
  }

  public var phase: Phase
  /// By job and then by copy, all of the run.
  public var copies: [Copy]
  /// Nanoseconds since the first stage began; 0 before.
  public var elapsed: Int
}
