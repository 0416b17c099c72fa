/// One job of the I/O microbenchmark, as its job file and the command line say it: every option with its effective value.
///
/// The initial values are fio's defaults. Sizes are bytes, times nanoseconds, percentages whole hundredths. `numjobs`
/// copies of the job run; they are not unfolded here.
public struct IOJob: Equatable, Sendable {
  public var name: String
  /// Its section, or the command line.
  public var place: JobPlace

  public var description: String?
  /// What `k` means in sizes: 1024 or 1000.
  public var kbBase = 1024
  /// Waits until all jobs before it have ended.
  public var stonewall = false
  /// Begins a reporting group of its own.
  public var newGroup = false
  public var groupReporting = false
  public var numjobs = 1
  /// Copies are threads instead of processes.
  public var thread = false

  public var pattern = AccessPattern.read
  /// Percent of reads in a mixed pattern.
  public var readShare = 50
  public var blockSize = PerDirection(4096)
  public var distribution = AccessDistribution.random
  /// The same offsets in each run.
  public var randRepeat = true
  public var randSeed = 0x89
  /// Offsets are drawn without remembering which blocks were visited.
  public var noRandomMap = false

  public var directory: String?
  /// Empty: made from `filenameFormat`.
  public var filenames: [String] = []
  /// `$jobname`, `$jobnum` and `$filenum` are replaced by ``fileName(copy:file:)``.
  public var filenameFormat = "$jobname.$jobnum.$filenum"
  public var fileCount = 1
  public var fileSizes: FileSizes?
  public var allocation = FileAllocation.native
  /// The region of each job; nil for the whole of files that exist.
  public var size: FileAmount?
  /// How much is transferred within the region; nil for once through it.
  public var ioSize: FileAmount?
  public var offset = FileAmount.bytes(0)
  /// Added to `offset` once for each earlier copy.
  public var offsetIncrement = FileAmount.bytes(0)
  /// Requests after which the job ends; 0 for no such end.
  public var requestLimit = 0

  public var engine = IOEngineKind.psync
  public var depth = 1
  /// Requests handed to the kernel at once.
  public var submitBatch = 1
  public var completeMinimum = 1
  /// Nil in a file that does not say it; effective jobs have a value.
  public var completeMaximum: Int?
  /// Requests in flight down to which a full queue drains before it is filled again; nil as above.
  public var depthLow: Int?
  public var fixedBuffers = false
  public var registeredFiles = false

  public var direct = false
  /// Drops the files' cached pages before the run.
  public var invalidate = true
  public var sync = SyncMode.none
  /// Writes after which the file is fsynced; 0 for never.
  public var fsyncEvery = 0
  public var fdatasyncEvery = 0
  public var refillBuffers = false

  /// 0 for until all is transferred.
  public var runtime = 0
  public var timeBased = false
  public var loops = 1
  public var rampTime = 0
  public var startDelay = 0
  public var thinkTime = 0
  /// The part of `thinkTime` that is spent computing.
  public var thinkTimeSpin = 0
  /// Requests between two pauses.
  public var thinkTimeBlocks = 1

  /// Bytes a second; 0 for no limit.
  public var rate = PerDirection(0)
  /// Requests a second; 0 for no limit.
  public var rateIOPS = PerDirection(0)
  public var rateProcess = RateProcess.linear

  public var verify = VerifyKind.none
  /// The bytes with which `verify=pattern` fills a block, over and over.
  public var verifyPattern: [UInt8] = []
  /// Ends the run at the first wrong block.
  public var verifyFatal = false

  public var steadyState: SteadyState?
  /// The window over which steadiness is judged.
  public var steadyStateDuration = 0
  public var steadyStateRamp = 0

  public var processors: NumberSet?
  public var processorPolicy = ProcessorPolicy.shared
  public var processorNodes: NumberSet?
  public var memoryPolicy: MemoryPolicy?

  /// Ascending, 0–100.
  public var percentiles: [Double] = [
    1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99,
  ]
  /// The first part of a log's name; nil for no log.
  public var bandwidthLog: String?
  public var latencyLog: String?
  public var iopsLog: String?
  /// 0 logs each request.
  public var logAverageMilliseconds = 0
  /// Percentiles of completion latency are told.
  public var completionPercentiles = true
  /// Latencies and rates that are not taken: of whole requests, of their completion, of their submission, bandwidth.
  public var disableLatency = false
  public var disableCompletionLatency = false
  public var disableSubmissionLatency = false
  public var disableBandwidth = false
  /// Takes as few times as it can: all four above are off, and percentiles.
  public var gtodReduce = false

  public init(name: String, place: JobPlace) {
    self.name = name
    self.place = place
  }

  /// The name of a file of the job, without its directory.
  ///
  /// - Parameters:
  ///   - copy: Which of the job's `numjobs` copies, from 0.
  ///   - file: Which of the job's files, from 0, under ``fileCount``.
  public func fileName(copy: Int, file: Int) -> String {
    guard filenames.isEmpty else { return filenames[file] }
    let format = Array(filenameFormat.utf8)
    let words = [("$jobname", name), ("$jobnum", "\(copy)"), ("$filenum", "\(file)")]
    var result: [UInt8] = []
    var position = 0
    while position < format.count {
      if let hit = words.first(where: { format[position...].starts(with: $0.0.utf8) }) {
        result += Array(hit.1.utf8)
        position += hit.0.utf8.count
      } else {
        result.append(format[position])
        position += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
