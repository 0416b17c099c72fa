@testable import IOBench

/// Job files from a seed: written by a grammar of what fio knows, then damaged.
struct JobFileCases {
  private var state: SplitMix

  init(seed: UInt64) { state = SplitMix(seed: seed) }

  mutating func below(_ bound: Int) -> Int { state.below(bound) }

  mutating func element<Element>(_ elements: [Element]) -> Element { elements[state.below(elements.count)] }

  private mutating func chance(_ one: Int) -> Bool { state.below(one) == 0 }

  /// The bytes of a file; in one of three nothing is damaged.
  mutating func file() -> [UInt8] {
    var bytes = Array(grammatical().utf8)
    guard !chance(3) else { return bytes }
    for _ in 0...below(4) { damage(&bytes) }
    return bytes
  }

  private mutating func grammatical() -> String {
    var text = chance(3) ? "; a comment\n" : ""
    for section in 0...below(3) {
      text +=
        section == 0 && chance(2) ? "[global]\n" : "[\(element(["a", "job 2", "é", "x:y", "seq-read"]))]\n"
      for _ in 0..<below(7) { text += line() + element(["\n", "\n", "\r\n", " # why\n", "\n\n"]) }
    }
    return text + "[last]\n"
  }

  private mutating func line() -> String {
    let option = chance(8) ? element(OptionTable.all) : element(OptionTable.supported)
    let name = element([option.name] + option.aliases)
    if option.standsAlone, chance(2) { return name }
    return name + element(["=", "=", "=", "=", "=", " = ", " = ", ""]) + value(of: option)
  }

  /// Mostly one that the option takes.
  private mutating func value(of option: JobOption) -> String {
    if chance(20) { return element(Self.strange) }
    if let words = Self.words[option.name] { return element(words) }
    switch option.kind {
    case "bool": return element(["0", "1"])
    case "int[,int][,int]": return (0...below(3)).map { _ in chance(5) ? "" : size() }.joined(separator: ",")
    case "int or int%": return chance(3) ? "\(below(102))%" : size()
    case "int[-int]": return chance(2) ? size() : size() + "-" + size()
    case "time": return number() + element(["", "s", "ms", "us", "m", "h", "d", "usec"])
    case "int": return chance(2) ? number() : size()
    default: return element(["1", "0", "x", "data.bin", "/mnt/a b", "4k"])
    }
  }

  private mutating func number() -> String {
    element(["0", "1", "2", "3", "7", "16", "100", "1000", "\(state.below(1 << 20))", "0x1f"])
  }

  private mutating func size() -> String {
    number() + element(["", "", "k", "K", "m", "g", "kb", "ki", "kib", "MiB", "t", "b"])
  }

  private static let words: [String: [String]] = [
    "rw": ["read", "write", "randread", "randwrite", "rw", "randrw", "readwrite", "trim", "randread:8"],
    "ioengine": IOEngineKind.allCases.map(\.rawValue) + ["libaio", "io_uring", "dev-dax", "posixaio"],
    "random_distribution": [
      "random", "zipf", "zipf:1.2", "zipf:0.5:0.25", "pareto:0.2", "pareto:0.3:1", "normal:5:0.5", "zipf:1",
      "normal",
    ],
    "rate_process": ["linear", "poisson"],
    "verify": ["0", "crc32c", "pattern", "crc32c-intel", "md5"],
    "verify_pattern": ["0xdeadbeef", "\"abc\"", "0x00\"x\"0xff", "0x1", "%o"],
    "steadystate": ["iops:1%", "iops_slope:0.3%", "bw:10m", "bw_slope:1%", "iops:800", "lat:1%"],
    "percentile_list": ["50:99", "99.9:50:1", "100", "0", "101", "99.99999"],
    "cpus_allowed": ["0", "0-3", "1,3,5-7", "7-2"],
    "cpus_allowed_policy": ["shared", "split"],
    "numa_cpu_nodes": ["0", "all", "0-1"],
    "numa_mem_policy": [
      "default", "local", "prefer:0", "bind:0-1", "interleave", "interleave:all", "prefer",
    ],
    "filename": ["a", "a:b", "a\\:b", "/tmp/x\\y:z", ":", "a:"],
    "filename_format": ["$jobname.$filenum", "f.$jobnum", "$clientuid"],
    "fallocate": ["native", "none", "posix", "keep", "truncate", "0", "1"],
    "sync": ["0", "1", "none", "sync", "dsync"],
    "kb_base": ["1000", "1024", "512"],
    "write_bw_log": ["log", ""],
    "numjobs": ["1", "2", "16", "4096", "4097"],
    "loops": ["1", "2", "9007199254740992"],
  ]

  private static let strange = [
    "", " ", "-1", "nan", "inf", "1e999", "0x", "18446744073709551616", "9223372036854775807",
    "9223372036854775807k",
    "8191p", "1.5k", "4k-8k", ",,,", ":", "::", "%", "100%", "101%", "\"", "\\", "é\u{301}", "${X}", "${",
    "$ncpus",
    "$ncpus*2", "[x]", "=", "==", "1:2:3:4", "0-", "-0", "+1", "١", "\u{0}",
    String(repeating: "9", count: 40),
    String(repeating: "a", count: 300), String(repeating: "1,", count: 300),
  ]

  private mutating func damage(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    let end = min(bytes.count, place + below(20))
    switch below(7) {
    case 0: bytes.insert(UInt8(below(256)), at: place)
    case 1: bytes.removeSubrange(place..<end)
    case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count + 1))
    case 4: bytes.insert(contentsOf: Array(element(Self.strange).utf8), at: place)
    case 5:
      bytes.insert(
        contentsOf: element([[10], [13, 10], [61], [91], [93], [58], [44], [0xff], [0xc3]]), at: place)
    default: bytes.removeLast(min(bytes.count, below(30)))
    }
  }
}
