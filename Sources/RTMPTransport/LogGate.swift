// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Keeps a flood of peers from becoming a flood of log lines, on which a terminal or a disk would hold up the loop: at
/// most a thousand lines in a second after the first five thousand. Errors always pass.
struct LogGate {
    private static let capacity: Int64 = 5_000
    private static let nanosecondsPerLine: Int64 = 1_000_000

    /// What was used up, in nanoseconds that pay for it.
    private var debt: Int64 = 0
    private var last = Instant(nanoseconds: 0)
    private var leftOut = 0

    /// Whether a line is said; if so, how many were left out before it.
    mutating func admit(_ level: LogLevel, at now: Instant) -> (isAdmitted: Bool, leftOut: Int) {
        debt = max(0, debt - max(0, (now - last).wholeNanoseconds))
        last = now
        guard level == .error || debt < Self.capacity * Self.nanosecondsPerLine else {
            leftOut += 1
            return (false, 0)
        }
        debt += Self.nanosecondsPerLine
        defer { leftOut = 0 }
        return (true, leftOut)
    }
}
