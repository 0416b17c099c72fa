import Glibc
import IOBench
import Storage

/// On what an I/O job worked: the tier, what it lies on, and whether it is the real thing.
public struct IOOrigin: Equatable, Sendable {
  /// `pmem`, `ssd` or `dram`; `none` where no byte is moved.
  public var tier: String
  /// `measured` or `emulated`; empty where no byte is moved.
  public var provenance: String
  /// Of the block device; empty where there is none.
  public var device: String
  public var filesystem: String

  public init(tier: String, provenance: String, device: String = "", filesystem: String = "") {
    self.tier = tier
    self.provenance = provenance
    self.device = device
    self.filesystem = filesystem
  }

  /// Of a job, by its engine and the first of its files; a file that is gone is judged by its folder.
  ///
  /// `libpmem` is persistent memory, emulated unless the file system is DAX. Other engines are what their files lie on:
  /// DAX is `pmem`, tmpfs `dram`, everything else `ssd`, emulated where no block device is under it.
  public init(engine: IOEngineKind, file: String) {
    guard engine != .null else {
      self.init(tier: "none", provenance: "")
      return
    }
    var status = stat()
    if stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFBLK {
      let name = file.split(separator: "/").last.map(String.init) ?? file
      self.init(tier: "ssd", provenance: "measured", device: name, filesystem: "none")
      return
    }
    let slash = file.lastIndex(of: "/")
    let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    guard let device = try? StorageDevice(folder: folder) else {
      self.init(tier: engine == .libpmem ? "pmem" : "ssd", provenance: "emulated")
      return
    }
    self.init(engine: engine, on: device)
  }

  init(engine: IOEngineKind, on device: StorageDevice) {
    let isPersistent = device.dax
    tier = engine == .libpmem || isPersistent ? "pmem" : device.kind == .memory ? "dram" : "ssd"
    provenance =
      switch tier {
      case "pmem": isPersistent ? "measured" : "emulated"
      case "dram": "measured"
      default: device.provenance.text
      }
    self.device = device.device ?? ""
    filesystem = device.filesystem
  }
}
