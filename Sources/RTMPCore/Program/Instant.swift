// SPDX-License-Identifier: Apache-2.0

/// A point on the clock of whoever runs a ``Program``: nanoseconds since an origin that only that clock knows.
///
/// Pure code never reads a clock; instants come in as arguments. The real loop passes the monotonic clock, a test
/// passes what it likes.
public struct Instant: Sendable, Hashable, Comparable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    /// The instant so many nanoseconds after the clock's origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Later than every instant that a clock shows: a deadline that never comes.
    public static let never = Instant(nanoseconds: .max)

    /// Whole milliseconds since the clock's origin.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// The instant `duration` later; ``never`` when that is beyond what an instant can hold.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .nanoseconds(later.nanoseconds &- earlier.nanoseconds)
    }

    /// Orders instants by time.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// This duration in nanoseconds, at most the largest that 64 bits hold (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds < 0 ? .min : .max) : sum
    }

    /// This duration in whole milliseconds, cut towards zero.
    public var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }
}
