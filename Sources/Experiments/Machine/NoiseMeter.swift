import Glibc
import Metrics
import Reports

/// Counters of the machine, read before and after a repeat: what else it did meanwhile.
struct NoiseMeter {
  private struct Reading {
    var processors = ProcessorTimes.now
    var quotaThrottled = NoiseMeter.quotaThrottledNanoseconds
    var thermal = NoiseMeter.thermalThrottles
    var swapped = Quiesce.swappedPages
    var frequency = NoiseMeter.meanFrequency
  }

  private let load = Environment.line("/proc/loadavg").flatMap { $0.split(separator: " ").first }.flatMap {
    Double($0)
  }
  private let before = Reading()

  /// - Parameter own: Nanoseconds of processor time that the run itself used meanwhile.
  func stop(own: Int) -> TrialNoise {
    let after = Reading()
    var noise = TrialNoise()
    noise.loadBefore = load
    noise.frequencyBefore = before.frequency
    noise.frequencyAfter = after.frequency
    if let processors = after.processors, let start = before.processors {
      let passed = processors - start
      noise.stealShare = passed.all > 0 ? Self.rounded(Double(passed.steal) / Double(passed.all)) : nil
      // Ticks are coarse: what the run used may exceed what they have counted.
      let other = max(0, passed.busy - own)
      noise.otherCPU = other
      noise.otherCPUShare = passed.all > 0 ? Self.rounded(Double(other) / Double(passed.all)) : nil
    }
    func difference(_ value: (Reading) -> Int?) -> Int? {
      guard let end = value(after), let start = value(before) else { return nil }
      return max(0, end - start)
    }
    noise.quotaThrottled = difference(\.quotaThrottled)
    noise.thermalThrottles = difference(\.thermal)
    noise.swappedPages = difference { $0.swapped }
    return noise
  }

  private static func rounded(_ share: Double) -> Double { (share * 10_000).rounded() / 10_000 }

  /// Mean over the processors, in MHz: what the governor says, or what the kernel's table says.
  private static var meanFrequency: Double? {
    var values: [Double] = []
    // Each file may ask its processor for the answer: a sample of a large machine is enough.
    for processor in 0..<min(16, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) {
      let path = "/sys/devices/system/cpu/cpu\(processor)/cpufreq/scaling_cur_freq"
      guard let kilohertz = Environment.line(path).flatMap({ Double($0) }) else { break }
      values.append(kilohertz / 1000)
    }
    if values.isEmpty {
      for line in (TextFile.read("/proc/cpuinfo") ?? "").split(separator: "\n")
      where line.hasPrefix("cpu MHz") {
        if let value = line.split(separator: ":").last.flatMap({ Double($0.filter { $0 != " " }) }) {
          values.append(value)
        }
      }
    }
    return values.isEmpty ? nil : (values.reduce(0, +) / Double(values.count)).rounded()
  }

  /// Of the tightest control group that counts it (`cpu.stat`); nil where none does.
  private static var quotaThrottledNanoseconds: Int? {
    for (controller, key, unit) in [("", "throttled_usec", 1000), ("cpu", "throttled_time", 1)] {
      for folder in ControlGroups.folders(controller) {
        for line in (TextFile.read(folder + "/cpu.stat") ?? "").split(separator: "\n") {
          let words = line.split(separator: " ")
          if words.count == 2, words[0] == key, let value = Int(words[1]) { return value * unit }
        }
      }
    }
    return nil
  }

  private static var thermalThrottles: Int? {
    var sum: Int?
    for processor in 0..<Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
      let folder = "/sys/devices/system/cpu/cpu\(processor)/thermal_throttle"
      for name in ["core_throttle_count", "package_throttle_count"] {
        guard let count = Environment.line("\(folder)/\(name)").flatMap({ Int($0) }) else { continue }
        sum = (sum ?? 0) + count
      }
      // Where the first processor has no such file, none has.
      if sum == nil { return nil }
    }
    return sum
  }
}

/// Time of all processors since the machine started, in nanoseconds.
struct ProcessorTimes: Equatable {
  var busy: Int
  var steal: Int
  var all: Int

  static var now: ProcessorTimes? { TextFile.read("/proc/stat").flatMap { ProcessorTimes($0) } }

  /// - Parameters:
  ///   - text: /proc/stat, whose first line is `cpu  user nice system idle iowait irq softirq steal guest guest_nice`;
  ///     what guests used is in user and nice already.
  ///   - ticks: A second.
  init?(_ text: String, ticks: Int = Int(sysconf(Int32(_SC_CLK_TCK)))) {
    guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu "), ticks > 0 else { return nil }
    let values = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
    guard values.count == 8 else { return nil }
    let tick = 1_000_000_000 / ticks
    busy = (values[0] + values[1] + values[2] + values[5] + values[6]) * tick
    steal = values[7] * tick
    all = values.reduce(0, +) * tick
  }

  private init(busy: Int, steal: Int, all: Int) {
    self.busy = busy
    self.steal = steal
    self.all = all
  }

  static func - (later: ProcessorTimes, earlier: ProcessorTimes) -> ProcessorTimes {
    ProcessorTimes(
      busy: later.busy - earlier.busy, steal: later.steal - earlier.steal, all: later.all - earlier.all)
  }
}
