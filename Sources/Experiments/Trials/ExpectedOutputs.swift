import Foundation
import MapReduce
import Reports
import Metrics

/// Digests of right outputs, found once for each dataset (or pair of tables) and workload and kept beside the datasets.
struct ExpectedOutputs {
  let folder: String

  func digest(of workload: Workload, _ datasets: [Dataset], goesOn: () -> Bool) throws -> String {
    let factors = workload.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let key = ([workload.name] + factors).joined(separator: ";")
    let data = datasets.map(\.manifest.digest).joined(separator: "+")
    let name = "\(folder)/\(data)-\(String(stableHash(key), radix: 16))"
    let header = "marvel-bench expected output \(ReferenceOutput.version)\n\(key)\n"
    if let text = TextFile.read(name), text.hasPrefix(header), text.hasSuffix("\n") {
      return text.dropFirst(header.count).trimmingCharacters(in: .newlines)
    }
    // The larger table comes first in a cell, and last among a workload's roles.
    let paths = datasets.reversed().map { (0..<$0.manifest.blockCount).map($0.blockPath) }
    let digest = try ReferenceOutput.digest(of: workload, paths: paths, goesOn: goesOn).text
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data((header + digest + "\n").utf8).write(to: URL(fileURLWithPath: name), options: .atomic)
    return digest
  }

  private func stableHash(_ text: String) -> UInt64 { KeyHash.of(Array(text.utf8)) }
}
