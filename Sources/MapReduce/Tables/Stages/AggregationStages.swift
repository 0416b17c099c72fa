import Functions
import Storage

/// Revenue by the first bytes of the source.
enum AggregationStages {
  static func map(_ run: StageRun, prefixLength: Int) throws {
    let task = run.task
    let sink = try run.segmentSink()
    if task.plan == .paper {
      let emitter = try RowEmitter(
        workspace: RowWorkspace.of(run), partitions: task.partitions ?? 1, encoding: task.encoding, sink: sink
      )
      _ = try run.readVisits(RowHandler(emitter: emitter, prefixLength: prefixLength))
      try emitter.finish()
    } else {
      let emitter = try run.groupEmitter(.revenue, sink)
      _ = try run.readVisits(GroupHandler(emitter: emitter, prefixLength: prefixLength))
      try emitter.finish()
      run.output.counters.spilledBytes = emitter.spilledBytes
    }
    try run.finish(sink)
  }

  static func reduce(_ run: StageRun, prefixLength: Int) throws {
    let reducer = try run.groupReducer(.revenue)
    if run.task.plan == .paper {
      try run.consumeRows(reducer, prefixLength: prefixLength)
    } else {
      try run.forEachExtent { try reducer.consume($0) }
    }
    try run.writePart { emit in
      var writer = try GroupLineWriter(.sum, emit: emit)
      try reducer.finish(&writer)
      try writer.flush()
      return writer.lines
    }
  }

  private struct GroupHandler: VisitsHandler {
    static let readsDate = false
    let emitter: GroupEmitter
    let prefixLength: Int

    @inline(__always)
    mutating func take(_ row: VisitRow) throws {
      try emitter.add(row.ip, min(row.ipLength, prefixLength), GroupValue(revenue: row.revenue))
    }

    mutating func release() {}
  }

  /// Plan `paper`: the whole row is shipped under its whole source, as by Corral's program; the reduce takes the prefix.
  private struct RowHandler: VisitsHandler {
    static let readsDate = false
    let emitter: RowEmitter
    let prefixLength: Int

    mutating func take(_ row: VisitRow) throws {
      try emitter.add(
        TableRecord(
          key: row.ip, keyLength: row.ipLength, value: row.line, valueLength: row.lineLength),
        hashing: min(row.ipLength, prefixLength))
    }

    mutating func release() {}
  }
}

extension StageRun {
  func groupEmitter(
    _ kind: GroupKind, _ sink: SegmentSink, combine: Bool? = nil
  ) throws -> GroupEmitter {
    try GroupEmitter(
      workspace: GroupWorkspace.of(self), kind: kind, partitions: task.partitions ?? 1,
      encoding: task.encoding,
      combine: combine ?? task.combines, sink: sink)
  }

  func groupReducer(_ kind: GroupKind) throws -> GroupReducer {
    try GroupReducer(
      workspace: GroupWorkspace.of(self), kind: kind, encoding: task.encoding, spill: spillStore())
  }

  /// Reads whole rows of visits, shipped by the paper's plan, into groups by the prefixes of their records' keys.
  fileprivate func consumeRows(_ reducer: GroupReducer, prefixLength: Int) throws {
    let format = task.workload.tables?.format ?? TableFormat()
    var reader = try TableRecordReader(task.encoding)
    try forEachExtent { extent in
      reader.begin(extent)
      while let record = try reader.next() {
        var consumer = VisitsConsumer(
          ShippedRow(reducer: reducer, key: record.key, length: min(record.keyLength, prefixLength)),
          format: format,
          file: "a shuffled row")
        // Behind the file's start, where a header would be.
        consumer.begin(at: 1)
        let row = UnsafeRawBufferPointer(start: record.value, count: record.valueLength)
        _ = try consumer.consume(row, carried: 0, last: true)
      }
    }
  }
}

private struct ShippedRow: VisitsHandler {
  static let readsDate = false
  let reducer: GroupReducer
  let key: UnsafeRawPointer
  let length: Int

  mutating func take(_ row: VisitRow) throws {
    try reducer.add(key, length, GroupValue(revenue: row.revenue))
  }

  mutating func release() {}
}
