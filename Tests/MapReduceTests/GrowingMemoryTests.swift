import Testing

@testable import MapReduce

@Suite struct GrowingMemoryTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `grows by any steps, past what was reserved and again, and keeps its bytes`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var memory = try GrowingMemory(reserving: 4096)
    var size = 0
    for step in 1...12 {
      let larger = size + Int.random(in: 1...1_500_000, using: &random)
      #expect(memory.commit(larger))
      #expect(memory.committed >= larger)
      for place in [size, larger - 1] {
        #expect(memory.base.load(fromByteOffset: place, as: UInt8.self) == 0)
        memory.base.storeBytes(of: UInt8(step), toByteOffset: place, as: UInt8.self)
      }
      if larger - size > 1 {
        #expect(memory.base.load(fromByteOffset: size, as: UInt8.self) == UInt8(step))
      }
      size = larger
    }
    #expect(memory.base.load(as: UInt8.self) == 1)
  }
}
