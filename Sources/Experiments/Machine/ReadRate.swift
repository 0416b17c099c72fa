import Metrics
import Storage

extension Doctor {
  /// A cloud disk pays out burst credit: fast at first, then slow.
  static func readRate(_ seconds: Double) -> Line {
    let subject = "read rate of ssd"
    let folder = TierPlacement.defaultFolder(.ssd)
    guard SpacePlan.free(folder) > 4 * ReadProbe.bytes else {
      return Line(subject, .degraded, "\(folder) has too little space to try", "free some, or see tier ssd")
    }
    do {
      let rates = try ReadProbe.rates(folder: folder, seconds: seconds)
      func text(_ rate: Double?) -> String { "\(Int(((rate ?? 0) / 1e6).rounded()))" }
      if let fall = RateFall.find(rates) {
        return Line(
          subject, .degraded,
          "falls from \(text(fall.before)) to \(text(fall.after)) MB/s within \(seconds) s: burst credit, or others",
          "take more --warmup, so that the credit is used up before the first row")
      }
      return Line(
        subject, .ok,
        "\(text(Statistics.median(rates))) MB/s (\(text(rates.min()))–\(text(rates.max()))), no fall in \(seconds) s"
      )
    } catch {
      return Line(subject, .degraded, "\(error)", "name a folder on a disk with --tier ssd=FOLDER")
    }
  }
}
