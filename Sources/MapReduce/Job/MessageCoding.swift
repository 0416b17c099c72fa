import Functions
import Storage

// How the values of messages are put and read, in the same order: one pair a type.

extension WireWriter {
  mutating func put(_ workload: Workload) {
    put(workload.name)
    putArray(workload.parameters.sorted { $0.key < $1.key }) { writer, parameter in
      writer.put(parameter.key)
      writer.put(parameter.value)
    }
  }

  mutating func put(_ split: InputSplit) {
    put(split.file.name)
    put(split.file.size)
    putArray(split.file.blocks) { writer, block in
      writer.put(block.object)
      writer.put(block.offset)
      writer.put(block.length)
    }
    put(split.file.granule)
    put(split.file.firstGranule)
    putArray(split.file.checksums) { $0.put($1) }
    put(split.range.lowerBound)
    put(split.range.upperBound)
  }

  mutating func put(_ extent: Extent) {
    put(extent.object)
    put(extent.offset)
    put(extent.length)
    put(extent.checksum)
  }

  /// Objects once, since many extents share one.
  mutating func put(_ extents: [SegmentExtent]) {
    var indices: [String: Int] = [:]
    var objects: [String] = []
    for extent in extents where indices[extent.extent.object] == nil {
      indices[extent.extent.object] = objects.count
      objects.append(extent.extent.object)
    }
    putArray(objects) { $0.put($1) }
    putArray(extents) { writer, extent in
      writer.put(extent.partition)
      writer.put(UInt32(indices[extent.extent.object]!))
      writer.put(extent.extent.offset)
      writer.put(extent.extent.length)
      writer.put(extent.extent.checksum)
      writer.put(extent.records)
      writer.put(extent.sorted)
    }
  }

  mutating func put(_ part: OutputPart) {
    put(part.object)
    putArray(part.extents) { $0.put($1) }
    put(part.rows)
  }

  mutating func put(_ counters: TaskCounters) {
    for field in TaskCounters.fields { put(counters[keyPath: field]) }
  }
}

extension WireReader {
  mutating func choice<Choice: RawRepresentable<String>>() throws -> Choice {
    let word = try string()
    guard let choice = Choice(rawValue: word) else {
      throw WireError("payload: unknown \(Choice.self) '\(word)'")
    }
    return choice
  }

  mutating func workload() throws -> Workload {
    let name = try string()
    let parameters = try array { reader in (try reader.string(), try reader.string()) }
    return try Workload(name: name, parameters: Dictionary(parameters) { first, _ in first })
  }

  mutating func split() throws -> InputSplit {
    let name = try string()
    let size = try int()
    let blocks = try array { reader in
      InputFile.Block(object: try reader.string(), offset: try reader.int(), length: try reader.int())
    }
    let granule = try int()
    let firstGranule = try int()
    let checksums = try array { try $0.uint32() }
    let lower = try int()
    let upper = try int()
    guard 0 <= lower, lower <= upper, upper <= size, granule > 0, firstGranule >= 0,
      blocks.allSatisfy({ $0.length > 0 && $0.offset >= 0 }),
      blocks.reduce(0, { $0 &+ $1.length }) == size
    else { throw WireError("payload: split \(lower)..<\(upper) does not fit a file of \(size) bytes") }
    return InputSplit(
      file: InputFile(
        name: name, size: size, blocks: blocks, granule: granule, checksums: checksums,
        firstGranule: firstGranule), range: lower..<upper)
  }

  mutating func extent() throws -> Extent {
    Extent(object: try string(), offset: try int(), length: try int(), checksum: try uint32())
  }

  mutating func segmentExtents() throws -> [SegmentExtent] {
    let objects = try array { try $0.string() }
    return try array { reader in
      let partition = try reader.int()
      let object = Int(try reader.uint32())
      guard object < objects.count else { throw WireError("payload: object \(object) of \(objects.count)") }
      let extent = Extent(
        object: objects[object], offset: try reader.int(), length: try reader.int(),
        checksum: try reader.uint32())
      return SegmentExtent(
        partition: partition, extent: extent, records: try reader.int(), sorted: try reader.bool())
    }
  }

  mutating func part() throws -> OutputPart {
    OutputPart(object: try string(), extents: try array { try $0.extent() }, rows: try int())
  }

  mutating func counters() throws -> TaskCounters {
    var counters = TaskCounters()
    for field in TaskCounters.fields { counters[keyPath: field] = try int() }
    return counters
  }
}
