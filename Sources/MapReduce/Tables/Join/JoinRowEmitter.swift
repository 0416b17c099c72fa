import Storage

/// Turns rows of a join into records of a sink, in either encoding, by the partition of their keys.
final class JoinRowEmitter {
  private let emitter: RowEmitter
  private let isText: Bool
  private let writesLines: Bool
  private var room: GrowingMemory

  /// - Parameter asLines: Joined rows as ``JoinedLine`` where the encoding is `json`.
  init(
    workspace: RowWorkspace, partitions: Int, encoding: RecordEncoding, asLines: Bool = false,
    sink: any PartitionSink
  ) throws {
    emitter = try RowEmitter(workspace: workspace, partitions: partitions, encoding: encoding, sink: sink)
    isText = encoding == .json
    writesLines = asLines && isText
    room = try GrowingMemory(reserving: 1 << 20)
  }

  /// Takes a ranking or visit by its URL, a joined row by its source; ``readableSlack`` bytes behind both are readable.
  func add(_ row: JoinRow, url: UnsafeRawPointer, _ length: Int) throws {
    let bound = isText ? JoinRowText.bound(row, keyLength: length) : JoinRowBytes.bound(row)
    guard room.commit(bound + readableSlack) else { throw CountingError.outOfMemory(bytes: bound) }
    let value = room.base
    let valueLength =
      isText ? JoinRowText.write(row, url: url, length, at: value) : JoinRowBytes.write(row, at: value)
    let isJoined = row.kind.isJoined
    let record = TableRecord(
      key: isJoined ? row.ip : url, keyLength: isJoined ? row.ipLength : length, value: value,
      valueLength: valueLength)
    if writesLines { try emitter.addLine(record) } else { try emitter.add(record) }
  }

  func finish() throws { try emitter.finish() }
}

/// Reads records of join rows, of either encoding.
struct JoinRowReader: ~Copyable {
  private var reader: TableRecordReader
  private var room: GrowingMemory

  init(_ encoding: RecordEncoding) throws {
    let reader = try TableRecordReader(encoding)
    let room = try GrowingMemory(reserving: 1 << 20)
    self.reader = reader
    self.room = room
  }

  mutating func begin(_ extent: UnsafeRawBufferPointer) { reader.begin(extent) }

  /// The next row and its key, valid until the next call; nil at the extent's end.
  mutating func next() throws -> (key: UnsafeRawPointer, length: Int, row: JoinRow)? {
    let offset = reader.offset
    guard let record = try reader.next() else { return nil }
    let row: JoinRow?
    if reader.encoding == .binary {
      row = JoinRowBytes.read(record.value, record.valueLength)
    } else {
      let needed = record.valueLength + readableSlack
      guard room.commit(needed) else { throw CountingError.outOfMemory(bytes: needed) }
      row = JoinRowText.read(record.value, record.valueLength, room: room.base)
    }
    guard let row else {
      throw CountingError.malformedRecord(
        encoding: reader.encoding.rawValue, offset: offset, reason: "no row of a join")
    }
    return (record.key, record.keyLength, row)
  }
}
