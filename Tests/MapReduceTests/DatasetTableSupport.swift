import Metrics
import Storage
import Testing

@testable import MapReduce

/// The whole dataset, its granules made in the order of `granules` (all, once each).
func wholeDataset(_ spec: DatasetSpec, granules: [Int]? = nil) -> [UInt8] {
  let generator = spec.generator()
  var bytes = [UInt8](repeating: 0, count: spec.size)
  bytes.withUnsafeMutableBytes { buffer in
    for granule in granules ?? Array(0..<DatasetManifest.granuleCount(spec.size)) {
      generator.writeGranule(granule, into: buffer.baseAddress! + granule * DatasetManifest.granuleSize)
    }
  }
  return bytes
}

func digest(of bytes: [UInt8]) -> String {
  let checksums = stride(from: 0, to: bytes.count, by: DatasetManifest.granuleSize).map { start in
    bytes[start..<min(bytes.count, start + DatasetManifest.granuleSize)].withUnsafeBytes { crc32c($0) }
  }
  return DatasetManifest.digest(size: bytes.count, checksums: checksums)
}

/// A table's fields, taken apart with none of the generator's code.
struct ParsedTable {
  /// Fields as their bytes, `rows[r][f]`.
  var rows: [[ArraySlice<UInt8>]] = []
  /// Bytes of each row with its newline.
  var lengths: [Int] = []

  init(_ bytes: [UInt8]) {
    var rowStart = 0
    var fieldStart = 0
    var fields: [ArraySlice<UInt8>] = []
    for at in bytes.indices where bytes[at] == 44 || bytes[at] == 10 {
      fields.append(bytes[fieldStart..<at])
      fieldStart = at + 1
      if bytes[at] == 10 {
        rows.append(fields)
        lengths.append(at + 1 - rowStart)
        rowStart = at + 1
        fields = []
      }
    }
    #expect(rowStart == bytes.count)
  }

  func strings(_ field: Int) -> [String] { rows.map { String(decoding: $0[field], as: UTF8.self) } }

  /// Fields that are whole numbers without a needless zero.
  func numbers(_ field: Int) -> [Int] {
    strings(field).map { text in
      let number = Int(text) ?? .min
      #expect(String(number) == text)
      return number
    }
  }
}
