// swift-tools-version: 6.1
import PackageDescription

// The modules from the top floor down; each imports only those below it, which the build checks
// (`--explicit-target-dependency-import-check error` in the Makefile, and MemberImportVisibility here).
let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
  name: "marvel-bench",
  products: [.executable(name: "marvel-bench", targets: ["marvel-bench"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .executableTarget(
      name: "marvel-bench",
      dependencies: [
        "Experiments", "Reports", "IOBench", "MapReduce", "Functions", "Storage", "Metrics", "CSystemIO",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),
    .target(
      name: "Experiments",
      dependencies: [
        "Reports", "IOBench", "MapReduce", "Functions", "Storage", "Metrics", "CSystemIO",
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: settings),
    .target(
      name: "Reports",
      dependencies: ["IOBench", "MapReduce", "Functions", "Storage", "Metrics"], swiftSettings: settings),
    .target(
      name: "IOBench",
      dependencies: [
        "Functions", "Storage", "Metrics", "CSystemIO",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ], swiftSettings: settings),
    .target(
      name: "MapReduce", dependencies: ["Functions", "Storage", "Metrics", "CSystemIO"],
      swiftSettings: settings),
    .target(name: "Functions", dependencies: ["Metrics", "CSystemIO"], swiftSettings: settings),
    .target(name: "Storage", dependencies: ["Metrics", "CSystemIO"], swiftSettings: settings),
    .target(name: "Metrics", dependencies: ["CSystemIO"], swiftSettings: settings),
    // The shim for what Swift cannot import; `_GNU_SOURCE` stays in its .c files.
    .target(
      name: "CSystemIO",
      linkerSettings: [.linkedLibrary("aio"), .linkedLibrary("uring"), .linkedLibrary("pcre2-8")]),
    // The bare C program that `bench platform` is measured against.
    .executableTarget(name: "pingpong-reference"),
    .testTarget(
      name: "MetricsTests", dependencies: ["Metrics", "CSystemIO"], swiftSettings: settings),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "Metrics", "CSystemIO"], swiftSettings: settings),
    .testTarget(
      name: "FunctionsTests",
      dependencies: ["Functions", "Metrics", "CSystemIO", "marvel-bench", "pingpong-reference"],
      swiftSettings: settings),
    .testTarget(
      name: "MapReduceTests",
      dependencies: ["MapReduce", "Functions", "Storage", "Metrics", "CSystemIO"],
      swiftSettings: settings),
    .testTarget(
      name: "IOBenchTests",
      dependencies: ["IOBench", "Functions", "Storage", "Metrics", "CSystemIO", "marvel-bench"],
      swiftSettings: settings),
    .testTarget(
      name: "ReportsTests", dependencies: ["Reports", "MapReduce", "Storage", "Metrics"],
      swiftSettings: settings),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: ["Experiments", "Reports", "IOBench", "MapReduce", "Storage", "Metrics"],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests",
      dependencies: ["marvel-bench", "MapReduce", "Functions", "Storage", "Metrics", "CSystemIO"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
