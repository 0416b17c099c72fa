import CSystemIO
import Glibc

// The engines that are one system call a request. A call that a signal interrupts is begun again.

/// `psync`: pread and pwrite.
struct PsyncEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }
  private let files: FileTable

  init(_ setup: EngineSetup) { files = FileTable(setup.files) }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    let descriptor = files[request.file]
    while true {
      let count =
        request.isWrite
        ? pwrite(descriptor, request.buffer, request.length, request.offset)
        : pread(descriptor, request.buffer, request.length, request.offset)
      if count >= 0 { return count }
      if errno != EINTR { return -Int(errno) }
    }
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { files.sync(file, dataOnly: dataOnly) }
}

/// `sync`: lseek where the file does not stand there yet, then read or write.
struct SyncEngine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }
  private let files: FileTable
  /// Where each file stands; -1 where nobody knows.
  private var positions: [Int]

  init(_ setup: EngineSetup) {
    files = FileTable(setup.files)
    positions = Array(repeating: -1, count: setup.files.count)
  }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    let descriptor = files[request.file]
    if positions[request.file] != request.offset {
      guard lseek(descriptor, request.offset, SEEK_SET) >= 0 else { return -Int(errno) }
    }
    while true {
      let count =
        request.isWrite
        ? write(descriptor, request.buffer, request.length)
        : read(descriptor, request.buffer, request.length)
      positions[request.file] = count >= 0 ? request.offset &+ count : -1
      if count >= 0 { return count }
      if errno != EINTR { return -Int(errno) }
    }
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { files.sync(file, dataOnly: dataOnly) }
}

/// `pvsync2`: preadv2 and pwritev2 of one buffer, without flags.
struct Pvsync2Engine: RequestEngine, ~Copyable {
  static var isImmediate: Bool { true }
  private let files: FileTable

  init(_ setup: EngineSetup) { files = FileTable(setup.files) }

  @inline(__always)
  mutating func queue(_ request: borrowing Request, tag: Int) -> Int {
    let descriptor = files[request.file]
    while true {
      let count =
        request.isWrite
        ? mb_write_vector(descriptor, request.buffer, request.length, Int64(request.offset))
        : mb_read_vector(descriptor, request.buffer, request.length, Int64(request.offset))
      if count != -Int64(EINTR) { return Int(count) }
    }
  }

  mutating func sync(file: Int, dataOnly: Bool) -> Int { files.sync(file, dataOnly: dataOnly) }
}

/// Descriptors by index.
struct FileTable: ~Copyable {
  private let descriptors: UnsafeMutablePointer<Int32>

  init(_ files: [EngineFile]) {
    descriptors = .allocate(capacity: max(1, files.count))
    for (index, file) in files.enumerated() { descriptors[index] = file.descriptor }
  }

  deinit { descriptors.deallocate() }

  @inline(__always)
  subscript(index: Int) -> Int32 { descriptors[index] }

  func sync(_ index: Int, dataOnly: Bool) -> Int {
    while true {
      let result = dataOnly ? fdatasync(descriptors[index]) : fsync(descriptors[index])
      if result == 0 { return 0 }
      if errno != EINTR { return -Int(errno) }
    }
  }
}
