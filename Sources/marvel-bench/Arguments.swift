import ArgumentParser
import Functions
import MapReduce
import Metrics

/// A size as people write it (`64MiB`), on the command line.
struct SizeArgument: ExpressibleByArgument {
  var bytes: Int
  init?(argument: String) {
    guard let bytes = ByteSize.parse(argument) else { return nil }
    self.bytes = bytes
  }
}

// The choices of options are the words of the modules that they are for.
extension Plan: ExpressibleByArgument {}
extension RecordEncoding: ExpressibleByArgument {}
extension Layout: ExpressibleByArgument {}
extension GrepMatch: ExpressibleByArgument {}
extension PoolOptions.Starts: ExpressibleByArgument {}
