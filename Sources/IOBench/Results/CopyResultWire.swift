import Functions

extension CopyResult {
  /// For the way from a worker to the controller.
  func encoded() -> [UInt8] {
    var writer = WireWriter(capacity: 1 << 14)
    for value in [job, copy, copies, process, elapsed] { writer.put(value) }
    reads.encode(into: &writer)
    writes.encode(into: &writer)
    syncs.encode(into: &writer)
    for counts in [depths, submissions, completions] { writer.putArray(counts.counts) { $0.put($1) } }
    for value in [
      userTime, systemTime, voluntarySwitches, involuntarySwitches, majorFaults, minorFaults, errorNumber,
    ] { writer.put(value) }
    writer.put(errorText)
    writer.put(wrongBlocks)
    writer.put(isInterrupted)
    writer.putOptional(reachedSteadyState) { $0.put($1) }
    writer.put(isFromIntendedTime)
    writer.put(regionSize)
    writer.put(lostLogSamples)
    writer.putArray(files) { $0.put($1) }
    writer.putArray(logs) {
      $0.put(UInt8(LogSample.Kind.allCases.firstIndex(of: $1.kind) ?? 0))
      $0.put($1.isWrite)
      $0.put($1.time)
      $0.put($1.value)
      $0.put(UInt32(clamping: $1.blockSize))
    }
    return writer.bytes
  }

  /// - Throws: `WireError`.
  init(decoding bytes: [UInt8]) throws {
    var reader = WireReader(bytes)
    self.init(job: try reader.int(), copy: try reader.int())
    copies = try reader.int()
    process = try reader.int()
    elapsed = try reader.int()
    reads = try DirectionResult(from: &reader)
    writes = try DirectionResult(from: &reader)
    syncs = try LatencyRecord(from: &reader)
    depths = try LevelCounts(from: &reader)
    submissions = try LevelCounts(from: &reader)
    completions = try LevelCounts(from: &reader)
    userTime = try reader.int()
    systemTime = try reader.int()
    voluntarySwitches = try reader.int()
    involuntarySwitches = try reader.int()
    majorFaults = try reader.int()
    minorFaults = try reader.int()
    errorNumber = try reader.int()
    errorText = try reader.string()
    wrongBlocks = try reader.int()
    isInterrupted = try reader.bool()
    reachedSteadyState = try reader.optional { try $0.bool() }
    isFromIntendedTime = try reader.bool()
    regionSize = try reader.int()
    lostLogSamples = try reader.int()
    files = try reader.array { try $0.string() }
    logs = try reader.array {
      let kind = Int(try $0.byte())
      guard kind < LogSample.Kind.allCases.count else { throw WireError("a log of kind \(kind)") }
      let isWrite = try $0.bool()
      return LogSample(
        kind: LogSample.Kind.allCases[kind], time: try $0.int(), value: try $0.int(), isWrite: isWrite,
        blockSize: Int(try $0.uint32()))
    }
    try reader.end()
  }
}

extension DirectionResult {
  fileprivate func encode(into writer: inout WireWriter) {
    for value in [bytes, requests, shortRequests, elapsed] { writer.put(value) }
    submissionLatency.encode(into: &writer)
    completionLatency.encode(into: &writer)
    latency.encode(into: &writer)
    writer.putArray(bandwidthSamples) { $0.put($1) }
    writer.putArray(rateSamples) { $0.put($1) }
  }

  fileprivate init(from reader: inout WireReader) throws {
    bytes = try reader.int()
    requests = try reader.int()
    shortRequests = try reader.int()
    elapsed = try reader.int()
    submissionLatency = try LatencyRecord(from: &reader)
    completionLatency = try LatencyRecord(from: &reader)
    latency = try LatencyRecord(from: &reader)
    bandwidthSamples = try reader.array { try $0.double() }
    rateSamples = try reader.array { try $0.double() }
  }
}

extension LevelCounts {
  fileprivate init(from reader: inout WireReader) throws {
    let read = try reader.array { try $0.int() }
    guard read.count == counts.count else { throw WireError("\(read.count) classes of depth") }
    counts = read
  }
}
