import Functions
import MapReduce
import Reports
import Storage

extension TrialOutcome {
  /// What the engine measured.
  mutating func take(_ result: JobResult) {
    let counters = result.counters
    wall = result.wallNanoseconds
    map = result.mapNanoseconds
    reduce = result.reduceNanoseconds
    inputWait = counters.inputWaitNanoseconds
    shuffleWait = counters.shuffleWaitNanoseconds
    shuffleWriteWait = result.mapShuffleWaitNanoseconds
    outputWait = counters.outputWaitNanoseconds
    modelledWait = counters.modelledWaitNanoseconds
    readBytes = counters.readBytes
    localReadShare =
      counters.placedReadBytes > 0
      ? Double(counters.localReadBytes) / Double(counters.placedReadBytes) : nil
    shuffleBytes = counters.shuffleWrittenBytes
    outputBytes = counters.outputBytes
    spilledBytes = counters.spilledBytes
    retries = result.retries
    badRows = counters.badRows
    maps = result.maps
    reduces = result.reduces
    join = result.join?.rawValue ?? ""
    outputBytesOfAllStages = result.outputBytesOfAllStages
    stages = result.stages.map(StageRow.init)
    let records = result.records
    cpu = records.reduce(0) { $0 + $1.cpuNanoseconds }
    let deviceReads = records.compactMap(\.deviceReadBytes)
    deviceReadBytes = deviceReads.isEmpty ? nil : deviceReads.reduce(0, +)
    let counted = records.compactMap(\.instructions)
    instructions = counted.isEmpty ? nil : counted.reduce(0, +)
    peakAnonymousBytes = records.compactMap(\.peakAnonymousBytes).max()
    billedGigabyteSeconds = records.reduce(0) { $0 + $1.billedGBSeconds }
    activations = records.map(ActivationRow.init)
  }

  /// What the tiers are, role by role.
  mutating func take(input: TierHost, shuffle: TierHost, output: TierHost) {
    let tiers = [input.tier, shuffle.tier, output.tier]
    engine = joinedRoles(tiers.map(\.engine))
    durability = joinedRoles(tiers.map(\.durability.rawValue))
    inputProvenance = input.tier.provenance.text
    shuffleProvenance = shuffle.tier.provenance.text
    outputProvenance = output.tier.provenance.text
    let models = [input, shuffle, output].compactMap(\.configuration.model?.name)
    modelDigest = Set(models).sorted().joined(separator: "+")
  }
}

extension StageRow {
  init(_ stage: StageResult) {
    self.init(name: stage.name, isMap: stage.isMap, tasks: stage.tasks, partitions: stage.partitions)
    wall = stage.wallNanoseconds
    readBytes = stage.counters.readBytes
    shuffleReadBytes = stage.counters.shuffleReadBytes
    shuffleWrittenBytes = stage.counters.shuffleWrittenBytes
    outputBytes = stage.counters.outputBytes
    spilledBytes = stage.counters.spilledBytes
    badRows = stage.counters.badRows
  }
}

extension ActivationRow {
  init(_ record: ActivationRecord) {
    self.init()
    activationID = record.activationIDText
    action = record.action
    // `join.map-00003`
    task = Int(record.task.drop { !$0.isNumber }) ?? 0
    stage = String(record.task.prefix { $0 != "-" })
    start = record.start
    end = record.end
    wait = record.waitNanoseconds
    initialization = record.initNanoseconds
    run = record.runNanoseconds
    status = record.status.text
    attempt = record.attempt + 1
    worker = record.workerIndex
    startKind = record.isCold ? .cold : .warm
    bytesIn = record.bytesIn
    bytesOut = record.bytesOut
    deviceReadBytes = record.deviceReadBytes
    peakAnonymousBytes = record.peakAnonymousBytes ?? 0
    cpu = record.cpuNanoseconds
    billedGigabyteSeconds = record.billedGBSeconds
  }
}

extension SpacePlan {
  /// Bytes of a memory tier that a cell usually touches: what is populated before the clock.
  static func expectedBytes(_ cell: TrialCell) -> Int {
    let combines = cell.job.combiner ?? cell.job.plan.combines
    let expansion = combines ? 0.25 : cell.job.encoding.plannedExpansion
    return Int(Double(cell.inputBytes) * (1 + expansion)) + (64 << 20)
  }
}
