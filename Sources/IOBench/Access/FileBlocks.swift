/// The blocks of a copy's files: which one comes next in each file.
///
/// A cursor walks one file in one direction, or both directions where they share what is still to be visited. It allocates
/// in `init` alone.
struct FileBlocks: ~Copyable {
  private let cursors: UnsafeMutablePointer<BlockCursor>
  private let skews: UnsafeMutablePointer<SkewedBlocks>?
  private let isDone: UnsafeMutablePointer<Bool>
  private let fileCount: Int
  private var filesLeft: Int
  /// Cursors a file: 2 where reads and writes have their own.
  private let lanes: Int
  private let order: Order
  private let seed: UInt64

  private enum Order { case sequential, permuted, uniform, skewed }

  init(_ job: IOJob, layout: FileLayout, seed: UInt64) {
    self.seed = seed
    let count = layout.regions.count
    fileCount = count
    filesLeft = count
    order =
      switch (job.pattern.isRandom, job.distribution, job.noRandomMap) {
      case (false, _, _): .sequential
      case (true, .random, false): .permuted
      case (true, .random, true): .uniform
      case (true, _, _): .skewed
      }
    let isMixed = job.pattern.reads && job.pattern.writes
    let isSequential = order == .sequential
    lanes = isMixed && (isSequential || job.blockSize.read != job.blockSize.write) ? 2 : 1
    cursors = .allocate(capacity: count * lanes)
    isDone = .allocate(capacity: count)
    isDone.initialize(repeating: false, count: count)
    var skewed: [SkewedBlocks] = []
    for (file, region) in layout.regions.enumerated() {
      for lane in 0..<lanes {
        let isWrite = job.pattern.reads ? lane == 1 : true
        let size = isWrite ? job.blockSize.write : job.blockSize.read
        let whole = region.size / size
        // A sequential pass also takes the block that crosses the region's end, if the file goes on that far.
        let crossing =
          isSequential && region.size % size > 0 && region.fileSize - region.offset >= (whole + 1) * size
        let blocks = crossing ? whole + 1 : whole
        (cursors + file * lanes + lane).initialize(
          to: BlockCursor(base: region.offset, blockSize: size, count: blocks))
        if order == .skewed {
          let key = RandomWords.mixed(seed &+ UInt64(file * 2 + lane))
          skewed.append(SkewedBlocks(job.distribution, count: max(1, blocks), key: key)!)
        }
      }
    }
    if order == .skewed {
      let copied = UnsafeMutablePointer<SkewedBlocks>.allocate(capacity: skewed.count)
      copied.initialize(from: skewed, count: skewed.count)
      skews = copied
    } else {
      skews = nil
    }
    restart(pass: 0)
  }

  deinit {
    cursors.deallocate()
    isDone.deallocate()
    skews?.deallocate()
  }

  /// The next block of a file; nil where it is through.
  @inline(__always)
  func next(_ file: Int, isWrite: Bool, _ random: inout RandomWords) -> AccessRequest? {
    if isDone[file] { return nil }
    let index = lanes == 1 ? file : file &* 2 &+ (isWrite ? 1 : 0)
    let cursor = cursors + index
    let block: UInt64
    switch order {
    case .sequential:
      let next = cursor.pointee.position
      guard next < cursor.pointee.count else { return nil }
      cursor.pointee.position = next &+ 1
      block = next
    case .permuted:
      guard let next = cursor.pointee.permutation.next() else { return nil }
      block = next
    case .uniform:
      guard cursor.pointee.count > 0 else { return nil }
      block = random.below(cursor.pointee.count)
    case .skewed:
      guard cursor.pointee.count > 0 else { return nil }
      block = skews.unsafelyUnwrapped[index].next(&random)
    }
    let size = cursor.pointee.blockSize
    return AccessRequest(
      offset: cursor.pointee.base &+ Int(truncatingIfNeeded: block) &* size, length: size, file: file,
      isWrite: isWrite)
  }

  /// Takes a file from its start again, in a time-based copy: always if its order is random, and a sequential one where it
  /// is the only file.
  ///
  /// - Returns: False where the file holds no block or waits for the others.
  func wraps(_ file: Int, isWrite: Bool, pass: Int) -> Bool {
    guard !isDone[file] else { return false }
    let index = lanes == 1 ? file : file * 2 + (isWrite ? 1 : 0)
    guard cursors[index].count > 0, order != .sequential || fileCount == 1 else { return false }
    restart(index)
    return true
  }

  /// Leaves a file out until the next pass.
  ///
  /// - Returns: Whether another file is left.
  mutating func finish(_ file: Int) -> Bool {
    if !isDone[file] {
      isDone[file] = true
      filesLeft -= 1
    }
    return filesLeft > 0
  }

  /// All files from their start.
  mutating func restart(pass: Int) {
    isDone.update(repeating: false, count: fileCount)
    filesLeft = fileCount
    for index in 0..<(fileCount * lanes) { restart(index) }
  }

  private func restart(_ index: Int) {
    let cursor = cursors + index
    cursor.pointee.position = 0
    cursor.pointee.begun &+= 1
    guard order == .permuted else { return }
    // Each pass over each file has an order of its own.
    let key = RandomWords.mixed(RandomWords.mixed(seed &+ UInt64(index)) &+ UInt64(cursor.pointee.begun))
    cursor.pointee.permutation = BlockPermutation(count: Int(cursor.pointee.count), key: key)
  }
}

/// Where one walk over one file stands.
private struct BlockCursor {
  /// The first byte.
  let base: Int
  let blockSize: Int
  let count: UInt64
  /// In sequence.
  var position: UInt64 = 0
  var permutation = BlockPermutation(count: 0, key: 0)
  /// Passes begun.
  var begun = 0

  init(base: Int, blockSize: Int, count: Int) {
    self.base = base
    self.blockSize = blockSize
    self.count = UInt64(count)
  }
}
