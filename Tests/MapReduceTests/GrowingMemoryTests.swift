import Testing

@testable import MapReduce

@Suite struct GrowingMemoryTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `grows by any steps, past what was reserved and again, and keeps its bytes`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var memory = try GrowingMemory(reserving: 4096)
    var size = 0
    var starts: [Int] = []
    for step in 1...12 {
      let larger = size + Int.random(in: 2...1_500_000, using: &random)
      let grew = memory.commit(larger)
      let committed = memory.committed
      #expect(grew && committed >= larger)
      for place in [size, larger - 1] {
        let fresh = memory.base.load(fromByteOffset: place, as: UInt8.self)
        #expect(fresh == 0)
        memory.base.storeBytes(of: UInt8(step), toByteOffset: place, as: UInt8.self)
      }
      starts.append(size)
      size = larger
      // What was written at all earlier steps is there still, wherever the memory has moved.
      for (index, start) in starts.enumerated() {
        let kept = memory.base.load(fromByteOffset: start, as: UInt8.self)
        #expect(Int(kept) == index + 1)
      }
    }
  }
}
