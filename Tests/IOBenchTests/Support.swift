import Testing

@testable import IOBench

/// The environment and the machine as these tests have them.
let testVariables = JobVariables(
  environment: { ["SIZE": "64m", "NAME": "data", "LINE": "bs=8k", "NESTED": "${SIZE}"][$0] },
  words: [("$pagesize", "4096"), ("$mb_memory", "1000"), ("$ncpus", "2")])

/// The jobs of one file `t.fio` and of more words of a command line.
func jobs(_ text: String, _ words: [String] = []) throws -> [IOJob] {
  try jobs(bytes: Array(text.utf8), words)
}

func jobs(bytes: [UInt8], _ words: [String] = []) throws -> [IOJob] {
  try IOJobs.read(JobCommandLine(["t.fio"] + words), variables: testVariables) { _ in bytes }
}

/// The jobs of several files.
func jobs(files: [String]) throws -> [IOJob] {
  try IOJobs.read(JobCommandLine(files.indices.map { "\($0).fio" }), variables: testVariables) { name in
    Array(files[Int(name.prefix { $0 != "." })!].utf8)
  }
}

/// The jobs of a command line without files.
func jobs(words: [String]) throws -> [IOJob] {
  try IOJobs.read(JobCommandLine(words), variables: testVariables) { _ in [] }
}

/// One job with one option.
func job(_ option: String) throws -> IOJob { try jobs("[j]\n\(option)\n")[0] }

/// What is said of text that is wrong; nil where nothing is.
func complaint(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch let error as JobFileError {
    return error.description
  } catch {
    return "not a JobFileError: \(error)"
  }
}
