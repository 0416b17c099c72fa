import Foundation
import MapReduce
import Storage
import Testing

/// The checker knows the formats only by their pages: where it agrees, pages and program say the same.
@Suite struct `The segment checker` {
  private let folder = NSTemporaryDirectory() + "segments-\(UUID().uuidString)"

  /// A segment as docs/format-segment.md has it, of a sink's extents.
  private func segment(_ sink: ArraySink, _ encoding: RecordEncoding) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    func put(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
      withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
    for (partition, extents) in sink.extents.enumerated() {
      for extent in extents {
        file += [UInt8](repeating: 0, count: (64 - file.count % 64) % 64)
        put(UInt32(partition), to: &directory)
        put(UInt32(0), to: &directory)
        for value in [file.count, extent.bytes.count, extent.records] { put(UInt64(value), to: &directory) }
        put(extent.bytes.withUnsafeBytes { crc32c($0) }, to: &directory)
        put(UInt32(0), to: &directory)
        file += extent.bytes
      }
    }
    var footer: [UInt8] = []
    put(UInt32(directory.count / 40), to: &footer)
    put(UInt32(sink.extents.count), to: &footer)
    put(UInt32(encoding == .binary ? 0 : 1), to: &footer)
    put(UInt32(1), to: &footer)
    put(directory.withUnsafeBytes { crc32c($0) }, to: &footer)
    footer += Array("MBSEGMT1".utf8)
    put(footer.withUnsafeBytes { crc32c($0) }, to: &footer)
    return file + directory + footer
  }

  private func check(_ arguments: [String]) throws -> (status: Int32, output: [UInt8]) {
    let process = Process()
    let script =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../scripts/check_segments.py"
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, folder] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, Array(bytes))
  }

  private func map(_ text: [UInt8], _ encoding: RecordEncoding, combine: Bool) throws -> ArraySink {
    let sink = ArraySink(partitions: 3)
    let emitter = try CountEmitter(
      workspace: CountWorkspace(byteBudget: 1 << 20), partitions: 3, encoding: encoding, combine: combine,
      sink: sink)
    var kernel = WordCountKernel(emitter: emitter)
    try feed(text, cuts: [], to: &kernel)
    try emitter.finish()
    return sink
  }

  @Test(arguments: RecordEncoding.allCases) func `finds the job's output in its segments`(
    encoding: RecordEncoding
  ) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var whole: [UInt8] = []
    for seed in 0..<8 as Range<UInt64> {
      let text = hostileText(seed: seed, words: 200)
      whole += text + [10]
      let bytes = segment(try map(text, encoding, combine: seed % 2 == 0), encoding)
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/map-\(seed).segment"))
    }
    let all = try check([])
    #expect(all.status == 0)
    #expect(all.output == expectedParts(whole, partitions: 1)[0])
    for (partition, expected) in expectedParts(whole, partitions: 3).enumerated() {
      #expect(try check(["--partition", "\(partition)"]).output == expected)
    }
    var digest = OutputDigest()
    _ = withGuardedBytes(all.output) { digest.add(block: $0) }
    #expect(
      String(decoding: try check(["--summary"]).output, as: UTF8.self).contains("digest=\(digest.text)"))
  }

  @Test(arguments: RecordEncoding.allCases) func `refuses a segment with a byte flipped or missing`(
    encoding: RecordEncoding
  ) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let whole = segment(try map(Array("one two three two\n".utf8), encoding, combine: true), encoding)
    let file = URL(fileURLWithPath: "\(folder)/map-0.segment")
    // In a run, in the directory, in the footer's checksum; and all of the end.
    for damaged in [1, whole.count - 70, whole.count - 2].map({ position in
      var bytes = whole
      bytes[position] ^= 4
      return bytes
    }) + [Array(whole.dropLast()), Array(whole.dropFirst())] {
      try Data(damaged).write(to: file)
      #expect(try check([]).status == 1)
    }
    try Data(whole).write(to: file)
    #expect(try check([]).status == 0)
  }
}
