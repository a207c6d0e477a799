// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// How long media may be gathered before it is sent, so that one send carries more the busier the loop is.
///
/// A send costs about 5 µs whatever it carries, so the number of sends decides what a relay costs. While the loop has
/// time to spare, everything is sent at once and players are a fraction of a millisecond behind. While it is busy for
/// more than a tenth of the time, the window grows, up to its limit; it shrinks while the loop is busy for less than a
/// twentieth. Between the two it stays: merging makes the load smaller by up to 2.5 times, so that nearer thresholds
/// would have it swing.
public struct FlushWindow: Sendable {
    /// The longest that media may be gathered.
    public let limit: Duration
    /// How long it may be gathered at present, from the start of one turn that sends media to the next.
    public private(set) var length: Duration = .zero
    /// The part of the time for which the loop was busy, smoothed over 100 ms.
    public private(set) var load = 0.0

    private var lastEnd: Instant?

    private static let memory: Duration = .milliseconds(100)
    private static let busy = 0.10
    private static let idle = 0.05
    /// Below that a window gathers nothing.
    private static let least: Duration = .microseconds(500)

    /// A window that is shut: everything is sent at once.
    public init(limit: Duration) { self.limit = limit }

    /// The loop was busy from `start` to `end`, and before that it waited.
    public mutating func worked(from start: Instant, to end: Instant) {
        defer { lastEnd = end }
        guard limit > .zero, let lastEnd, end > lastEnd else { return }
        let elapsed = Self.seconds(end - lastEnd)
        let step = min(elapsed / Self.seconds(Self.memory), 1)
        let share = min(max(Self.seconds(end - max(start, lastEnd)) / elapsed, 0), 1)
        load += (share - load) * step
        if load > Self.busy {
            let grown = Self.seconds(max(length, Self.least)) * (1 + 0.5 * step) + 0.001 * step
            length = min(limit, .nanoseconds(Int64(grown * 1e9)))
        } else if load < Self.idle {
            let shrunk = Self.seconds(length) * (1 - 0.3 * step)
            length = .nanoseconds(Int64(shrunk * 1e9))
            if length < Self.least { length = .zero }
        }
    }

    private static func seconds(_ duration: Duration) -> Double { Double(duration.wholeNanoseconds) / 1e9 }
}
