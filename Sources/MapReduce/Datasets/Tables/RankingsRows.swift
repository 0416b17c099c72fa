/// The rows of `rankings`: `pageURL,pageRank,avgDuration`, every page once.
struct RankingsRows: TableRows {
  static var rowSize: Int { Pages.rowSize }
  static var longestRow: Int { 128 }

  struct Planned: BitwiseCopyable {
    var row: Pages.Row
    var rank: UInt64
    var length: Int
  }

  let count: Int
  let pages: Pages

  /// - Parameter count: In ``Pages/counts``.
  init(count: Int, seed: UInt64) {
    self.count = count
    pages = Pages(count: count, seed: seed)
  }

  func plan(_ rows: Range<Int>, into plans: UnsafeMutablePointer<Planned>) {
    for row in rows {
      let page = pages[UInt64(row)]
      plans[row &- rows.lowerBound] = Planned(
        row: page, rank: pages.rank(ofPage: page.page), length: pages.rowLength(page))
    }
  }

  @inline(__always)
  func length(_ planned: Planned) -> Int { planned.length }

  @inline(__always)
  func write(_ planned: Planned, at target: UnsafeMutableRawPointer) {
    let comma = UInt8(ascii: ",")
    let url = pages.writeURL(planned.row, at: target)
    url.storeBytes(of: comma, as: UInt8.self)
    // From the right: the row's length says where it ends.
    var at = target + (planned.length &- 1)
    at.storeBytes(of: UInt8(ascii: "\n"), as: UInt8.self)
    at = Self.write(planned.row.duration, before: at) - 1
    at.storeBytes(of: comma, as: UInt8.self)
    at = Self.write(planned.rank, before: at)
    assert(at == url + 1)
  }

  @inline(__always)
  private static func write(_ number: UInt64, before end: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
  {
    var rest = UInt32(truncatingIfNeeded: number)
    var at = end
    repeat {
      at -= 1
      at.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10), as: UInt8.self)
      rest /= 10
    } while rest > 0
    return at
  }
}

extension Pages {
  /// Bytes of the row of `rankings`, with its newline.
  @inline(__always)
  func rowLength(_ row: Row) -> Int { row.urlLength &+ row.digits &+ Self.separators }
}
