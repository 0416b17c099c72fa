import CSystemIO

/// SIGINT and SIGTERM as something to wait for: installed once by the command line, watched by every pool.
public struct Interruption: Sendable {
  /// Becomes readable, and stays so, once a signal has come.
  let descriptor: Int32

  /// Catches both signals from now on, in this process and for its whole life.
  public static func install() throws -> Interruption {
    let descriptor = mb_catch_interrupts()
    guard descriptor >= 0 else {
      throw FunctionError.request("catch SIGINT and SIGTERM: \(systemErrorText(-descriptor))")
    }
    return Interruption(descriptor: descriptor)
  }

  /// The first signal that came, for loops that wait for nothing; nil until then.
  public var signal: Int32? {
    let signal = mb_caught_interrupt()
    return signal == 0 ? nil : signal
  }

  /// Throws ``FunctionError/interrupted(signal:)`` once a signal has come.
  public func check() throws {
    if let signal { throw FunctionError.interrupted(signal: signal) }
  }
}
