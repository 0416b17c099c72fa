/// Sizes as people write them: `64MiB`, `1GiB`, `10MB`, `4k`, `4096`.
///
/// As in fio's and coreutils' habit a bare `k`, `m`, `g`, `t` is binary; `kB`, `MB`, `GB`, `TB` are decimal
/// and `KiB`, `MiB`, `GiB`, `TiB` binary. Letters' case does not matter, but for the `B` of none.
public enum ByteSize {
  /// The bytes that `text` names, or nil where it is no size (empty, negative, unknown unit, over `Int.max`).
  public static func parse(_ text: some StringProtocol) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    guard !digits.isEmpty, let number = Double(digits), number.isFinite else { return nil }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    let multipliers: [String: Double] = [
      "": 1, "b": 1,
      "k": 1024, "kib": 1024, "kb": 1e3,
      "m": 1_048_576, "mib": 1_048_576, "mb": 1e6,
      "g": 1_073_741_824, "gib": 1_073_741_824, "gb": 1e9,
      "t": 1_099_511_627_776, "tib": 1_099_511_627_776, "tb": 1e12,
    ]
    guard let multiplier = multipliers[unit] else { return nil }
    let bytes = (number * multiplier).rounded()
    return bytes < 9.2e18 ? Int(bytes) : nil
  }

  /// `bytes` for people: `1.5 GiB`, `64 MiB`, `512 B`.
  public static func text(_ bytes: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(bytes)
    var unit = 0
    while value.magnitude >= 1024, unit + 1 < units.count {
      value /= 1024
      unit += 1
    }
    let tenths = (value * 10).rounded() / 10
    let number = tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    return "\(number) \(units[unit])"
  }
}
