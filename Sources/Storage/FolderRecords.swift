import CSystemIO
import Glibc

/// Logs and values of a folder tier: a file each in `records/`, changed under a lock that dies with its process.
///
/// A log is a sequence of records, each its length and its CRC32C (`UInt32`, little-endian) and its bytes. A value
/// is its version (`UInt64`), the CRC32C of version and bytes, and the bytes; it is replaced by a rename.
extension FolderTier {
  private static let header = 8
  private static let largestValue = 4096

  private func recordPath(_ name: String, _ suffix: String) throws -> String {
    try ObjectName.validate(name)
    return "\(files.places[0].records)/\(ObjectName.fileName(name))\(suffix)"
  }

  func append(_ record: [UInt8], toLog name: String) throws {
    let path = try recordPath(name, ".log")
    let existed = access(path, F_OK) == 0
    let descriptor = mb_open(path, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE), 0)
    guard descriptor >= 0 else { throw StorageError.system("append to", files.label(name), -descriptor) }
    let file = FileHandle(descriptor)
    let locked = mb_lock_file(file.descriptor, 1)
    guard locked == 0 else { throw StorageError.system("lock", files.label(name), -locked) }
    // Whoever was killed in the middle of a record left a part of it: the next one takes its place.
    let end = try wholeRecords(file, name, from: logEnds[name] ?? 0) { _ in }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.header + record.count)
    withUnsafeBytes(of: UInt32(record.count).littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: record.withUnsafeBytes { crc32c($0) }.littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: record)
    guard ftruncate(file.descriptor, end) == 0 else {
      throw StorageError.system("append to", files.label(name), errno)
    }
    try writeWhole(file, bytes, at: end, name)
    if isDurable {
      guard fdatasync(file.descriptor) == 0 else {
        throw StorageError.system("fdatasync", files.label(name), errno)
      }
      if !existed { try synchronizeFolder(files.places[0].records) }
    }
    logEnds[name] = end + bytes.count
  }

  private func writeWhole(_ file: FileHandle, _ bytes: [UInt8], at offset: Int, _ name: String) throws {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(file.descriptor, $0.baseAddress! + done, bytes.count - done, offset + done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw StorageError.system(
          "write", files.label(name), count == 0 ? ENOSPC : errno, advice: spaceAdvice)
      }
      done += count
    }
  }

  /// Calls `body` with each whole record from `start` on, and returns where they end.
  private func wholeRecords(
    _ file: FileHandle, _ name: String, from start: Int, _ body: ([UInt8]) -> Void
  ) throws -> Int {
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else {
      throw StorageError.system("read", files.label(name), errno)
    }
    let size = Int(status.st_size)
    // A log that is shorter than it was is another one: it was deleted and made anew.
    var position = start <= size ? start : 0
    while position + Self.header <= size {
      let header = try readWhole(file, Self.header, at: position, name)
      let (length, checksum) = header.withUnsafeBytes {
        (
          Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))),
          UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        )
      }
      let next = position + Self.header + length
      guard next <= size else { break }
      let record = try readWhole(file, length, at: position + Self.header, name)
      guard record.withUnsafeBytes({ crc32c($0) }) == checksum else {
        // The last record may be torn; one with others behind it was damaged later.
        if next == size { break }
        throw StorageError(
          .corrupt, "read log \(files.label(name)): the record at \(position) does not have its checksum")
      }
      body(record)
      position = next
    }
    return position
  }

  private func readWhole(_ file: FileHandle, _ count: Int, at offset: Int, _ name: String) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(file.descriptor, buffer.baseAddress! + filled, count - filled, offset + filled)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { throw StorageError.system("read", files.label(name), got == 0 ? EIO : errno) }
        filled += got
      }
    }
  }

  func records(ofLog name: String) throws -> [[UInt8]] {
    let descriptor = mb_open(try recordPath(name, ".log"), 0, 0)
    if descriptor == -ENOENT { return [] }
    guard descriptor >= 0 else { throw StorageError.system("read", files.label(name), -descriptor) }
    let file = FileHandle(descriptor)
    let locked = mb_lock_file(file.descriptor, 1)
    guard locked == 0 else { throw StorageError.system("lock", files.label(name), -locked) }
    var records: [[UInt8]] = []
    _ = try wholeRecords(file, name, from: 0) { records.append($0) }
    return records
  }

  func value(of key: String) throws -> (version: UInt64, bytes: [UInt8])? {
    let descriptor = mb_open(try recordPath(key, ".value"), 0, 0)
    if descriptor == -ENOENT { return nil }
    guard descriptor >= 0 else { throw StorageError.system("read", files.label(key), -descriptor) }
    let file = FileHandle(descriptor)
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else {
      throw StorageError.system("read", files.label(key), errno)
    }
    let size = Int(status.st_size)
    let damaged = StorageError(.corrupt, "read value \(files.label(key)): it does not have its checksum")
    guard size >= 12, size <= 12 + Self.largestValue else { throw damaged }
    let content = try readWhole(file, size, at: 0, key)
    return try content.withUnsafeBytes { all in
      let version = UInt64(littleEndian: all.loadUnaligned(as: UInt64.self))
      let checksum = UInt32(littleEndian: all.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      let bytes = UnsafeRawBufferPointer(rebasing: all[12...])
      let found = crc32c(bytes, continuing: crc32c(UnsafeRawBufferPointer(rebasing: all[..<8])))
      guard found == checksum else { throw damaged }
      return (version, Array(bytes))
    }
  }

  func compareAndSwap(_ key: String, version: UInt64, value: [UInt8]) throws -> UInt64? {
    guard value.count <= Self.largestValue else {
      throw StorageError(
        .invalid, "set \(files.label(key)): \(value.count) bytes; a value has at most \(Self.largestValue)")
    }
    let path = try recordPath(key, ".value")
    let folder = files.places[0].records
    return try RunFolder.withParentLocked(folder) {
      let current = try self.value(of: key)
      guard current?.version ?? 0 == version else { return nil }
      let next = version + 1
      var content: [UInt8] = []
      withUnsafeBytes(of: next.littleEndian) { content.append(contentsOf: $0) }
      let seed = content.withUnsafeBytes { crc32c($0) }
      let checksum = value.withUnsafeBytes { crc32c($0, continuing: seed) }
      withUnsafeBytes(of: checksum.littleEndian) { content.append(contentsOf: $0) }
      content.append(contentsOf: value)
      let fresh = path + "~"
      unlink(fresh)
      let descriptor = mb_open(fresh, Int32(MB_OPEN_WRITE | MB_OPEN_CREATE | MB_OPEN_EXCLUSIVE), 0)
      guard descriptor >= 0 else { throw StorageError.system("set", files.label(key), -descriptor) }
      let file = FileHandle(descriptor)
      try writeWhole(file, content, at: 0, key)
      if isDurable, fdatasync(file.descriptor) != 0 {
        throw StorageError.system("fdatasync", files.label(key), errno)
      }
      guard rename(fresh, path) == 0 else { throw StorageError.system("set", files.label(key), errno) }
      if isDurable { try synchronizeFolder(folder) }
      return next
    }
  }
}
