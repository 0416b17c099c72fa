import ArgumentParser
import Experiments

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Says what this machine has, and what to do about what it lacks.",
    discussion: """
      Examples:
        marvel-bench doctor
        marvel-bench doctor --json
      """)

  @Flag(help: "Print as JSON.")
  var json = false

  func run() throws {
    let doctor = Doctor()
    say(json ? doctor.json : doctor.text)
  }
}
