import MapReduce
import Testing

/// Reads records by way of the reducer and returns its output.
func reduce(_ extent: [UInt8], _ encoding: RecordEncoding) throws -> [UInt8] {
  let reducer = CountReducer(
    workspace: try CountWorkspace(byteBudget: 1 << 20), encoding: encoding, spill: nil)
  try withGuardedBytes(extent) { try reducer.consume($0) }
  let output = OutputCollector()
  _ = try reducer.finish { output.bytes.append(contentsOf: $0) }
  return output.bytes
}

func encode(_ key: [UInt8], _ count: UInt64, _ encoding: RecordEncoding) -> [UInt8] {
  let bound = encoding.bound(keyLength: key.count)
  let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bound, alignment: 1)
  defer { room.deallocate() }
  return withGuardedBytes(key) { key in
    let end = encoding.write(key: key.baseAddress!, length: key.count, count: count, at: room.baseAddress!)
    return Array(room[..<(end - room.baseAddress!)])
  }
}

@Suite struct `Records` {
  @Test(arguments: RecordEncoding.allCases, 0..<20 as Range<UInt64>)
  func `come back as they were`(encoding: RecordEncoding, seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let counts: [UInt64] = [1, 9, 10, 99, 100, 127, 128, 16_383, 16_384, 1 << 32, .max / 2, .max - 1, .max]
    for _ in 0..<30 {
      let length = Int.random(in: 0...Int.random(in: 0...200, using: &numbers), using: &numbers)
      // Bytes that need no escape, some that do, and UTF-8 whole and broken.
      let pool: [UInt8] = [97, 98, 0, 31, 34, 92, 127, 128, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xff]
      let key = (0..<length).map { _ in
        Bool.random(using: &numbers)
          ? pool.randomElement(using: &numbers)! : UInt8.random(in: 0...255, using: &numbers)
      }
      let count = counts.randomElement(using: &numbers)!
      #expect(try reduce(encode(key, count, encoding), encoding) == key + [9] + Array("\(count)\n".utf8))
    }
  }

  @Test func `in json are Corral's lines, with escapes that keep keys exact`() {
    func line(_ key: [UInt8], _ count: UInt64 = 1) -> String {
      String(decoding: encode(key, count, .json), as: UTF8.self)
    }
    #expect(line(Array("word".utf8)) == "{\"key\":\"word\",\"value\":\"1\"}\n")
    #expect(line(Array("say \"\\\"".utf8), 120) == "{\"key\":\"say \\\"\\\\\\\"\",\"value\":\"120\"}\n")
    #expect(line([0, 1, 31, 127, 65]) == "{\"key\":\"\\u0000\\u0001\\u001f\u{7f}A\",\"value\":\"1\"}\n")
    #expect(line(Array("naïve€😀".utf8)) == "{\"key\":\"naïve€😀\",\"value\":\"1\"}\n")
    // A lone continuation byte, an overlong form, a surrogate, over U+10FFFF, and a sequence cut short.
    #expect(line([0x80]) == "{\"key\":\"\\udc80\",\"value\":\"1\"}\n")
    #expect(line([0xc0, 0xaf]) == "{\"key\":\"\\udcc0\\udcaf\",\"value\":\"1\"}\n")
    #expect(line([0xed, 0xa0, 0x80]) == "{\"key\":\"\\udced\\udca0\\udc80\",\"value\":\"1\"}\n")
    #expect(line([0xf4, 0x90, 0x80, 0x80]) == "{\"key\":\"\\udcf4\\udc90\\udc80\\udc80\",\"value\":\"1\"}\n")
    #expect(line([0xe2, 0x82, 65]) == "{\"key\":\"\\udce2\\udc82A\",\"value\":\"1\"}\n")
    #expect(line([0xe2, 0x82]) == "{\"key\":\"\\udce2\\udc82\",\"value\":\"1\"}\n")
  }

