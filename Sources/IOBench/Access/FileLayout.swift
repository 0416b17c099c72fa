/// The part of one file that a copy works on.
public struct FileRegion: Equatable, Sendable {
  /// Its first byte.
  public var offset: Int
  /// Bytes from there.
  public var size: Int
  /// Bytes that the file must have: at least `offset + size`, more where it exists and is larger.
  public var fileSize: Int

  public init(offset: Int, size: Int, fileSize: Int) {
    self.offset = offset
    self.size = size
    self.fileSize = fileSize
  }
}

/// Where in its files a copy works, and how much of them in one pass: what `size`, `filesize`, `nrfiles`, `offset`,
/// `offset_increment` and `io_size` come to.
///
/// Source: fio 3.33 `filesetup.c`, `setup_files` and `get_start_offset`.
public struct FileLayout: Equatable, Sendable {
  /// One a file, in their order.
  public var regions: [FileRegion]
  /// Bytes of one pass.
  public var passSize: Int
  /// Bytes after which the copy ends, all passes together, as `io_size` (or else `size`) and `loops` say.
  public var totalSize: Int
  /// The same without `loops`.
  let singleSize: Int

  /// - Parameters:
  ///   - copy: Which of the job's copies, from 0: `offset_increment` counts by it.
  ///   - existing: Bytes of each of the job's files as it is found; 0 for one that is not there.
  ///   - seed: Draws the sizes where `filesize` is a range.
  /// - Throws: ``JobFileError`` where no size is given or found, an offset lies behind the file, or no file holds a block.
  public init(_ job: IOJob, copy: Int, existing: [Int], seed: UInt64) throws {
    precondition(existing.count == job.fileCount)
    let wrong = { (message: String) in JobFileError(job.place, "job '\(job.name)': \(message)") }
    let block = job.smallestBlock
    var random = RandomWords(seed: seed)
    var given: Int? = nil
    if case .bytes(let bytes)? = job.size { given = bytes }
    if given == nil, job.fileSizes == nil, existing.allSatisfy({ $0 == 0 }) {
      throw wrong("give a size: there are no files yet whose size could be taken")
    }
    // What does not divide evenly makes the first files larger, in whole blocks.
    var share = 0
    var extraBlocks = 0
    if job.fileSizes == nil, let given {
      share = given / job.fileCount
      extraBlocks = (given - share * job.fileCount) / block
    }
    regions = []
    var total = 0
    for found in existing {
      let start = try job.start(copy: copy, fileSize: found, block: block)
      var size: Int
      if let sizes = job.fileSizes {
        let end =
          (sizes.smallest...sizes.largest).contains(found) ? found : sizes.drawn(&random, block: block)
        size = end - start
      } else {
        size = share
        if extraBlocks > 0 {
          extraBlocks -= 1
          size += block
        }
        if size == 0 { size = found - start }
      }
      guard size >= 0 else {
        throw wrong("offset \(start) lies behind the end of a file of \(size + start) bytes")
      }
      guard start <= Int.max - size else { throw wrong("offset and size are too large together") }
      if case .percent(let percent)? = job.size, percent != 100 {
        let part = Self.percent(percent, of: size + start)
        size = min(part, size)
        size -= size % block
      }
      regions.append(FileRegion(offset: start, size: size, fileSize: max(found, start + size)))
      var transferred = size
      if case .percent(let percent)? = job.ioSize { transferred = Self.percent(percent, of: size) }
      let (sum, overflow) = total.addingReportingOverflow(transferred)
      guard !overflow else { throw wrong("the sizes of all files are too large together") }
      total = sum
    }
    passSize = given.map { total == 0 ? $0 : min($0, total) } ?? total
    let largest = regions.map(\.size).max() ?? 0
    guard largest >= block else {
      throw wrong("no file holds a block: bs is \(block), the largest part of a file is \(largest) bytes")
    }
    if case .bytes(let bytes)? = job.ioSize { singleSize = bytes } else { singleSize = passSize }
    let (product, overflow) = singleSize.multipliedReportingOverflow(by: job.loops)
    totalSize = overflow ? Int.max : product
  }

  private static func percent(_ percent: Int, of size: Int) -> Int {
    // Both parts are exact, and nothing overflows.
    size / 100 * percent + size % 100 * percent / 100
  }
}

extension IOJob {
  /// The smallest block of the directions that the job has.
  var smallestBlock: Int {
    pattern.reads ? pattern.writes ? min(blockSize.read, blockSize.write) : blockSize.read : blockSize.write
  }

  var largestBlock: Int {
    pattern.reads ? pattern.writes ? max(blockSize.read, blockSize.write) : blockSize.read : blockSize.write
  }

  /// Where a copy begins in a file; percentages are rounded up to a block.
  fileprivate func start(copy: Int, fileSize: Int, block: Int) throws -> Int {
    var isAligned = false
    func bytes(_ amount: FileAmount) -> Int {
      switch amount {
      case .bytes(let bytes): return bytes
      case .percent(let percent):
        isAligned = true
        return fileSize / 100 * percent + fileSize % 100 * percent / 100
      }
    }
    let (advance, overflow) = bytes(offsetIncrement).multipliedReportingOverflow(by: copy)
    let (start, overflowing) = bytes(offset).addingReportingOverflow(advance)
    guard !overflow, !overflowing, start <= Int.max - block else {
      throw JobFileError(place, "job '\(name)': the offset of copy \(copy) is too large")
    }
    return isAligned ? (start + block - 1) / block * block : start
  }
}

extension FileSizes {
  /// A size of the range, in whole blocks where it is one.
  fileprivate func drawn(_ random: inout RandomWords, block: Int) -> Int {
    guard smallest < largest else { return smallest }
    let size = smallest + Int(random.below(UInt64(largest - smallest)))
    return max(smallest, size - size % block)
  }
}
