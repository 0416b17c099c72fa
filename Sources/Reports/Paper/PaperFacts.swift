/// What the Marvel paper gives as figures (Li, Assogba et al., "Towards Persistent Memory based Stateful Serverless
/// Computing for Big Data Applications"), as `results/paper/` keeps it; a test compares them byte by byte.
enum PaperFacts {
  /// `results/paper/table2.csv`: fio at 4 KiB, persistent memory by libpmem beside an SSD by libaio.
  ///
  /// As printed: the write bandwidths of pmem can only be GB/s (13.6 for 3,314,000 × 4096 bytes a second), its read
  /// bandwidths GiB/s; the SSD's latencies say that its requests were 64 deep, pmem's that they were one.
  static let table2 = """
    pattern,tier,engine,block_bytes,iops_k,bandwidth_gib_s,latency_us
    seq-read,pmem,libpmem,4096,10700.0,41.0,0.6
    seq-read,ssd,libaio,4096,108.0,0.4,4700
    seq-write,pmem,libpmem,4096,3314.0,13.6,1.9
    seq-write,ssd,libaio,4096,118.0,0.5,5000
    rand-read,pmem,libpmem,4096,1166,4.6,0.6
    rand-read,ssd,libaio,4096,82.3,0.3,800
    rand-write,pmem,libpmem,4096,335.0,1.4,2.3
    rand-write,ssd,libaio,4096,66.2,0.3,1000

    """

  /// `results/paper/claims.csv`: what its figures and its text claim.
  static let claims = """
    id,figure,claim,value,unit
    fig1-order,Figure 1,"wordcount 7 GB: PMEM fastest, SSD slightly slower, configurations with S3 slowest",,order
    fig4-reduction,Figures 4 and 5,"largest reduction of job execution time against Lambda+S3 (Corral)",86.6,percent
    fig4-quota,Figures 4 and 5,"Lambda+S3 fails at this input size (account quota on S3 I/O and invocations)",15,GB
    fig4-medium,Figures 4 and 5,"for medium inputs Marvel with HDFS is comparable with Lambda",,order
    fig4-igfs,Figures 4 and 5,"Marvel with IGFS (intermediate data in memory) is fastest",,order
    fig6-peak,Figure 6,"peak I/O throughput with IGFS, wordcount, at 10 GB input",12,Gbit/s
    setup-runs,Section 4.1,"repetitions per experiment, average reported",5,runs
    setup-server,Section 4.1,"32 CPUs Xeon Silver 4215 2.5 GHz, 360 GB DRAM, 700 GB PMEM App Direct",,setup
    setup-lambda-mem,Section 4.1,"memory per Lambda function instance",10,GB
    setup-fio,Section 2,"4 KiB blocks, up to 8 parallel streams, libaio on SSD, libpmem on DAX ext4",4096,bytes

    """

  /// One pattern on one tier in Table 2.
  struct IORow: Equatable, Sendable {
    /// `seq-read`, `rand-write`, …
    var pattern: String
    var tier: String
    /// A second.
    var requests: Double
  }

  static var ioRows: [IORow] {
    table2.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == 7, let thousands = Double(fields[4]) else { return nil }
      return IORow(pattern: String(fields[0]), tier: String(fields[1]), requests: thousands * 1000)
    }
  }

  /// One claim, by its id.
  struct Claim: Equatable, Sendable {
    var figure: String
    var text: String
    /// nil where the claim is an order, not a number.
    var value: Double?
    var unit: String
  }

  static func claim(_ id: String) -> Claim? {
    for line in claims.split(separator: "\n").dropFirst() {
      let fields = fields(line)
      guard fields.count == 5, fields[0] == id else { continue }
      return Claim(figure: fields[1], text: fields[2], value: Double(fields[3]), unit: fields[4])
    }
    return nil
  }

  /// A line's fields; a comma in quotes is text.
  private static func fields(_ line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    for letter in line {
      if letter == "\"" {
        isQuoted.toggle()
      } else if letter == ",", !isQuoted {
        fields.append("")
      } else {
        fields[fields.count - 1].append(letter)
      }
    }
    return fields
  }
}
