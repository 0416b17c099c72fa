import Metrics
import Reports
import Storage
import Testing

@testable import Experiments

private let systems = ["ssd", "ideal"]

/// Parses `text` with the two systems that these tests know.
private func experiment(_ text: String) throws -> Experiment {
  try Experiment.parse(text, file: "w.yaml", knownSystems: systems) { name in
    guard systems.contains(name) else { return nil }
    let tier = TierSpecification(name == "ssd" ? .ssd : .dram)
    return SystemSpecification(name: name, input: tier, shuffle: tier, output: tier)
  }
}

private func message(_ text: String) -> String {
  do {
    _ = try experiment(text)
    return "accepted"
  } catch {
    return "\(error)"
  }
}

private let base = "name: a\nsystems: [ssd]\nworkloads: wordcount\nsizes: 1MiB\n"

struct StrictYAMLTests {
  @Test func `an unknown key is said with its place, what is known and what was likely meant`() {
    #expect(
      message(base + "wokers: 2\n") == "w.yaml:5:1: unknown key 'wokers'; known here: "
        + Experiment.keys.joined(separator: ", ") + " (did you mean 'workers'?)")
  }

  @Test(arguments: [
    (
      "sizes: 1MiB", "sizes: 1MiBy",
      "w.yaml:4:8: size must be a size such as 64MiB, 1GiB or 10MB, not '1MiBy'"
    ),
    ("sizes: 1MiB", "sizes: -1", "w.yaml:4:8: size must be a size such as 64MiB, 1GiB or 10MB, not '-1'"),
    ("sizes: 1MiB", "sizes: []", "w.yaml:4:8: sizes must have at least one value"),
    ("sizes: 1MiB", "sizes:", "w.yaml:4:1: sizes has no value"),
    ("sizes: 1MiB", "repeats: 2", "w.yaml:1:1: an experiment needs the key 'sizes'"),
    ("sizes: 1MiB", "sizes: 1MiB\nsizes: 2MiB", "w.yaml:4:1: key 'sizes' is given more than once here"),
    (
      "workloads: wordcount", "workloads: [wordcont]",
      "w.yaml:3:13: unknown workload 'wordcont'; known here: wordcount, grep, drain, scan, aggregation, join, join-corral (did you mean 'wordcount'?)"
    ),
    (
      "workloads: wordcount", "workloads: grep",
      "w.yaml:3:12: grep needs 'pattern': a regular expression, Perl's"
    ),
    (
      "workloads: wordcount", "workloads: [{name: grep, pattern: a, match: spam}]",
      "w.yaml:3:45: unknown match 'spam'; known here: span, word (did you mean 'span'?)"
    ),
    (
      "workloads: wordcount", "workloads: [{name: wordcount, pattern: a}]",
      "w.yaml:3:31: unknown key 'pattern'; known here: name"
    ),
    (
      "workloads: wordcount", "workloads: [{name: scan, min_rang: 1}]",
      "w.yaml:3:26: unknown key 'min_rang'; known here: name, min_rank, delimiter, quoted, header, on_bad_row (did you mean 'min_rank'?)"
    ),
    ("workloads: wordcount", "workloads: [{limit: 1}]", "w.yaml:3:13: a workload needs the key 'name'"),
    (
      "workloads: wordcount", "workloads: [{name: grep, pattern: \"(\"}]",
      "w.yaml:3:35: workload grep: pattern '(': missing closing parenthesis at byte 1"
    ),
    (
      "workloads: wordcount", "workloads: [{name: scan, min_rank: a}]",
      "w.yaml:3:36: workload scan: min_rank 'a' is no whole number"
    ),
    (
      "workloads: wordcount", "workloads: [{name: join, from: 1990-13-01}]",
      "w.yaml:3:32: workload join: from '1990-13-01' is no date (as in 1980-01-31)"
    ),
    (
      "systems: [ssd]", "systems: [ssd, idael]",
      "w.yaml:2:16: unknown system 'idael'; known here: ssd, ideal (did you mean 'ideal'?)"
    ),
    ("name: a", "name: a/b", "w.yaml:1:7: name must be up to 64 letters, digits, '-', '_' or '.', not 'a/b'"),
    (
      "name: a", "- name: a",
      "w.yaml:2:1: no valid YAML: while parsing a block collection: did not find expected '-' indicator"
    ),
  ])
  func `a wrong value is said with its place`(was: String, isNow: String, expected: String) {
    let text = base.replacing(was, with: isNow)
    #expect(message(text) == expected)
  }

  @Test(arguments: [
    ("repeats: 0", "w.yaml:5:10: repeats must be 1 to 1000, not 0"),
    ("repeats: many", "w.yaml:5:10: repeats must be a whole number, not 'many'"),
    ("prefault: maybe", "w.yaml:5:11: prefault must be on or off, not 'maybe'"),
    ("plans: [paper, best]", "w.yaml:5:16: unknown plan 'best'; known here: paper, corral, optimized"),
    (
      "tiers: {pmem: {model: optane}}",
      "w.yaml:5:23: unknown model 'optane'; known here: optane-1dimm, optane-6dimm"
    ),
    ("tiers: {dram: /mnt}", "w.yaml:5:15: dram lives in memory and has no folder"),
    (
      "tiers: {ssd: {access: libpmem}}",
      "w.yaml:5:23: unknown access of ssd 'libpmem'; known here: direct, buffered"
    ),
    ("split: 1k", "w.yaml:5:8: split must be at least 4KiB"),
    ("memory_limit: 1MiB", "w.yaml:5:15: memory_limit must be at least 64MiB and at most 64TiB, not '1MiB'"),
    ("vocabulary: 3", "w.yaml:5:13: vocabulary must be 16 to 268435456, not 3"),
    ("cache: none", "w.yaml:5:8: unknown cache state 'none'; known here: bypassed, cold, warm"),
    ("exclude: {plan: paper}", "w.yaml:5:17: this experiment has no plan 'paper'; known here: optimized"),
    ("exclude: {}", "w.yaml:5:10: exclude has nothing to exclude by"),
    ("input: [a]", "w.yaml:4:8: sizes are of generated data; the size of 'input' is what its files have"),
    ("combiner: {a: b}", "w.yaml:5:11: combiner must be one value, not a mapping"),
  ])
  func `a wrong line is said with its place`(line: String, expected: String) {
    #expect(message(base + line + "\n") == expected)
  }

  @Test func `an empty file, a list and two documents are errors with a place`() {
    #expect(message("") == "w.yaml:1:1: the file is empty")
    #expect(message("# nothing\n") == "w.yaml:1:1: the file is empty")
    #expect(message("[a]").hasPrefix("w.yaml:1:1: an experiment must be a mapping with the keys name, "))
    #expect(message(base + "---\nname: b\n").contains("another document"))
  }

  @Test func `what is given is what is read`() throws {
    let text = """
      name: full
      systems:
        - ssd
        - {name: mine, input: {tier: pmem, access: file, model: optane-6dimm}, shuffle: dram, output: ssd}
        - input=ssd,shuffle=dram:memory,output=pmem:file@optane-1dimm
      workloads: [wordcount, {name: grep, pattern: "a;b=\\t%"}]
      sizes: [64MiB, 1GB]
      plans: [paper, optimized]
      encodings: [json, binary]
      workers: [1, auto]
      reducers: [auto, 7]
      combiner: off
      memory_limit: 512MiB
      prefault: [on, off]
      cache: warm
      starts: [warm, cold]
      repeats: 5
      warmup: 0
      seed: 42
      vocabulary: 1000
      tiers:
        pmem: {folder: [/mnt/pmem0, /mnt/pmem1], capacity: 4GiB}
        ssd: /mnt/nvme0
      require_real: [pmem, dram]
      exclude:
        - {size: 1GB, plan: [paper]}
      """
    let read = try experiment(text)
    #expect(read.systems.map(\.name) == ["ssd", "mine", "ssd+dram:memory+pmem:file@optane-1dimm"])
    #expect(read.systems[1].input == TierSpecification(.pmem, access: .file, model: "optane-6dimm"))
    #expect(read.workloads[1].parameters == ["pattern": "a;b=\t%", "match": "span"])
    #expect(read.sizes == [67_108_864, 1_000_000_000])
    #expect(read.workers == [1, nil])
    #expect(read.reducers == [nil, 7])
    #expect(read.combiners == [false])
    #expect(read.prefaults == [true, false])
    #expect(read.tiers[.pmem]?.folders == ["/mnt/pmem0", "/mnt/pmem1"])
    #expect(read.requireReal == [.pmem, .dram])
    #expect(read.tiers[.ssd]?.folders == ["/mnt/nvme0"])
    #expect(read.seed == 42 && read.repeats == 5 && read.warmups == 0 && read.vocabulary == 1000)
    // Its own text is read as the same experiment.
    let again = try experiment(read.yaml)
    #expect(again.yaml == read.yaml)
    #expect(again.requireReal == read.requireReal)
    #expect(
      TrialMatrix(again, processors: 2).cells.map(\.id) == TrialMatrix(read, processors: 2).cells.map(\.id))
  }

  @Test(arguments: [
    ("wokers", "workers"), ("seeds", "seed"), ("repeat", "repeats"), ("excldue", "exclude"),
  ])
  func `the nearest known word is suggested`(typed: String, meant: String) {
    #expect(suggestion(for: typed, among: Experiment.keys) == meant)
  }

  @Test func `nothing is suggested where nothing is near`() {
    #expect(suggestion(for: "bananas", among: Experiment.keys) == nil)
    #expect(editDistance("abcd", "abdc") == 1)
    #expect(editDistance("", "abc") == 3)
  }
}
