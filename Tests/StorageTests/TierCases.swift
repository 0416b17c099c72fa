import Glibc
import Testing

@testable import Storage

/// Every tier and access that the contract holds for.
enum TierCase: String, CaseIterable, CustomTestStringConvertible {
  case dram

  var testDescription: String { rawValue }

  var configuration: TierConfiguration {
    switch self {
    case .dram: TierConfiguration(.dram, capacity: 64 << 20)
    }
  }
}

/// A tier opened as a controller does, and as a worker does.
final class TierFixture {
  let host: TierHost
  var tier: any Tier { host.tier }

  init(_ tierCase: TierCase, _ change: (inout TierConfiguration) -> Void = { _ in }) throws {
    var configuration = tierCase.configuration
    change(&configuration)
    host = try TierHost.open(configuration)
  }

  func worker() throws -> any Tier { try openTier(host.descriptor, fileDescriptors: host.fileDescriptors) }
}
