import Glibc

/// The text of an `errno`, as `strerror` has it.
func systemErrorText(_ number: Int32) -> String { String(cString: strerror(number)) }

/// `SIGSEGV (11)`; the bare number for what has no common name.
func signalName(_ number: Int32) -> String {
  let names: [Int32: String] = [
    SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV",
    SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGSYS: "SIGSYS", SIGXCPU: "SIGXCPU",
    SIGXFSZ: "SIGXFSZ", SIGUSR1: "SIGUSR1", SIGUSR2: "SIGUSR2",
  ]
  return names[number].map { "\($0) (\(number))" } ?? "signal \(number)"
}

/// Writes `text` in one call, as the files of a cgroup want it. Returns 0 or an errno.
func writeText(_ text: String, toFile path: String) -> Int32 {
  let file = open(path, O_WRONLY | O_CLOEXEC)
  guard file >= 0 else { return errno }
  defer { close(file) }
  var text = text
  return text.withUTF8 { write(file, $0.baseAddress, $0.count) == $0.count ? 0 : errno }
}
