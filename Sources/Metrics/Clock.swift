import CSystemIO

/// Nanoseconds of CLOCK_MONOTONIC: the same clock in the controller and in every worker of a machine.
@inline(__always)
public func monotonicNanoseconds() -> Int { Int(mb_monotonic_ns()) }
