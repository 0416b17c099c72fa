import Glibc
import Metrics
import Storage
import Testing

@testable import MapReduce

/// What both tables have in common.
@Suite struct DatasetTableTests {
  let folder = DatasetTestFolder()

  static let specs: [DatasetSpec] = [
    try! DatasetSpec(kind: .rankings, rows: 12_001, seed: 7),
    try! DatasetSpec(kind: .uservisits, rows: 30_001, seed: 9, pages: 77),
  ]

  /// Changed bytes need a new ``Pages/version``: datasets are reused by it.
  @Test(
    arguments: [
      (DatasetKind.rankings, 1, nil, 1, "ecc64992c285af20dfbab75e3939e2de"),
      (.rankings, 1200, nil, 1, "5ac901e0903123003b60872b1377b86b"),
      (.rankings, 12_001, nil, 7, "381cdb7ac74719e8fd6dc60d1191f3b4"),
      (.uservisits, 1, 1, 1, "f05b4efddd3786ae0b63eaf0e8fd6c7b"),
      (.uservisits, 10_000, 1200, 1, "27677f5fa495b2d86f6f4a460636b44b"),
      (.uservisits, 30_001, 77, 9, "f3f270c2a383a131f7b857856da829c1"),
    ] as [(DatasetKind, Int, Int?, UInt64, String)])
  func `the bytes are the same on every machine`(
    kind: DatasetKind, rows: Int, pages: Int?, seed: UInt64, expected: String
  ) throws {
    let spec = try DatasetSpec(kind: kind, rows: rows, seed: seed, pages: pages)
    #expect(digest(of: wholeDataset(spec)) == expected)
  }

  @Test(arguments: specs)
  func `granules can be made in any order by any number of threads`(spec: DatasetSpec) throws {
    let expected = wholeDataset(spec)
    let count = DatasetManifest.granuleCount(spec.size)
    #expect(count > 2)
    #expect(wholeDataset(spec, granules: (0..<count).reversed()) == expected)
    for threads in [1, 2, 5] {
      let path = "\(folder.path)/\(threads)"
      #expect(try spec.writeFile(path, threads: threads) == digest(of: expected))
      #expect(try fileBytes(path) == expected)
    }
  }

  @Test(arguments: [DatasetKind.rankings, .uservisits])
  func `the last granule of the largest table is a granule like any other`(kind: DatasetKind) throws {
    let rows = kind == .rankings ? Pages.counts.upperBound : 1 << 48
    let pages = kind == .rankings ? nil : Pages.counts.upperBound
    let spec = try DatasetSpec(kind: kind, rows: rows, pages: pages)
    let last = DatasetManifest.granuleCount(spec.size) - 1
    let length = spec.size - last * DatasetManifest.granuleSize
    var bytes = [UInt8](repeating: 0, count: length + 1)
    bytes.withUnsafeMutableBytes { spec.generator().writeGranule(last, into: $0.baseAddress!) }
    #expect(bytes[length - 1] == 10)
    #expect(bytes[length] == 0)
    let firstEnd = bytes.firstIndex(of: 10)! + 1
    let table = ParsedTable(Array(bytes[firstEnd..<length]))
    #expect(table.rows.count > 100)
    #expect(table.rows.allSatisfy { $0.count == (kind == .rankings ? 3 : 9) })
  }

  @Test(arguments: [0, 61, 62, 168, 169, 170, 1_000_000])
  func `a size is rounded down to whole rows`(size: Int) throws {
    let rankings = try DatasetSpec(kind: .rankings, size: size)
    let visits = try DatasetSpec(kind: .uservisits, size: size, pages: 5)
    #expect(rankings.rows == size / 62)
    #expect(rankings.size == size / 62 * 62)
    #expect(visits.rows == size / 169)
    #expect(visits.size == size / 169 * 169)
    #expect(try DatasetSpec(kind: .uservisits, rows: visits.rows!, pages: 5) == visits)
  }

  @Test func `pairs fit together`() throws {
    for scale in TableScale.allCases {
      let pair = try DatasetSpec.pair(scale: scale, seed: 3)
      #expect(pair.uservisits.rows == scale.visits)
      #expect(pair.uservisits.pages == scale.pages)
      #expect(pair.rankings.rows == scale.pages)
      #expect(pair.rankings.seed == 3)
    }
    #expect(try DatasetSpec.pair(visits: 155_000_000).rankings.rows == 18_000_000)
    #expect(try DatasetSpec.pair(visits: 1).rankings.rows == 1)
    #expect(try DatasetSpec.pair(visits: 0).rankings.rows == 1)
    #expect(try DatasetSpec.pair(visits: 156).rankings.rows == 19)
    let bySize = try DatasetSpec.pair(size: 1 << 30, pages: 2_000_000)
    #expect(bySize.uservisits.size == (1 << 30) / 169 * 169)
    #expect(bySize.rankings.rows == 2_000_000)
  }

