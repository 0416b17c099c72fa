import Functions
import Histogram

/// Latencies of one kind, in nanoseconds: how many, their exact extremes and moments, and a histogram.
public struct LatencyRecord: Sendable {
  /// Values above an hour are counted as an hour in the histogram; the exact figures keep them.
  private static let highest: UInt64 = 3_600_000_000_000

  public private(set) var count = 0
  /// 0 where there is none.
  public private(set) var minimum = 0
  public private(set) var maximum = 0
  public private(set) var sum = 0.0
  private var sumOfSquares = 0.0
  /// Within 0.1 % of each value.
  public private(set) var histogram = Histogram<UInt64>(
    highestTrackableValue: highest, numberOfSignificantValueDigits: .three)

  public init() {}

  /// - Parameter nanoseconds: Below 0 counts as 0: two processors' clocks may differ by a little.
  @inline(__always)
  public mutating func record(_ nanoseconds: Int) {
    let value = max(nanoseconds, 0)
    if count == 0 || value < minimum { minimum = value }
    if value > maximum { maximum = value }
    count &+= 1
    let number = Double(value)
    sum += number
    sumOfSquares += number * number
    _ = histogram.record(min(UInt64(truncatingIfNeeded: value), LatencyRecord.highest))
  }

  public mutating func merge(_ other: LatencyRecord) {
    guard other.count > 0 else { return }
    minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    count += other.count
    sum += other.sum
    sumOfSquares += other.sumOfSquares
    histogram.add(other.histogram)
  }

  /// 0 where there is none.
  public var mean: Double { count == 0 ? 0 : sum / Double(count) }

  /// Of a sample; 0 where there are fewer than two.
  public var deviation: Double {
    guard count > 1 else { return 0 }
    let number = Double(count)
    return max(0, (sumOfSquares - sum * sum / number) / (number - 1)).squareRoot()
  }

  /// The least value that `percent` of all do not exceed, 0–100, to the histogram's accuracy; 0 where there is none.
  public func percentile(_ percent: Double) -> Int {
    count == 0 ? 0 : min(max(Int(histogram.valueAtPercentile(percent)), minimum), maximum)
  }

  /// The histogram's bins that are not empty, ascending: the least value of each, and its count.
  public var bins: [(value: Int, count: Int)] {
    histogram.recordedValues().map { (Int(histogram.lowestEquivalentForValue($0.value)), Int($0.count)) }
  }

  /// The same bins by their greatest values, as a distribution is drawn; the last by the greatest latency itself.
  public var upperBins: [(value: Int, count: Int)] {
    histogram.recordedValues().map {
      (min(Int(histogram.highestEquivalentForValue($0.value)), maximum), Int($0.count))
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.put(count)
    writer.put(minimum)
    writer.put(maximum)
    writer.put(sum)
    writer.put(sumOfSquares)
    writer.putArray(bins) {
      $0.put($1.value)
      $0.put($1.count)
    }
  }

  /// - Throws: `WireError`.
  public init(from reader: inout WireReader) throws {
    count = try reader.int()
    minimum = try reader.int()
    maximum = try reader.int()
    sum = try reader.double()
    sumOfSquares = try reader.double()
    var recorded = 0
    for (value, times) in try reader.array({ (try $0.int(), try $0.int()) }) {
      guard value >= 0, times > 0, histogram.record(UInt64(value), count: UInt64(times))
      else { throw WireError("a latency bin of \(value) ns, \(times) times") }
      recorded += times
    }
    guard recorded == count else { throw WireError("\(count) latencies in bins of \(recorded)") }
  }
}
