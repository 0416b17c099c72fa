import Testing

@testable import IOBench

@Suite struct ProgressMeterTests {
  private let text = """
    [global]
    size=64m
    [a]
    rw=randrw
    numjobs=2
    runtime=10
    time_based
    [b]
    stonewall
    rw=read

    """

  private func copy(
    _ job: Int, _ number: Int, _ state: Progress.Copy.State, reads: Int = 0, writes: Int = 0,
    total: Int? = nil,
    runtime: Int? = nil, elapsed: Int = 0
  ) -> Progress.Copy {
    Progress.Copy(
      job: job, copy: number, state: state, readBytes: reads * 4096, reads: reads,
      writtenBytes: writes * 4096,
      writes: writes, totalBytes: total, runtime: runtime, elapsed: elapsed)
  }

  private func progress(_ seconds: Int, reads: Int, writes: Int) -> Progress {
    Progress(
      phase: .running,
      copies: [
        copy(
          0, 0, .running, reads: reads, writes: writes, runtime: 10 * oneSecond, elapsed: seconds * oneSecond),
        copy(0, 1, .running, runtime: 10 * oneSecond, elapsed: seconds * oneSecond),
        copy(1, 0, .waiting, total: 64 << 20),
      ], elapsed: seconds * oneSecond)
  }

  @Test func `the line has fio's parts: who runs, how far, how fast, how long`() throws {
    var jobs = try jobs(text)
    jobs[1].runtime = 5 * oneSecond
    var meter = ProgressMeter(jobs)
    var now = progress(1, reads: 0, writes: 0)
    now.copies[2].runtime = 5 * oneSecond
    #expect(meter.line(now, now: 0) == nil)
    now = progress(4, reads: 4838, writes: 4990)
    now.copies[2].runtime = 5 * oneSecond
    #expect(meter.line(now, now: oneSecond / 2) == nil)
    #expect(
      meter.line(now, now: oneSecond)
        == "Jobs: 2 (f=2): [m(2),P(1)][26.7%][r=18.9MiB/s,w=19.5MiB/s][r=4838,w=4990 IOPS][eta 00m:11s]")
  }

  @Test func `without an end there is no time left to tell`() throws {
    var meter = ProgressMeter(try jobs(text))
    _ = meter.line(progress(1, reads: 0, writes: 0), now: 0)
    let line = meter.line(progress(2, reads: 0, writes: 0), now: oneSecond)
    #expect(line == "Jobs: 2 (f=2): [m(2),P(1)][-.-%][eta --]")
  }

  @Test func `bytes tell the time left, or the runtime where that ends first`() throws {
    let meter = ProgressMeter(try jobs("[a]\nrw=read\nsize=64m\n"))
    func left(_ copy: Progress.Copy) -> Int? {
      meter.timeLeft(Progress(phase: .running, copies: [copy], elapsed: copy.elapsed))
    }
    let half = 32 << 20
    #expect(
      left(copy(0, 0, .running, reads: half / 4096, total: 2 * half, elapsed: 4 * oneSecond)) == 4 * oneSecond
    )
    #expect(
      left(
        copy(
          0, 0, .running, reads: half / 4096, total: 2 * half, runtime: 5 * oneSecond, elapsed: 4 * oneSecond)
      )
        == oneSecond)
    #expect(left(copy(0, 0, .done)) == 0)
    #expect(left(copy(0, 0, .running, total: half, elapsed: oneSecond)) == nil)
  }

  @Test func `files that are laid out are told`() throws {
    var meter = ProgressMeter(try jobs(text))
    func layout(_ written: Int) -> Progress {
      Progress(phase: .layout(written: written, of: 1 << 30), copies: [], elapsed: 0)
    }
    _ = meter.line(layout(0), now: 0)
    #expect(meter.line(layout(1 << 29), now: oneSecond) == "Laying out files: 512 MiB of 1 GiB")
  }

  @Test func `times are fio's`() {
    #expect(ProgressMeter.text(3 * oneSecond) == "00m:03s")
    #expect(ProgressMeter.text(3723 * oneSecond) == "01h:02m:03s")
    #expect(ProgressMeter.text(90_000 * oneSecond) == "01d:01h:00m:00s")
    #expect(ProgressMeter.text(nil) == "--")
  }
}
