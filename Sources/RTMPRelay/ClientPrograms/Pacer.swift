// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Says when a message is due, by its timestamp, like an encoder that makes it at that moment.
struct Pacer: Sendable {
    /// A step on the timeline above which the clock is set anew: nobody waits through a hole in a file.
    private static let longestStep: Int64 = 10_000

    private let rate: Double
    private var anchor: (time: Int64, instant: Instant)?
    private var latest: Int64 = 0

    /// A clock that runs `rate` times as fast as real time.
    init(rate: Double) {
        self.rate = rate.isFinite && rate > 0 ? min(max(rate, 0.001), 1_000_000) : 1
    }

    /// When the message at `time` is due; `now` for the first one.
    mutating func due(_ time: Int64, at now: Instant) -> Instant {
        guard let anchor, abs(time &- latest) <= Self.longestStep else {
            self.anchor = (time, now)
            latest = time
            return now
        }
        latest = time
        let milliseconds = Double(time &- anchor.time) / rate
        return anchor.instant + .milliseconds(min(max(milliseconds, -1e12), 1e12))
    }
}
