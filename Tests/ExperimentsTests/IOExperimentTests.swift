import Foundation
import IOBench
import Storage
import Testing

@testable import Experiments

struct IOExperimentTests {
  private let file = """
    [global]
    bs=4k
    size=1m
    [a]
    rw=read
    directory=${PMEM}
    [b]
    rw=randread
    ioengine=libaio
    directory=${SSD}

    """

  private func parse(_ text: String) throws -> Experiment {
    try Experiment.parse(
      text, file: "x.yaml", knownSystems: [], system: { _ in nil },
      jobFile: { name in
        name == "t.fio" ? WorkloadFinder.Found(name: "t", origin: "t.fio", text: file) : nil
      }, knownJobFiles: ["t.fio"])
  }

  private func complaint(_ text: String) -> String {
    do {
      _ = try parse(text)
      return "none"
    } catch { return "\(error)" }
  }

  @Test func `jobs run once for each combination of what is varied, in the folders of their tiers`() throws {
    let experiment = try parse(
      """
      name: x
      io:
        file: t.fio
        vary: {bs: [512, 4k], numjobs: [1, 2]}
        options: {runtime: 3s, time_based: 1}
      tiers: {ssd: /data, pmem: /mnt/pmem0}
      """)
    let cells = try #require(experiment.io).cells(folders: experiment.ioFolders)
    #expect(
      cells.map(\.name) == [
        "a/bs=512/numjobs=1", "b/bs=512/numjobs=1", "a/bs=512/numjobs=2", "b/bs=512/numjobs=2",
        "a/bs=4k/numjobs=1", "b/bs=4k/numjobs=1", "a/bs=4k/numjobs=2", "b/bs=4k/numjobs=2",
      ])
    #expect(cells[0].job.directory == "/mnt/pmem0")
    #expect(cells[1].job.directory == "/data")
    #expect(cells[3].job.blockSize.read == 512)
    #expect(cells[3].job.numjobs == 2)
    #expect(cells[3].job.runtime == 3_000_000_000)
    #expect(cells[3].job.timeBased)
  }

  @Test func `one job of a file can be chosen, and several files run one after the other`() throws {
    let experiment = try parse(
      "name: x\nio:\n  - {file: t.fio, jobs: b}\n  - {file: t, jobs: [a]}\n"
        .replacing("file: t,", with: "file: t.fio,"))
    #expect(try experiment.io?.cells(folders: experiment.ioFolders).map(\.name) == ["b", "a"])
  }

  @Test(arguments: [
    (
      "name: x\nio: {file: u.fio}",
      "x.yaml:2:12: no job file 'u.fio'; known here: t.fio (did you mean 't.fio'?)"
    ),
    (
      "name: x\nio: {file: t.fio}\nsystems: ssd",
      "x.yaml:3:1: unknown key 'systems'; known here: name, description, io, repeats, seed, tiers, require_real, compare_with"
    ),
    (
      "name: x\nio: {file: t.fio, option: {bs: 4k}}",
      "x.yaml:2:19: unknown key 'option'; known here: file, jobs, options, vary (did you mean 'options'?)"
    ),
    (
      "name: x\nio: {file: t.fio, jobs: c}",
      "x.yaml:2:25: unknown job of t.fio 'c'; known here: a, b (did you mean 'a'?)"
    ),
    (
      "name: x\nio: {file: t.fio, options: {iodepht: 4}}",
      "x.yaml:2:29: unknown option 'iodepht' (did you mean 'iodepth'?)"
    ),
    (
      "name: x\nio: {file: t.fio, options: {iodepth: [4, 8]}}",
      "x.yaml:2:28: iodepth must be one value; several belong under 'vary'"
    ),
    (
      "name: x\nio: {file: t.fio, vary: {numjobs: [1, many]}}",
      "x.yaml:2:25: numjobs=many: 'many' is not a number"
    ),
    (
      "name: x\nio: {file: t.fio, options: {name: y}}",
      "x.yaml:2:29: 'name' is no option of a job; choose jobs with 'jobs'"
    ),
    (
      "name: x\nio: {file: t.fio}\ncompare_with: table1",
      "x.yaml:3:15: unknown table of an experiment with io 'table1'; known here: table2 (did you mean 'table2'?)"
    ),
    (
      "name: x\nio:\n  - file: t.fio\n  - file: t.fio",
      "x.yaml:1:1: two measurements are called 'a': name jobs and values once each"
    ),
  ])
  func `what is wrong is named with its line and column`(text: String, said: String) {
    #expect(complaint(text) == said)
  }

  @Test func `what is written out reads as the same experiment`() throws {
    let text = """
      name: x
      description: two tiers
      io:
        - {file: t.fio, jobs: [b], options: {runtime: 1s}, vary: {iodepth: [1, 8]}}
      repeats: 2
      seed: 7
      tiers: {ssd: /data}
      require_real: ssd
      compare_with: table2
      """
    let once = try parse(text)
    let twice = try parse(once.yaml)
    #expect(once.yaml == twice.yaml)
    #expect(twice.repeats == 2)
    #expect(twice.requireReal == [.ssd])
    #expect(twice.io?.besidePaper == true)
    #expect(
      try twice.io?.cells(folders: twice.ioFolders).map(\.name) == ["b/iodepth=1", "b/iodepth=8"])
  }

  @Test func `a size given for all is every job's`() throws {
    var experiment = try parse("name: x\nio: {file: t.fio}\n")
    experiment.scale(toLargest: 8 << 20)
    let cells = try #require(experiment.io).cells(folders: experiment.ioFolders)
    #expect(cells.allSatisfy { $0.job.size == .bytes(8 << 20) })
  }

  @Test func `the paper's Table 2 has its eight configurations, and the same patterns at equal depth`() throws
  {
    let experiment = try WorkloadFinder(currentFolder: "/nonexistent", executable: "/nonexistent/bin/x")
      .experiment("table2")
    let jobs = try #require(experiment.io).cells(folders: [.pmem: "/p", .ssd: "/s"]).map(\.job)
    #expect(jobs.count == 12)
    #expect(jobs.allSatisfy { $0.blockSize.read == 4096 && $0.direct })
    #expect(jobs.filter { $0.engine == .libpmem }.allSatisfy { $0.directory == "/p" && $0.depth == 1 })
    #expect(jobs.filter { $0.engine == .libaio }.map(\.depth) == [64, 64, 64, 64, 1, 1, 1, 1])
    #expect(jobs.allSatisfy { $0.numjobs == ($0.pattern.isRandom ? 1 : 8) })
  }

  @Test func `the sweep covers depth, jobs and block size`() throws {
    let experiment = try WorkloadFinder(currentFolder: "/nonexistent", executable: "/nonexistent/bin/x")
      .experiment("io-sweep")
    let jobs = try #require(experiment.io).cells(folders: [.pmem: "/p", .ssd: "/s"]).map(\.job)
    #expect(Set(jobs.map(\.depth)) == [1, 2, 4, 8, 16, 32, 64])
    #expect(Set(jobs.map(\.numjobs)) == [1, 2, 4, 8])
    #expect(Set(jobs.map(\.blockSize.read)).isSuperset(of: [256, 4096, 4 << 20]))
  }
}