  @Test func `ids name all that decides the bytes`() throws {
    let specs = [
      try DatasetSpec(kind: .rankings, rows: 1200), try DatasetSpec(kind: .rankings, rows: 1200, seed: 2),
      try DatasetSpec(kind: .rankings, rows: 1201), try DatasetSpec(kind: .uservisits, rows: 1200, pages: 9),
      try DatasetSpec(kind: .uservisits, rows: 1200, pages: 8),
      try DatasetSpec(kind: .uservisits, rows: 1200, seed: 2, pages: 8),
    ]
    #expect(specs[0].id == "rankings-rows1200-seed1-g1")
    #expect(specs[5].id == "uservisits-rows1200-pages8-seed2-g1")
    #expect(Set(specs.map(\.id)).count == 6)
    #expect(Set(specs.map { wholeDataset($0) }).count == 6)
  }

  @Test func `what cannot be generated is refused`() {
    let bodies: [() throws -> DatasetSpec] = [
      { try DatasetSpec(kind: .rankings, rows: -1) },
      { try DatasetSpec(kind: .rankings, rows: 1 << 37) },
      { try DatasetSpec(kind: .rankings, rows: 1, pages: 1) },
      { try DatasetSpec(kind: .rankings, size: 100, vocabulary: 100) },
      { try DatasetSpec(kind: .rankings, size: -1) },
      { try DatasetSpec(kind: .uservisits, rows: 1, pages: 0) },
      { try DatasetSpec(kind: .uservisits, rows: 1, pages: 1 << 37) },
      { try DatasetSpec(kind: .uservisits, rows: 1 << 49) },
      { try DatasetSpec(kind: .text, rows: 1) }, { try DatasetSpec(kind: .files, rows: 1) },
      { try DatasetSpec(kind: .text, size: 1, pages: 1) },
    ]
    for body in bodies {
      let error = #expect(throws: StorageError.self) { try body() }
      #expect(error?.kind == .invalid)
    }
  }

  @Test(
    arguments: specs + [
      try! DatasetSpec(kind: .rankings, rows: 0), try! DatasetSpec(kind: .uservisits, rows: 0),
    ])
  func `a store keeps tables, their rows, pages and seed`(spec: DatasetSpec) throws {
    let store = try DatasetStore(path: "\(folder.path)/store")
    let dataset = try store.ensure(spec, threads: 2)
    #expect(dataset.id == spec.id)
    let again = try store.ensure(spec, threads: 1).manifest
    #expect(again == dataset.manifest)
    #expect(again.kind == spec.kind)
    #expect(again.size == spec.size)
    #expect(again.origin?.rows == spec.rows)
    #expect(again.origin?.pages == spec.pages)
    #expect(again.origin?.seed == spec.seed)
    #expect(again.digest == digest(of: wholeDataset(spec)))
  }

  @Test func `a manifest whose rows do not fit its size is refused`() throws {
    let spec = try DatasetSpec(kind: .uservisits, rows: 10, pages: 3)
    let text = String(decoding: DatasetManifest(spec: spec, checksums: [7]).encoded(), as: UTF8.self)
    #expect(text.contains("\nseed 1\nrows 10\npages 3\ngenerator 1\n"))
    for (from, to) in [("rows 10", "rows 11"), ("pages 3\n", ""), ("rows 10", "rows 9999999999999999999")] {
      let body = Array(text.replacing(from, with: to).utf8.dropLast(13))
      let end = "end \(hexadecimal(body.withUnsafeBytes { crc32c($0) }, digits: 8))\n"
      let error = #expect(throws: StorageError.self) {
        try DatasetManifest(decoding: body + Array(end.utf8), path: "m")
      }
      #expect(error?.kind == .invalid)
    }
  }

  @Test func `both tables are written, or neither`() throws {
    let pair = try DatasetSpec.pair(visits: 500, pages: 40)
    let out = "\(folder.path)/a/b"
    let digests = try pair.writeFiles(folder: out, threads: 2)
    #expect(try fileBytes("\(out)/rankings.csv") == wholeDataset(pair.rankings))
    #expect(try fileBytes("\(out)/uservisits.csv") == wholeDataset(pair.uservisits))
    #expect(digests.uservisits == digest(of: wholeDataset(pair.uservisits)))
    // With one of them there, nothing is made without `replacing`.
    unlink("\(out)/rankings.csv")
    let error = #expect(throws: StorageError.self) { try pair.writeFiles(folder: out, threads: 2) }
    #expect(error?.kind == .exists)
    #expect(try DatasetFolder.names(out) == ["uservisits.csv"])
    try pair.writeFiles(folder: out, threads: 2, replacing: true)
    #expect(try DatasetFolder.names(out) == ["rankings.csv", "uservisits.csv"])
    // Stopped in the second file.
    let other = "\(folder.path)/c"
    #expect(throws: CancellationError.self) {
      try pair.writeFiles(folder: other, threads: 1) { done, _ in done <= pair.rankings.size }
    }
    #expect(try DatasetFolder.names(other) == [])
  }

  @Test func `a device is written and stays one`() throws {
    let spec = try DatasetSpec(kind: .rankings, rows: 1200)
    #expect(try spec.writeFile("/dev/null", threads: 2, replacing: true) == digest(of: wholeDataset(spec)))
    var status = stat()
    #expect(lstat("/dev/null", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
    let fifo = "\(folder.path)/fifo"
    mkfifo(fifo, 0o600)
    let error = #expect(throws: StorageError.self) { try spec.writeFile(fifo, threads: 1, replacing: true) }
    #expect(error?.kind == .invalid)
  }
}
