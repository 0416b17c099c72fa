import CSystemIO
import Glibc

/// What an object's entry in the pool's directory is.
enum PoolState: UInt8 {
  case free = 0
  /// Being written by its owner.
  case claimed = 1
  case finished = 2
  case published = 3
  /// Its granules are being given back; `owner` is the process id of who does it.
  case freeing = 4
  case log = 5
  case value = 6
}

/// One state word: state, 24 bits of the visible name's hash, and the owner, changed together by one swap.
struct PoolWord: Equatable {
  var raw: UInt64

  init(raw: UInt64) { self.raw = raw }

  init(_ state: PoolState, name: String, owner: UInt32) {
    self.init(state, tag: Self.tag(name), owner: owner)
  }

  init(_ state: PoolState, tag: UInt64, owner: UInt32) {
    raw = UInt64(state.rawValue) | tag << 8 | UInt64(owner) << 32
  }

  var state: PoolState { PoolState(rawValue: UInt8(truncatingIfNeeded: raw)) ?? .free }
  var tag: UInt64 { (raw >> 8) & 0xff_ffff }
  var owner: UInt32 { UInt32(truncatingIfNeeded: raw >> 32) }

  static func tag(_ name: String) -> UInt64 { ObjectName.hash(name) >> 40 }
}

extension SharedPool {
  /// Offsets in an entry of ``entrySize`` bytes.
  enum EntryOffset {
    static let attempt = 0
    static let final = 120
    static let attemptLength = 240
    static let finalLength = 241
    /// The granules that the object may own lie in `low..<high`.
    static let low = 244
    static let high = 248
    /// Which part of a log it is.
    static let part = 252
    /// Bytes of a log's part that hold whole records.
    static let tail = 256
  }

  /// Record locks, one byte each.
  enum LockByte {
    static let publish: Int64 = 0
    static let values: Int64 = 1
    static let logs: Int64 = 2
  }

  func entry(_ index: Int) -> UnsafeMutableRawPointer { base + Self.entriesOffset + index * Self.entrySize }
  func wordAddress(_ index: Int) -> UnsafeMutableRawPointer { base + Self.wordsOffset + index * 8 }
  func word(_ index: Int) -> PoolWord { PoolWord(raw: mb_load_u64(wordAddress(index))) }

  func swapWord(_ index: Int, _ old: PoolWord, _ new: PoolWord) -> Bool {
    guard mb_swap_u64(wordAddress(index), old.raw, new.raw) != 0 else { return false }
    medium.persist(wordAddress(index), 8)
    return true
  }

  var usedEntries: Int {
    min(Self.entryCount, Int(truncatingIfNeeded: mb_load_u64(base + HeaderOffset.usedEntries)))
  }

  /// The name under which an entry in `state` can be found.
  func visibleName(_ index: Int, _ state: PoolState) -> UnsafeRawBufferPointer {
    let isFinal = state == .published
    let length = entry(index).load(
      fromByteOffset: isFinal ? EntryOffset.finalLength : EntryOffset.attemptLength, as: UInt8.self)
    return UnsafeRawBufferPointer(
      start: entry(index) + (isFinal ? EntryOffset.final : EntryOffset.attempt),
      count: min(Int(length), ObjectName.longest))
  }

  func isNamed(_ index: Int, _ state: PoolState, _ name: String) -> Bool {
    let visible = visibleName(index, state)
    return visible.count == name.utf8.count && visible.elementsEqual(name.utf8)
  }

  private func setName(_ index: Int, at offset: Int, lengthAt: Int, _ name: String) {
    let target = entry(index) + offset
    for (k, byte) in name.utf8.enumerated() { target.storeBytes(of: byte, toByteOffset: k, as: UInt8.self) }
    entry(index).storeBytes(of: UInt8(name.utf8.count), toByteOffset: lengthAt, as: UInt8.self)
  }

  /// The entry that `name` names in one of `states`, or nil.
  func find(_ name: String, _ states: Set<PoolState>) -> Int? {
    let tag = PoolWord.tag(name)
    for index in 0..<usedEntries {
      let seen = word(index)
      guard seen.tag == tag, states.contains(seen.state) else { continue }
      // The entry may have changed hands while its name was read.
      if isNamed(index, seen.state, name), word(index) == seen { return index }
    }
    return nil
  }

  /// A new entry in state `claimed`, found by `name`.
  func claimEntry(_ name: String, owner: UInt32) throws -> Int {
    if find(name, [.claimed, .finished, .published]) != nil {
      throw StorageError(.exists, "create \(self.name):\(name): an object of this name exists")
    }
    return try newEntry(name, owner: owner)
  }

