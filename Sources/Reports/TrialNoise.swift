/// What else the machine did while a repeat was measured; nil is "this machine does not tell".
public struct TrialNoise: Sendable, Equatable {
  /// The one-minute load average before the clock.
  public var loadBefore: Double?
  /// Of the processors' time, what the hypervisor gave to other guests.
  public var stealShare: Double?
  /// Nanoseconds that processors worked for others than this run; counted in ticks of 10 ms a processor.
  public var otherCPU: Int?
  /// The same as a share of the machine's processor time.
  public var otherCPUShare: Double?
  /// Means over the processors, in MHz.
  public var frequencyBefore: Double?
  public var frequencyAfter: Double?
  /// Nanoseconds for which a control group's quota stopped this run.
  public var quotaThrottled: Int?
  /// How often processors slowed down because they were hot.
  public var thermalThrottles: Int?
  /// To and from swap, machine-wide.
  public var swappedPages: Int?

  public init() {}
}

extension TrialNoise {
  /// Of a recorded row.
  ///
  /// - Parameter places: Of the file's columns, by name; those that it lacks stay nil.
  /// - Throws: ``ResultsError`` for a value that is none.
  init(_ reader: CSVReader, _ places: [String: Int]) throws {
    func share(_ name: String) throws -> Double? {
      guard let place = places[name], let value = try reader.number(place) else { return nil }
      guard value >= 0 else { throw reader.wrong(place, "it is never negative") }
      return value
    }
    loadBefore = try share("load_before")
    stealShare = try share("steal_share")
    otherCPU = try reader.amount(places["other_cpu_ns"])
    otherCPUShare = try share("other_cpu_share")
    frequencyBefore = try share("cpu_mhz_before")
    frequencyAfter = try share("cpu_mhz_after")
    quotaThrottled = try reader.amount(places["quota_throttled_ns"])
    thermalThrottles = try reader.amount(places["thermal_throttles"])
    swappedPages = try reader.amount(places["swapped_pages"])
  }
}

extension TrialColumns {
  /// What else the machine did; machine-wide, from before the clock to its end.
  static let noise: [Column<TrialRow>] = [
    Column("load_before", "one-minute load average before the clock") {
      optional($0.outcome.noise.loadBefore)
    },
    Column("steal_share", better: .lower, "of the processors' time, what the hypervisor gave to other guests")
    {
      optional($0.outcome.noise.stealShare)
    },
    .nanoseconds(
      "other_cpu_ns", "time for which processors worked for others than this run, in ticks of 10 ms"
    ) {
      $0.outcome.noise.otherCPU
    },
    Column("other_cpu_share", better: .lower, "the same as a share of all processors' time") {
      optional($0.outcome.noise.otherCPUShare)
    },
    Column("cpu_mhz_before", unit: "MHz", "mean frequency of the processors before the clock") {
      optional($0.outcome.noise.frequencyBefore)
    },
    Column("cpu_mhz_after", unit: "MHz", "the same at the clock's end") {
      optional($0.outcome.noise.frequencyAfter)
    },
    .nanoseconds("quota_throttled_ns", "for which a control group's processor quota stopped the run") {
      $0.outcome.noise.quotaThrottled
    },
    .count("thermal_throttles", better: .lower, "how often processors slowed down because they were hot") {
      $0.outcome.noise.thermalThrottles
    },
    .count("swapped_pages", better: .lower, "to and from swap") { $0.outcome.noise.swappedPages },
    Column(
      "outlier",
      "slow or fast: wall_ns lies over 14.826 median absolute deviations from its cell's median; no: it does not; "
        + "empty: under 5 ok repeats, or a run that was killed; outliers stay in all statistics"
    ) { _ in "" },
  ]
}
