import Glibc

/// What a copy works on.
struct CopyPlan: Equatable, Sendable {
  /// Which job, and which of its copies.
  var job: Int
  var copy: Int
  /// Of each file, as ``layout`` has its regions.
  var paths: [String]
  var layout: FileLayout
  /// Bytes of each file before the run, which the layout was made from.
  var existing: [Int]
  /// Of everything that is random in it.
  var seed: UInt64

  /// - Throws: ``JobFileError`` where sizes do not fit together.
  init(_ job: IOJob, _ number: Int, _ copy: Int, _ paths: [String], existing: [Int], seed: UInt64) throws {
    self.job = number
    self.copy = copy
    self.paths = paths
    self.existing = existing
    self.seed = seed
    layout = try FileLayout(job, copy: copy, existing: existing, seed: seed)
  }
}

/// The files of a whole run: who works where, and how large each file must be.
struct FilePlan {
  struct NeededFile {
    var path: String
    /// Bytes up to the end of the last region.
    var size: Int
    var survey: FileSurvey
    var isWritten: Bool
    var allocation: FileAllocation
    /// The first job that works on it, for errors.
    var job: String
  }

  private(set) var copies: [CopyPlan] = []
  /// In the order of their first use.
  private(set) var files: [NeededFile] = []
  private var index: [String: Int] = [:]

  /// - Throws: ``JobFileError`` where sizes do not fit together, ``IOFailure`` where a file does not fit its job.
  init(_ jobs: [IOJob]) throws {
    let entropy = UInt64.random(in: 0...UInt64.max)
    for (number, job) in jobs.enumerated() {
      for copy in 0..<job.numjobs { try add(job, number, copy, entropy) }
    }
  }

  static func path(of job: IOJob, copy: Int, file: Int) -> String {
    let name = job.fileName(copy: copy, file: file)
    // Folders with `:` between are dealt to the copies, as in fio.
    guard let folders = job.directory?.split(separator: ":"), !folders.isEmpty else { return name }
    return "\(folders[copy % folders.count])/\(name)"
  }

  private mutating func add(_ job: IOJob, _ number: Int, _ copy: Int, _ entropy: UInt64) throws {
    let seed = job.seed(ofCopy: copies.count, entropy: entropy)
    let paths = (0..<job.fileCount).map { Self.path(of: job, copy: copy, file: $0) }
    guard job.engine != .null else {
      let none = Array(repeating: 0, count: paths.count)
      copies.append(try CopyPlan(job, number, copy, paths, existing: none, seed: seed))
      return
    }
    let surveys = try paths.map { path in
      let survey = try index[path].map { files[$0].survey } ?? FileSurvey(path)
      guard survey.kind != .other else {
        throw IOFailure(
          EINVAL, "job '\(job.name)', \(path): it is neither a regular file nor a block device (name a file)")
      }
      return survey
    }
    let plan = try CopyPlan(job, number, copy, paths, existing: surveys.map(\.size), seed: seed)
    for (place, path) in paths.enumerated() {
      let region = plan.layout.regions[place]
      try need(path, surveys[place], region.offset + region.size, job)
      try DirectAccess.check(job, path, offset: region.offset, surveys[place])
    }
    copies.append(plan)
  }

  private mutating func need(_ path: String, _ survey: FileSurvey, _ size: Int, _ job: IOJob) throws {
    if survey.kind == .blockDevice, size > survey.size {
      throw IOFailure(
        ENOSPC,
        "job '\(job.name)', \(path): \(size) bytes are asked for, the device has \(survey.size)"
          + " (lower size or offset)")
    }
    if let known = index[path] {
      files[known].size = max(files[known].size, size)
      if job.pattern.writes { files[known].isWritten = true }
      return
    }
    index[path] = files.count
    files.append(
      NeededFile(
        path: path, size: size, survey: survey, isWritten: job.pattern.writes, allocation: job.allocation,
        job: job.name))
  }
}