  func newEntry(_ name: String, owner: UInt32) throws -> Int {
    let claimed = PoolWord(.claimed, name: name, owner: owner)
    let free = PoolWord(raw: 0)
    for index in 0..<Self.entryCount where mb_load_u64(wordAddress(index)) == 0 {
      // The count first: an entry behind it would not be found by who reclaims.
      var used = mb_load_u64(base + HeaderOffset.usedEntries)
      while used <= UInt64(index) {
        _ = mb_swap_u64(base + HeaderOffset.usedEntries, used, UInt64(index + 1))
        used = mb_load_u64(base + HeaderOffset.usedEntries)
      }
      guard swapWord(index, free, claimed) else { continue }
      entry(index).initializeMemory(as: UInt8.self, repeating: 0, count: Self.entrySize)
      entry(index).storeBytes(of: UInt32.max, toByteOffset: EntryOffset.low, as: UInt32.self)
      setName(index, at: EntryOffset.attempt, lengthAt: EntryOffset.attemptLength, name)
      return index
    }
    throw StorageError(
      .noSpace,
      "create \(self.name):\(name): all \(Self.entryCount) entries of the pool's directory are in use "
        + "(fewer maps or reducers, or layout segment)")
  }

  /// Closes a claimed entry: it can be read under its attempt's name, and published.
  func finish(_ index: Int, owner: UInt32) throws {
    let seen = word(index)
    medium.persist(entry(index), Self.entrySize)
    guard seen.state == .claimed, seen.owner == owner,
      swapWord(index, seen, PoolWord(.finished, tag: seen.tag, owner: owner))
    else { throw StorageError(.invalid, "finish an object of \(name): its owner was reclaimed") }
  }

  func publish(_ attempt: String, as final: String) throws {
    try ObjectName.validate(final)
    try locked(LockByte.publish) {
      guard let index = find(attempt, [.finished]) else {
        throw StorageError(
          .missing, "publish \(name):\(attempt) as \(final): no finished object of this name")
      }
      if attempt != final, find(final, [.published, .finished]) != nil {
        throw StorageError(.exists, "publish \(name):\(attempt) as \(final): the name is taken")
      }
      let seen = word(index)
      setName(index, at: EntryOffset.final, lengthAt: EntryOffset.finalLength, final)
      medium.persist(entry(index), Self.entrySize)
      guard seen.state == .finished,
        swapWord(index, seen, PoolWord(.published, name: final, owner: seen.owner))
      else {
        throw StorageError(.missing, "publish \(name):\(attempt) as \(final): it was deleted meanwhile")
      }
    }
  }

  /// Frees an entry and its granules; false where somebody else does or did.
  @discardableResult
  func free(_ index: Int, seen: PoolWord) -> Bool {
    let mine = PoolWord(.freeing, tag: seen.tag, owner: UInt32(bitPattern: getpid()))
    guard swapWord(index, seen, mine) else { return false }
    releaseGranules(of: index)
    entry(index).storeBytes(of: 0, toByteOffset: EntryOffset.attemptLength, as: UInt16.self)
    return swapWord(index, mine, PoolWord(raw: 0))
  }

  func delete(_ name: String) throws {
    guard let index = find(name, [.finished, .published]) else {
      throw StorageError(.missing, "delete \(self.name):\(name): no such object")
    }
    let seen = word(index)
    guard seen.state == .finished || seen.state == .published, isNamed(index, seen.state, name) else {
      throw StorageError(.missing, "delete \(self.name):\(name): deleted meanwhile")
    }
    free(index, seen: seen)
  }

  func list(prefix: String) -> [String] {
    var names: [String] = []
    for index in 0..<usedEntries where word(index).state == .published {
      let seen = word(index)
      let found = visibleName(index, .published)
      guard found.starts(with: prefix.utf8) else { continue }
      let text = String(decoding: found, as: UTF8.self)
      if word(index) == seen, seen.state == .published { names.append(text) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Frees what `owner` claimed or finished but nobody published, and what a killed process was freeing.
  func reclaim(owner: UInt32) {
    for index in 0..<usedEntries {
      let seen = word(index)
      switch seen.state {
      case .claimed, .finished:
        if seen.owner == owner { free(index, seen: seen) }
      case .freeing:
        if kill(pid_t(bitPattern: seen.owner), 0) != 0, errno == ESRCH { free(index, seen: seen) }
      case .free, .published, .log, .value: break
      }
    }
  }
}
