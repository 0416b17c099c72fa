import Testing

@testable import IOBench

@Suite struct NormalTextTests {
  @Test func `numbers are short as fio's are`() {
    // From fio 3.33's own output.
    #expect(FioText.number(4838) == "4838")
    #expect(FioText.number(21_300) == "21.3k")
    #expect(FioText.number(4096, binary: true, .bytes) == "4096B")
    #expect(FioText.number(65_536, binary: true, .bytes) == "64.0KiB")
    #expect(FioText.number(35_860_480, binary: true, .bytes) == "34.2MiB")
    #expect(FioText.number(16_777_216, binary: true, .bytes) == "16.0MiB")
    #expect(FioText.number(16_777_216, .bytes) == "16.8MB")
    #expect(FioText.bandwidth(19_812_420) == "18.9MiB/s (19.8MB/s)")
    #expect(FioText.bandwidth(8_594_500) == "8393KiB/s (8595kB/s)")
    #expect(FioText.number(0) == "0")
  }

  @Test func `jobs are announced as fio announces them`() throws {
    #expect(
      NormalText.opening(try sampleResult().jobs) == """
        first: (g=0): rw=randrw, bs=(R) 4096B-4096B, (W) 4096B-4096B, (T) 4096B-4096B, ioengine=libaio, iodepth=8
        ...
        second: (g=1): rw=write, bs=(R) 4096B-4096B, (W) 4096B-4096B, (T) 4096B-4096B, ioengine=psync, iodepth=1
        Starting 3 processes

        """)
  }

  @Test func `threads and processes are counted apart`() throws {
    func last(_ text: String) throws -> String? {
      NormalText.opening(try jobs(text)).split(separator: "\n").last.map(String.init)
    }
    #expect(try last("[a]\nthread\n[b]\nnumjobs=2\n") == "Starting 1 thread and 2 processes")
    #expect(try last("[a]\nthread\nnumjobs=2\n") == "Starting 2 threads")
    #expect(try last("[a]\n") == "Starting 1 process")
  }

  @Test func `a run is told in fio's words`() throws {
    var result = try sampleResult()
    result.notes = ["first: a note"]
    var text = NormalText.text(result)
    // The end's time is the place's own.
    let time = FioText.time(result.startedAt / 1000 + 1)
    #expect(text.contains("pid=4000: \(time)\n"))
    text = text.replacing(time, with: "NOW")
    #expect(
      text == """

        first: (groupid=0, jobs=2): err= 0: pid=4000: NOW
          read: IOPS=2000, BW=8000KiB/s (8192kB/s)(8000KiB/1000msec)
            slat (nsec): min=30000, max=30000, avg=30000.00, stdev= 0.00
            clat (usec): min=770, max=870, avg=820.00, stdev=50.01
             lat (usec): min=800, max=900, avg=850.00, stdev=50.01
            clat percentiles (usec):
             |  1.00th=[  771],  5.00th=[  771], 10.00th=[  771], 20.00th=[  771],
             | 30.00th=[  771], 40.00th=[  771], 50.00th=[  771], 60.00th=[  870],
             | 70.00th=[  870], 80.00th=[  870], 90.00th=[  870], 95.00th=[  870],
             | 99.00th=[  870], 99.50th=[  870], 99.90th=[  870], 99.95th=[  870],
             | 99.99th=[  870]
           bw (  KiB/s): min= 7200, max= 8800, per=100.00%, avg=8000.00, stdev=461.88, samples=4
           iops        : min= 1800, max= 2200, avg=2000.00, stdev=115.47, samples=4
          write: IOPS=2000, BW=8000KiB/s (8192kB/s)(8000KiB/1000msec)
            slat (nsec): min=40000, max=40000, avg=40000.00, stdev= 0.00
            clat (nsec): min=2960.0k, max=2960.0k, avg=2960000.00, stdev= 0.00
             lat (nsec): min=3000.0k, max=3000.0k, avg=3000000.00, stdev= 0.00
            clat percentiles (usec):
             |  1.00th=[ 2960],  5.00th=[ 2960], 10.00th=[ 2960], 20.00th=[ 2960],
             | 30.00th=[ 2960], 40.00th=[ 2960], 50.00th=[ 2960], 60.00th=[ 2960],
             | 70.00th=[ 2960], 80.00th=[ 2960], 90.00th=[ 2960], 95.00th=[ 2960],
             | 99.00th=[ 2960], 99.50th=[ 2960], 99.90th=[ 2960], 99.95th=[ 2960],
             | 99.99th=[ 2960]
           bw (  KiB/s): min= 7200, max= 8800, per=100.00%, avg=8000.00, stdev=461.88, samples=4
           iops        : min= 1800, max= 2200, avg=2000.00, stdev=115.47, samples=4
          lat (usec)   : 1000=50.00%
          lat (msec)   : 4=50.00%
          cpu          : usr=2.00%, sys=10.00%, ctx=1824, majf=0, minf=40
          IO depths    : 1=0.0%, 2=0.0%, 4=0.0%, 8=100.0%, 16=0.0%, 32=0.0%, >=64=0.0%
             submit    : 0=0.0%, 4=100.0%, 8=0.0%, 16=0.0%, 32=0.0%, 64=0.0%, >=64=0.0%
             complete  : 0=0.0%, 4=100.0%, 8=0.0%, 16=0.0%, 32=0.0%, 64=0.0%, >=64=0.0%
             issued rwts: total=2000,2000,0,0 short=0,0,0,0 dropped=0,0,0,0
             latency   : target=0, window=0, percentile=100.00%, depth=8
          steadystate  : attained=yes, bw=15.6MiB/s (16.4MB/s), iops=4000, iops mean dev=0.000%

        second: (groupid=1, jobs=1): err= 0: pid=4000: NOW
          Description  : [writes in order]
          write: IOPS=1280, BW=5120KiB/s (5243kB/s)(2560KiB/500msec)
            clat (usec): min=520, max=720, avg=620.00, stdev=100.08
             lat (usec): min=520, max=720, avg=620.00, stdev=100.08
            clat percentiles (usec):
             |  1.00th=[  521],  5.00th=[  521], 10.00th=[  521], 20.00th=[  521],
             | 30.00th=[  521], 40.00th=[  521], 50.00th=[  521], 60.00th=[  720],
             | 70.00th=[  720], 80.00th=[  720], 90.00th=[  720], 95.00th=[  720],
             | 99.00th=[  720], 99.50th=[  720], 99.90th=[  720], 99.95th=[  720],
             | 99.99th=[  720]
           bw (  KiB/s): min= 4608, max= 5632, per=100.00%, avg=5120.00, stdev=724.08, samples=2
           iops        : min= 1152, max= 1408, avg=1280.00, stdev=181.02, samples=2
          lat (usec)   : 750=100.00%
          fsync/fdatasync/sync_file_range:
            sync (nsec): min=2000.0k, max=2000.0k, avg=2000000.00, stdev= 0.00
            sync percentiles (usec):
             |  1.00th=[ 2000],  5.00th=[ 2000], 10.00th=[ 2000], 20.00th=[ 2000],
             | 30.00th=[ 2000], 40.00th=[ 2000], 50.00th=[ 2000], 60.00th=[ 2000],
             | 70.00th=[ 2000], 80.00th=[ 2000], 90.00th=[ 2000], 95.00th=[ 2000],
             | 99.00th=[ 2000], 99.50th=[ 2000], 99.90th=[ 2000], 99.95th=[ 2000],
             | 99.99th=[ 2000]
          cpu          : usr=2.00%, sys=10.00%, ctx=912, majf=0, minf=20
          IO depths    : 1=100.0%, 2=0.0%, 4=0.0%, 8=0.0%, 16=0.0%, 32=0.0%, >=64=0.0%
             submit    : 0=0.0%, 4=100.0%, 8=0.0%, 16=0.0%, 32=0.0%, 64=0.0%, >=64=0.0%
             complete  : 0=0.0%, 4=100.0%, 8=0.0%, 16=0.0%, 32=0.0%, 64=0.0%, >=64=0.0%
             issued rwts: total=0,640,0,40 short=0,0,0,0 dropped=0,0,0,0
             latency   : target=0, window=0, percentile=100.00%, depth=1

        Run status group 0 (all jobs):
           READ: bw=8000KiB/s (8192kB/s), 8000KiB/s-8000KiB/s (8192kB/s-8192kB/s), io=8000KiB (8192kB), run=1000-1000msec
          WRITE: bw=8000KiB/s (8192kB/s), 8000KiB/s-8000KiB/s (8192kB/s-8192kB/s), io=8000KiB (8192kB), run=1000-1000msec

        Run status group 1 (all jobs):
          WRITE: bw=5120KiB/s (5243kB/s), 5120KiB/s-5120KiB/s (5243kB/s-5243kB/s), io=2560KiB (2621kB), run=500-500msec

        Disk stats (read/write):
          vda: ios=2000/2700, merge=0/0, ticks=1700/6300, in_queue=8000, util=75.00%

        Notes:
          first: a note

        """)
  }

  @Test func `a copy's error is in its line`() throws {
    var result = try sampleResult()
    result.copies[2].errorNumber = 28
    result.copies[2].errorText = "write /data/1.0 at 4096: No space left on device"
    result.isInterrupted = true
    let text = NormalText.text(result)
    #expect(text.contains("second: (groupid=1, jobs=1): err=28 (No space left on device): pid=4000"))
    #expect(text.contains("Interrupted: the figures are of what ran until then.\n"))
  }
}
