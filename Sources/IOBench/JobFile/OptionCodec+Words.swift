extension OptionCodec where Value == AccessPattern {
  static var accessPattern: Self {
    let trims = ["trim", "randtrim", "trimwrite", "randtrimwrite"]
    let plain = choice(
      also: ["readwrite": .rw],
      refused: Dictionary(
        uniqueKeysWithValues: trims.map { ($0, "trim is not supported: it discards what the device holds") }))
    return OptionCodec(
      kind: plain.kind,
      read: { text, current, kbBase in
        let word = text.prefix { $0 != ":" }
        guard word.count == text.count else {
          throw OptionError("a gap or run length after ':' is not supported: write rw=\(word)")
        }
        return try plain.read(text, current, kbBase)
      }, show: plain.show)
  }
}

extension OptionCodec where Value == IOEngineKind {
  static var engine: Self {
    let others = [
      "vsync", "pvsync", "posixaio", "solarisaio", "windowsaio", "splice", "netsplice", "sg", "net", "cpuio",
      "rdma", "falloc", "ftruncate", "e4defrag", "rados", "rbd", "http", "gfapi", "gfapi_async", "libhdfs",
      "mtd",
      "filecreate", "filestat", "filedelete", "filerename", "dircreate", "dirstat", "dirdelete", "libiscsi",
      "nbd",
      "libcufile", "libhipfile", "dfs", "nfs", "exec", "xnvme", "libblkio", "io_uring_cmd", "libzbc",
      "ime_psync",
      "ime_psyncv", "ime_aio", "cpp_null", "page_fault", "external", "rocksdb", "pmemblk", "binject",
      "fusion-aw-sync",
      "guasi",
    ]
    let known = IOEngineKind.allCases.map(\.rawValue).joined(separator: ", ")
    var refused = Dictionary(
      uniqueKeysWithValues: others.map { ($0, "fio's engine \($0) is not supported (here: \(known))") })
    refused["dev-dax"] =
      "dev-dax is not supported: a raw device has no files; use ioengine=libpmem on a DAX file system"
    let plain = choice(refused: refused)
    return OptionCodec(
      kind: plain.kind,
      read: { text, current, kbBase in
        // `external:/path/engine.so` is fio's way to load one.
        try plain.read(text.hasPrefix("external:") ? "external" : text, current, kbBase)
      }, show: plain.show)
  }
}

extension OptionCodec where Value == VerifyKind {
  static var verify: Self {
    let others = [
      "md5", "crc64", "crc32", "crc16", "crc7", "sha1", "sha256", "sha512", "sha3-224", "sha3-256",
      "sha3-384",
      "sha3-512", "xxhash", "meta", "pattern_hdr", "null",
    ]
    return choice(
      also: ["crc32c-intel": .crc32c],
      refused: Dictionary(
        uniqueKeysWithValues: others.map { ($0, "verify=\($0) is not supported: use crc32c or pattern") }))
  }
}
