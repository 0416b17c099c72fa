import Functions
import Testing

struct WireTests {
  @Test func `what was put is read back in the same order`() throws {
    var writer = WireWriter()
    writer.put(UInt8(200))
    writer.put(true)
    writer.put(UInt32.max)
    writer.put(UInt64.max - 1)
    writer.put(-5)
    writer.put(2.5)
    writer.put("größe\0")
    writer.put([1, 2, 3] as [UInt8])
    writer.putArray(["a", "", "bc"]) { $0.put($1) }
    writer.putOptional(7) { $0.put($1) }
    writer.putOptional(nil as Int?) { $0.put($1) }

    var reader = WireReader(writer.bytes)
    #expect(try reader.byte() == 200)
    #expect(try reader.bool())
    #expect(try reader.uint32() == .max)
    #expect(try reader.uint64() == .max - 1)
    #expect(try reader.int() == -5)
    #expect(try reader.double() == 2.5)
    #expect(try reader.string() == "größe\0")
    #expect(try reader.bytesArray() == [1, 2, 3])
    #expect(try reader.array { try $0.string() } == ["a", "", "bc"])
    #expect(try reader.optional { try $0.int() } == 7)
    #expect(try reader.optional { try $0.int() } == nil)
    try reader.end()
  }

  @Test func `integers are little-endian`() {
    var writer = WireWriter()
    writer.put(UInt32(0x0102_0304))
    writer.put(1)
    #expect(writer.bytes == [4, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `a payload cut anywhere throws`() throws {
    var writer = WireWriter()
    writer.put("name")
    writer.putArray([10, 20]) { $0.put($1) }
    writer.put([9, 9] as [UInt8])
    for length in 0..<writer.bytes.count {
      var reader = WireReader(Array(writer.bytes[..<length]))
      #expect(throws: WireError.self) {
        _ = try reader.string()
        _ = try reader.array { try $0.int() }
        _ = try reader.bytesArray()
      }
    }
  }

  @Test(arguments: [-1, 1 << 20, Int.max, Int.min])
  func `a forged count throws and reserves nothing`(count: Int) {
    var writer = WireWriter()
    writer.put(count)
    writer.put(0)
    var strings = WireReader(writer.bytes)
    #expect(throws: WireError.self) { try strings.string() }
    var arrays = WireReader(writer.bytes)
    #expect(throws: WireError.self) { try arrays.array { try $0.byte() } }
    var blobs = WireReader(writer.bytes)
    #expect(throws: WireError.self) { try blobs.bytesArray() }
  }

  @Test func `bytes left over, a Bool of 2 and broken UTF-8 throw`() {
    #expect(throws: WireError.self) { try WireReader([0]).end() }
    var bool = WireReader([2])
    #expect(throws: WireError.self) { try bool.bool() }
    var writer = WireWriter()
    writer.put([0xFF, 0xFE] as [UInt8])
    var string = WireReader(writer.bytes)
    #expect(throws: WireError.self) { try string.string() }
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `random bytes never trap`(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let bytes = (0..<Int(next() % 64)).map { _ in UInt8(truncatingIfNeeded: next() >> 20) }
    var reader = WireReader(bytes)
    var reads = 0
    while reader.remaining > 0, reads < 100 {
      reads += 1
      switch next() % 6 {
      case 0: _ = try? reader.int()
      case 1: _ = try? reader.string()
      case 2: _ = try? reader.bytesArray()
      case 3: _ = try? reader.array { try $0.uint32() }
      case 4: _ = try? reader.optional { try $0.double() }
      default: _ = try? reader.byte()
      }
    }
    #expect(reader.remaining >= 0)
  }
}