  @Test func `in binary are a length, the key and a count`() {
    #expect(encode(Array("the".utf8), 5, .binary) == [3, 116, 104, 101, 5])
    #expect(encode([], 128, .binary) == [0, 0x80, 1])
    #expect(
      encode([UInt8](repeating: 7, count: 200), 1, .binary) == [0xc8, 1] + [UInt8](repeating: 7, count: 200)
        + [1])
    #expect(encode([1], .max, .binary) == [1, 1] + [UInt8](repeating: 0xff, count: 9) + [1])
  }

  @Test(arguments: RecordEncoding.allCases) func `cut short are refused`(encoding: RecordEncoding) throws {
    for key in [
      Array("w".utf8), Array("a word with \"quotes\" \u{1} and more".utf8),
      [UInt8](repeating: 0xff, count: 300),
    ] {
      let whole = encode(Array("first".utf8), 12, encoding)
      let record = encode(key, 300, encoding)
      for length in 1..<record.count {
        #expect {
          try reduce(whole + record[..<length], encoding)
        } throws: {
          guard case CountingError.malformedRecord(encoding.rawValue, whole.count, _) = $0 else {
            return false
          }
          return true
        }
      }
    }
  }

  @Test(arguments: RecordEncoding.allCases, 0..<200 as Range<UInt64>)
  func `of random or damaged bytes are read or refused, never trapped on`(
    encoding: RecordEncoding, seed: UInt64
  ) {
    var numbers = SeededNumbers(seed: seed)
    var bytes: [UInt8] = []
    for _ in 0..<8 {
      let key = (0..<Int.random(in: 0...40, using: &numbers)).map { _ in
        UInt8.random(in: 0...255, using: &numbers)
      }
      bytes += encode(key, UInt64.random(in: 1...300, using: &numbers), encoding)
    }
    for _ in 0..<Int.random(in: 1...3, using: &numbers) {
      bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
    }
    if seed % 4 == 0 { bytes = bytes.map { _ in UInt8.random(in: 0...255, using: &numbers) } }
    do {
      let output = try reduce(bytes, encoding)
      #expect(output.count < 3 * bytes.count)
    } catch {
      #expect(error is CountingError)
    }
  }

  @Test(arguments: [
    "", "{}", "{\"key\":\"a\",\"value\":\"\"}\n", "{\"key\":\"a\",\"value\":\"0\"}\n",
    "{\"key\":\"a\",\"value\":\"01\"}\n",
    "{\"key\":\"a\",\"value\":\"-1\"}\n", "{\"key\":\"a\",\"value\":1}\n",
    "{\"key\":\"a\", \"value\":\"1\"}\n",
    "{\"key\":\"a\",\"value\":\"1\"}", "{\"key\":\"a\",\"value\":\"1\"}\r\n",
    "{\"key\":\"\\n\",\"value\":\"1\"}\n",
    "{\"key\":\"\\u0020\",\"value\":\"1\"}\n", "{\"key\":\"\\udc7f\",\"value\":\"1\"}\n",
    "{\"key\":\"\\uDC80\",\"value\":\"1\"}\n", "{\"key\":\"\\ud800\",\"value\":\"1\"}\n",
    "{\"key\":\"\\u00\",\"value\":\"1\"}\n",
    "{\"key\":\"\u{1}\",\"value\":\"1\"}\n", "{\"key\":\"a\\\",\"value\":\"1\"}\n",
    "{\"key\":\"a\",\"value\":\"18446744073709551616\"}\n",
    "{\"key\":\"a\",\"value\":\"99999999999999999999999\"}\n",
  ])
  func `in json that are not ours are refused`(text: String) throws {
    if text.isEmpty {
      #expect(try reduce([], .json) == [])
    } else {
      #expect(throws: CountingError.self) { try reduce(Array(text.utf8), .json) }
    }
  }

  @Test func `in json with raw bytes that are no UTF-8 are refused`() throws {
    let frame = { (key: [UInt8]) in Array("{\"key\":\"".utf8) + key + Array("\",\"value\":\"1\"}\n".utf8) }
    #expect(try reduce(frame([0xc3, 0xa4]), .json) == [0xc3, 0xa4, 9, 0x31, 10])
    for key: [UInt8] in [[0xff], [0xc3], [0x80], [0xed, 0xa0, 0x80], [0xc3, 0x22]] {
      #expect(throws: CountingError.self) { try reduce(frame(key), .json) }
    }
  }

  @Test(
    arguments: [
      [0x80], [1], [1, 97], [1, 97, 0], [2, 97, 1], [0x81, 0x00, 97, 1], [1, 97, 0x81, 0x00],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 97],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [1, 97, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
    ] as [[UInt8]])
  func `in binary that are none are refused`(bytes: [UInt8]) {
    #expect(throws: CountingError.self) { try reduce(bytes, .binary) }
  }

  @Test(arguments: RecordEncoding.allCases, ["short", "a key of more than sixteen bytes"])
  func `whose counts add up to over 64 bits are an error`(encoding: RecordEncoding, key: String) throws {
    let half = encode(Array(key.utf8), 1 << 63, encoding)
    let most = encode(Array(key.utf8), (1 << 63) - 1, encoding)
    #expect(try reduce(half + most, encoding) == Array("\(key)\t18446744073709551615\n".utf8))
    #expect(throws: CountingError.countOverflow) { try reduce(half + half, encoding) }
  }
}
