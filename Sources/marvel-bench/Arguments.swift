import ArgumentParser
import Functions
import MapReduce
import Metrics
import Storage

/// A size as people write it (`64MiB`), on the command line.
struct SizeArgument: ExpressibleByArgument {
  var bytes: Int
  init?(argument: String) {
    guard let bytes = ByteSize.parse(argument) else { return nil }
    self.bytes = bytes
  }

  var defaultValueDescription: String { ByteSize.text(bytes).replacing(" ", with: "") }
}

/// A tier that can be the real thing or not: any but the user's own files.
struct RealTierArgument: ExpressibleByArgument {
  var kind: TierKind
  init?(argument: String) {
    guard let kind = TierKind(rawValue: argument), kind != .file else { return nil }
    self.kind = kind
  }

  static var allValueStrings: [String] { TierKind.allCases.filter { $0 != .file }.map(\.rawValue) }
}

/// What `--tier pmem=/mnt/pmem0` says: where a tier lives.
struct TierPlace {
  var kind: TierKind
  var folders: [String]

  /// - Throws: `ValidationError` for what is no tier with folders.
  init(_ setting: String) throws {
    let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let kind = TierKind(rawValue: parts[0]), kind == .pmem || kind == .ssd else {
      throw ValidationError("--tier \(setting): write it as pmem=/mnt/pmem0 or ssd=/mnt/nvme0")
    }
    self.kind = kind
    folders = parts[1].split(separator: ",").map(String.init)
  }
}

// The choices of options are the words of the modules that they are for.
extension Plan: ExpressibleByArgument {}
extension RecordEncoding: ExpressibleByArgument {}
extension Layout: ExpressibleByArgument {}
extension GrepMatch: ExpressibleByArgument {}
extension PoolOptions.Starts: ExpressibleByArgument {}
extension TableScale: ExpressibleByArgument {}
