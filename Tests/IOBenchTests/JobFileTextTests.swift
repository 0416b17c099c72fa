import Testing

@testable import IOBench

/// The syntax of job files: sections, comments, variables, and what is no job file.
struct JobFileTextTests {
  @Test func `global sections speak to the jobs below them`() throws {
    let found = try jobs(
      """
      ; a comment
        # another
      [global]
      iodepth=4
      rw = randread   ; the rest is a comment
      [a]
      bs=8k# and this
      [global]
      iodepth=8
      [b]\r
      rw=write\r
      iodepth=9
      iodepth=10
      """)
    #expect(found.map(\.name) == ["a", "b"])
    #expect(found.map(\.depth) == [4, 10])
    #expect(found.map(\.pattern) == [.randread, .write])
    #expect(found.map(\.blockSize.read) == [8192, 4096])
    #expect(found.map(\.place) == [JobPlace(file: "t.fio", line: 6), JobPlace(file: "t.fio", line: 10)])
  }

  @Test func `a later file inherits global, and its first job waits`() throws {
    let found = try jobs(files: ["[global]\nbs=8k\n[a]\n[b]\n", "[c]\n[d]\nbs=1k"])
    #expect(found.map(\.name) == ["a", "b", "c", "d"])
    #expect(found.map(\.blockSize.write) == [8192, 8192, 8192, 1024])
    #expect(found.map(\.stonewall) == [false, false, true, false])
  }

  @Test func `variables are replaced as fio does`() throws {
    #expect(try job("size=${SIZE}").size == .bytes(64 << 20))
    #expect(try job("${LINE}").blockSize.read == 8192)
    #expect(try job("filename=/x/${NAME}.${UNSET}y").filenames == ["/x/data.y"])
    #expect(try job("filename=${NESTED}").filenames == ["${SIZE}"])
    #expect(try job("filename=${NAME").filenames == ["${NAME"])
    #expect(try job("bs=$pagesize").blockSize.read == 4096)
    #expect(try job("numjobs=$ncpus").numjobs == 2)
    #expect(complaint { _ = try job("size=${UNSET}") } == "t.fio:2: size=: has no value")
    #expect(complaint { _ = try job("size=8*$mb_memory") }?.contains("arithmetic with $mb_memory") == true)
  }

  @Test func `files are named by fio's format`() throws {
    let plain = try jobs("[warm]\nnumjobs=2\nnrfiles=3\n")[0]
    #expect(plain.fileName(copy: 1, file: 2) == "warm.1.2")
    let other = try job("filename_format=$jobnum/$filenum-$jobname.dat")
    #expect(other.fileName(copy: 3, file: 0) == "3/0-j.dat")
    let named = try job("filename=/a:b\\:c")
    #expect(named.filenames == ["/a", "b:c"])
    #expect(named.fileCount == 2)
    #expect(named.fileName(copy: 7, file: 1) == "b:c")
  }

  @Test(arguments: [
    ("rw=read\n[a]\n", "t.fio:1: option 'rw=read' outside of a [job] section"),
    ("[a\n", "t.fio:1: section '[a' has no ']' at its end"), ("\n[]\n", "t.fio:2: a section without a name"),
    ("[a]\n\ninclude x.fio\n", "t.fio:3: 'include x.fio': include is not supported"),
    ("[a]\nbs=4k\u{0}\n", "t.fio:2: a NUL byte"), ("", "t.fio: no jobs"),
    ("[global]\nbs=4k\n", "t.fio: no jobs"),
    ("[a]\n=4k\n", "t.fio:2: unknown option ''"),
    ("[a]\n\(String(repeating: "x", count: 8192))\n", "t.fio:2: the line has 8192 bytes, at most 8191"),
    ("[\(String(repeating: "x", count: 256))]\n", "t.fio:1: the section's name has 256 bytes"),
  ])
  func `what is no job file is said`(text: String, said: String) {
    #expect(
      complaint { _ = try jobs(text) }?.hasPrefix(said) == true, "\(complaint { _ = try jobs(text) } ?? "")")
  }

  @Test func `bytes that are no text may stand in comments alone`() throws {
    #expect(try jobs(bytes: Array("[a] # ".utf8) + [0xff, 0xfe, 10]).count == 1)
    let wrong = complaint { _ = try jobs(bytes: Array("[a]\ndirectory=".utf8) + [0xff, 10]) }
    #expect(wrong == "t.fio:2: bytes that are not UTF-8")
  }

  @Test func `there are at most 4096 jobs, however they are made`() throws {
    #expect(try jobs(String(repeating: "[a]\n", count: 4096)).count == 4096)
    let many = complaint { _ = try jobs(String(repeating: "[a]\n", count: 1_000_000)) }
    #expect(many == "t.fio:4097: more than 4096 jobs (fio's own limit)")
    let copies = complaint { _ = try jobs("[a]\nnumjobs=4000\n[b]\nnumjobs=97\n") }
    #expect(copies?.hasPrefix("t.fio:4: with job 'b' there are 4097 jobs") == true)
    let large = complaint { _ = try jobs(bytes: [UInt8](repeating: 10, count: (16 << 20) + 1)) }
    #expect(large == "t.fio: over 16 MiB: not a job file")
  }

  @Test(arguments: 0..<4)
  func `any bytes end in jobs or in an error with its place`(seed: Int) {
    var state = SplitMix(seed: UInt64(seed))
    let pieces = [
      "[", "]", "[a]\n", "[global]\n", "=", ";", "#", "\n", "\r\n", " ", "\u{0}", "${", "}", "$ncpus", ",",
      ":", "-",
      "%", "0x", "18446744073709551616", "9223372036854775807", "k", "pib", "bs=", "size=", "runtime=", "rw=",
      "filename=", "cpus_allowed=", "percentile_list=", "ss=", "random_distribution=zipf:", "nan", "inf",
      "1e999",
      "verify_pattern=0x", "\"", "\\", "é", "e\u{301}", "=\u{301}", "[\u{301}",
    ]
    for _ in 0..<3000 {
      var bytes: [UInt8] = state.below(4) == 0 ? [] : Array("[j]\n".utf8)
      for _ in 0..<state.below(12) {
        if state.below(3) == 0 {
          bytes += Array(OptionTable.names[state.below(OptionTable.names.count)].utf8) + [61]
        }
        bytes += Array(pieces[state.below(pieces.count)].utf8)
        if state.below(8) == 0 { bytes.append(UInt8(state.below(256))) }
      }
      let said = complaint { _ = try jobs(bytes: bytes) }
      #expect(said?.hasPrefix("t.fio") != false, "\(String(decoding: bytes, as: UTF8.self)): \(said ?? "")")
    }
  }
}

/// Numbers from a seed.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
