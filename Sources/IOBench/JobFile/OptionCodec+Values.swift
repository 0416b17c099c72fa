extension OptionCodec where Value == AccessDistribution {
  /// `random`, `zipf[:theta[:center]]`, `pareto[:h[:center]]`, `normal[:deviation[:center]]`.
  static var distribution: Self {
    OptionCodec(
      kind: "str[:float[:float]]",
      read: { text, _, _ in
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let name = parts.first ?? ""
        let numbers = { (standard: Double) throws -> (Double, Double?) in
          guard parts.count <= 3 else { throw OptionError("at most a number and a center after '\(name)'") }
          let value = parts.count > 1 ? try OptionUnits.decimal(parts[1]) : standard
          let center = parts.count > 2 ? try OptionUnits.decimal(parts[2]) : nil
          if let center, !(0...1).contains(center) { throw OptionError("a center is from 0 to 1") }
          return (value, center)
        }
        switch name {
        case "random":
          guard parts.count == 1 else { throw OptionError("random takes no number") }
          return .random
        case "zipf":
          let (theta, center) = try numbers(1.1)
          guard theta > 0, theta != 1 else { throw OptionError("zipf's theta is over 0 and not 1") }
          return .zipf(theta: theta, center: center)
        case "pareto":
          let (h, center) = try numbers(0.2)
          guard h > 0, h < 1 else { throw OptionError("pareto's h is between 0 and 1") }
          return .pareto(h: h, center: center)
        case "normal":
          let (deviation, center) = try numbers(0)
          guard deviation >= 0, deviation < 100 else {
            throw OptionError("normal's deviation is from 0 to under 100")
          }
          return .normal(deviation: deviation, center: center)
        case "zoned", "zoned_abs", "sequence":
          throw OptionError("the distribution '\(name)' is not supported")
        default: throw unknownWord(name, ["random", "zipf", "pareto", "normal"])
        }
      },
      show: { distribution in
        let join = { (name: String, value: Double, center: Double?) in
          ([name] + ([value] + (center.map { [$0] } ?? [])).map { OptionUnits.decimalText($0) })
            .joined(separator: ":")
        }
        switch distribution {
        case .random: return "random"
        case .zipf(let theta, let center): return join("zipf", theta, center)
        case .pareto(let h, let center): return join("pareto", h, center)
        case .normal(let deviation, let center): return join("normal", deviation, center)
        }
      })
  }
}

extension OptionCodec where Value == SteadyState? {
  /// `metric:limit`, where the limit is a number of the metric's unit or a percentage of the mean.
  static var steadyState: Self {
    OptionCodec(
      kind: "str:float[%]",
      read: { text, _, kbBase in
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
          String.init)
        let name = parts.first ?? ""
        if name == "lat" || name == "lat_slope" {
          throw OptionError("'\(name)' is not supported: judge by iops, iops_slope, bw or bw_slope")
        }
        guard let metric = SteadyState.Metric(rawValue: name) else {
          throw unknownWord(name, SteadyState.Metric.allCases.map(\.rawValue))
        }
        guard parts.count == 2, !parts[1].isEmpty else {
          throw OptionError("needs a limit, as \(name):1%")
        }
        let isPercent = parts[1].hasSuffix("%")
        let limit: Double
        if isPercent {
          limit = try OptionUnits.decimal(parts[1].dropLast())
        } else if metric == .iops || metric == .iops_slope {
          limit = try OptionUnits.decimal(parts[1])
        } else {
          limit = Double(try OptionUnits.number(parts[1], kbBase: kbBase))
        }
        guard limit >= 0 else { throw OptionError("a limit is not negative") }
        return SteadyState(metric: metric, limit: limit, isPercent: isPercent)
      },
      show: { state in
        state.map {
          "\($0.metric.rawValue):\(OptionUnits.decimalText($0.limit))\($0.isPercent ? "%" : "")"
        }
      })
  }
}

extension OptionCodec where Value == [UInt8] {
  /// Bytes as `0x` with two digits a byte and as `"text"`, one after the other.
  static var bytePattern: Self {
    OptionCodec(
      kind: "0x… and \"…\"", read: { text, _, _ in try bytes(ofPattern: nonEmpty(text)) },
      show: { bytes in
        guard !bytes.isEmpty else { return nil }
        return "0x" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      })
  }

  private static func bytes(ofPattern text: String) throws -> [UInt8] {
    var rest = Array(text.utf8)[...]
    var result: [UInt8] = []
    while let first = rest.first {
      if first == UInt8(ascii: "\"") {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: first) else { throw OptionError("a '\"' that does not end") }
        result += rest[..<end]
        rest = rest[(end + 1)...]
      } else if rest.starts(with: "0x".utf8) || rest.starts(with: "0X".utf8) {
        let digits = rest.dropFirst(2).prefix { Int(String(UnicodeScalar($0)), radix: 16) != nil }
        guard !digits.isEmpty, digits.count % 2 == 0 else {
          throw OptionError("0x takes two digits a byte")
        }
        var position = digits.startIndex
        while position < digits.endIndex {
          result.append(UInt8(String(decoding: digits[position..<(position + 2)], as: UTF8.self), radix: 16)!)
          position += 2
        }
        rest = rest[digits.endIndex...]
      } else {
        throw OptionError("write the bytes as 0x… or \"…\" (numbers, files and %o are not supported)")
      }
    }
    guard !result.isEmpty, result.count <= 512 else { throw OptionError("from 1 to 512 bytes") }
    return result
  }
}
