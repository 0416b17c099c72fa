/// The rows of `uservisits`:
/// `sourceIP,destURL,visitDate,adRevenue,userAgent,countryCode,languageCode,searchWord,duration`.
///
/// Every field is drawn from the row's own random stream; only the search words' lengths depend on the other rows
/// of the group, see ``fit(_:rowSize:)``.
struct VisitsRows: TableRows {
  static var rowSize: Int { 169 }
  static var longestRow: Int { 320 }

  struct Planned: BitwiseCopyable {
    /// Of destURL.
    var page: Pages.Row
    /// Four numbers of 16 bits that the address comes from.
    var addressBits: UInt64
    /// Billionths.
    var revenue: UInt32
    /// Bytes of adRevenue: `0.` and the digits to the last that is not 0.
    var revenueLength: UInt8
    var day: UInt16
    var agent: UInt8
    var locale: UInt8
    var search: UInt8
    /// Bytes of searchWord, in ``VisitWords/searchLengths`` once the group is fitted.
    var searchLength: UInt8
    /// 1…10.
    var duration: UInt8
    /// Bytes of the row without userAgent and searchWord.
    var fixedLength: UInt16
  }

  let count: Int
  let pages: Pages
  private let key: UInt64
  private let tables = VisitTables()

  /// - Parameters:
  ///   - count: Rows.
  ///   - pages: N, in ``Pages/counts``: the rows of the table `rankings` of the same seed.
  init(count: Int, pages: Int, seed: UInt64) {
    self.count = count
    self.pages = Pages(count: pages, seed: seed)
    var random = TextRandom(seed: seed, stream: .max - 1)
    key = random.next()
  }

  func plan(_ rows: Range<Int>, into plans: UnsafeMutablePointer<Planned>) {
    for row in rows { plans[row &- rows.lowerBound] = draw(UInt64(row)) }
    fit(UnsafeMutableBufferPointer(start: plans, count: rows.count))
  }

  @inline(__always)
  func length(_ planned: Planned) -> Int {
    Int(planned.fixedLength) &+ agentLength(planned) &+ Int(planned.searchLength)
  }

  // MARK: - Drawing

  @inline(__always)
  private func draw(_ row: UInt64) -> Planned {
    var random = TextRandom(key: key, stream: row)
    let page = pages[random.next().multipliedFullWidth(by: pages.count).high]
    let addressBits = random.next()
    let revenue = UInt32(random.next().multipliedFullWidth(by: 1_000_000_000).high)
    let bits = random.next()
    let searchLength = 6 &+ (((bits &>> 40) & 0xFFF) &* 11) &>> 12
    let duration = 1 &+ ((bits &>> 52) &* 10) &>> 12
    var planned = Planned(
      page: page, addressBits: addressBits, revenue: revenue, revenueLength: Self.revenueLength(revenue),
      day: UInt16(((bits & 0xFF_FFFF) &* UInt64(VisitTables.dayCount)) &>> 24),
      agent: UInt8(bits &>> 24 & 63), locale: UInt8(bits &>> 30 & 63), search: UInt8(bits &>> 36 & 15),
      searchLength: UInt8(searchLength), duration: UInt8(duration), fixedLength: 0)
    var length = page.urlLength &+ Int(planned.revenueLength) &+ (duration < 10 ? 1 : 2)
    for index in 0..<4 { length &+= Int(octet(planned, index) &>> 56) }
    length &+= Int(tables.localeLengths[Int(planned.locale)])
    // Three full stops, a date, seven commas (the eighth is the locale's) and a newline.
    planned.fixedLength = UInt16(length &+ 3 &+ 10 &+ 8)
    return planned
  }

  /// Number `index` of the address, as ``VisitTables/octets`` has it: the outer ones 1…254, the inner 0…254.
  @inline(__always)
  private func octet(_ planned: Planned, _ index: Int) -> UInt64 {
    let bits = (planned.addressBits &>> UInt64(16 &* index)) & 0xFFFF
    let isOuter = index == 0 || index == 3
    return tables.octets[isOuter ? Int(1 &+ (bits &* 254) &>> 16) : Int((bits &* 255) &>> 16)]
  }

  @inline(__always)
  private static func revenueLength(_ revenue: UInt32) -> UInt8 {
    guard revenue > 0 else { return 1 }
    var length: UInt8 = 11
    var rest = revenue
    while rest % 10 == 0 {
      rest /= 10
      length &-= 1
    }
    return length
  }

  @inline(__always)
  private func agentLength(_ planned: Planned) -> Int { Int(tables.agentLengths[Int(planned.agent)]) }

  // MARK: - Fitting

