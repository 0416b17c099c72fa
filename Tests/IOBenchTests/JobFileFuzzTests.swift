import Glibc
import Testing

@testable import IOBench

/// Files for each of the eight seeds; `MARVEL_BENCH_FUZZ_CASES` is the sum over them (`make fuzz`: a million).
private let casesPerSeed: Int = {
  let asked = getenv("MARVEL_BENCH_FUZZ_CASES").flatMap { Int(String(cString: $0)) }
  return max(1, (asked ?? 24_000) / 8)
}()

/// Whatever a job file holds: it ends in jobs or in an error with a place, and jobs mean what they print.
@Suite struct JobFileFuzzTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `any file ends in jobs or in an error that names its place`(seed: UInt64) throws {
    var cases = JobFileCases(seed: seed)
    var understood = 0
    for number in 0..<casesPerSeed {
      let bytes = cases.file()
      do {
        let found = try jobs(bytes: bytes)
        understood += 1
        let text = found.map(\.text).joined(separator: "\n")
        // An error here is one of the printed text, not of the file.
        guard let again = try? jobs(text), sameMeaning(again, found) else {
          Issue.record("seed \(seed), file \(number): the printed jobs mean something else\n\(text)")
          return
        }
      } catch let error as JobFileError {
        guard error.place.file == "t.fio", !error.message.isEmpty, error.description.hasPrefix("t.fio") else {
          Issue.record("seed \(seed), file \(number): no place in '\(error)'\n\(show(bytes))")
          return
        }
      } catch {
        Issue.record("seed \(seed), file \(number): \(error)\n\(show(bytes))")
        return
      }
    }
    // It would mean nothing if one side did it all.
    if casesPerSeed >= 1000 {
      #expect(understood * 20 >= casesPerSeed && understood * 10 <= casesPerSeed * 9, "\(understood)")
    }
  }

  /// All but the lines, which are others.
  private func sameMeaning(_ found: [IOJob], _ other: [IOJob]) -> Bool {
    func placeless(_ job: IOJob) -> IOJob {
      var job = job
      job.place = .commandLine
      return job
    }
    return found.map(placeless) == other.map(placeless)
  }

  private func show(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