  /// Makes the rows' lengths sum up to `plans.count * rowSize`.
  ///
  /// What is missing (or too much) is spread evenly over the search words, in a few passes where some of them
  /// are as long or as short as can be. Where they cannot take it, which short groups see, each row gets an agent
  /// and a search word that make it ``rowSize`` bytes long.
  func fit(_ plans: UnsafeMutableBufferPointer<Planned>) {
    let lengths = VisitWords.searchLengths
    var missing = plans.count * Self.rowSize - plans.reduce(0) { $0 + length($1) }
    for _ in 0..<4 where missing != 0 {
      let (share, rest) = missing.quotientAndRemainder(dividingBy: plans.count)
      let step = rest.signum()
      var owed = 0
      for index in plans.indices {
        owed += abs(rest)
        var wanted = Int(plans[index].searchLength) + share
        if owed >= plans.count {
          owed -= plans.count
          wanted += step
        }
        let length = min(max(wanted, lengths.lowerBound), lengths.upperBound)
        missing -= length - Int(plans[index].searchLength)
        plans[index].searchLength = UInt8(length)
      }
    }
    guard missing != 0 else { return }
    for index in plans.indices { fitAlone(&plans[index]) }
  }

  /// The first agent from the row's own on that leaves room for a search word; some agent always does.
  private func fitAlone(_ planned: inout Planned) {
    while true {
      let room = Self.rowSize - Int(planned.fixedLength) - agentLength(planned)
      if VisitWords.searchLengths.contains(room) {
        planned.searchLength = UInt8(room)
        return
      }
      planned.agent = (planned.agent + 1) % UInt8(VisitTables.agentCount)
    }
  }

  // MARK: - Writing

  @inline(__always)
  func write(_ planned: Planned, at target: UnsafeMutableRawPointer) {
    let comma = UInt8(ascii: ",")
    var at = target
    for index in 0..<4 {
      let octet = octet(planned, index)
      at.storeBytes(of: UInt32(truncatingIfNeeded: octet).littleEndian, as: UInt32.self)
      at += Int(octet &>> 56) &+ 1
    }
    (at - 1).storeBytes(of: comma, as: UInt8.self)
    at = pages.writeURL(planned.page, at: at)
    at.storeBytes(of: comma, as: UInt8.self)
    at = Self.copy(tables.dates + VisitTables.dateStride &* Int(planned.day), 11, to: at + 1)
    at = writeRevenue(planned, at: at)
    at.storeBytes(of: comma, as: UInt8.self)
    at = Self.copy(
      tables.agents + VisitTables.agentStride &* Int(planned.agent), agentLength(planned), to: at + 1)
    at.storeBytes(of: comma, as: UInt8.self)
    let locale = Int(planned.locale)
    at = Self.copy(
      tables.locales + VisitTables.localeStride &* locale, Int(tables.localeLengths[locale]) &+ 1, to: at + 1)
    let searchLength = Int(planned.searchLength)
    let search =
      VisitWords.searchChoices &* (searchLength &- VisitWords.searchLengths.lowerBound)
      &+ Int(planned.search)
    at = Self.copy(tables.searches + VisitTables.searchStride &* search, searchLength, to: at)
    at.storeBytes(of: comma, as: UInt8.self)
    at += 1
    if planned.duration == 10 {
      at.storeBytes(of: UInt8(ascii: "1"), as: UInt8.self)
      at += 1
    }
    at.storeBytes(of: UInt8(ascii: "0") &+ planned.duration % 10, as: UInt8.self)
    (at + 1).storeBytes(of: UInt8(ascii: "\n"), as: UInt8.self)
    assert(at + 2 == target + length(planned))
  }

  @inline(__always)
  private func writeRevenue(_ planned: Planned, at target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  {
    let zero = UInt16(truncatingIfNeeded: 0x2E30)
    target.storeBytes(of: zero.littleEndian, as: UInt16.self)
    let revenue = planned.revenue
    let digits = target + 2
    digits.storeBytes(of: three(revenue / 1_000_000), as: UInt32.self)
    digits.storeBytes(of: three(revenue / 1000 % 1000), toByteOffset: 3, as: UInt32.self)
    digits.storeBytes(of: three(revenue % 1000), toByteOffset: 6, as: UInt32.self)
    return target + Int(planned.revenueLength)
  }

  @inline(__always)
  private func three(_ number: UInt32) -> UInt32 { tables.thousand[Int(number)].littleEndian }

  /// Copies `length` bytes in steps of 16 and returns what is behind them.
  @inline(__always)
  private static func copy(
    _ source: UnsafeMutableRawPointer, _ length: Int, to target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var done = 0
    repeat {
      target.storeBytes(
        of: source.load(fromByteOffset: done, as: SIMD2<UInt64>.self), toByteOffset: done,
        as: SIMD2<UInt64>.self)
      done &+= 16
    } while done < length
    return target + length
  }
}
