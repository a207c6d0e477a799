// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// When a message of a recording may leave: in real time by the file's timestamps, and so far ahead as the player buffers.
struct PlaybackPace: Sendable {
    /// Times of a file that go back further than sound and pictures ever mix, or leap further than anybody would wait,
    /// are faults: the clock goes on as if nothing had happened.
    private static let longestStepBack: Int64 = 1_000
    private static let longestLeap: Int64 = 60_000

    private var start: (at: Instant, time: Int64)?
    private var last: Int64 = 0

    /// Begins anew with the next message.
    mutating func reset() { start = nil }

    /// When a message of that time may be sent to a player that buffers so many milliseconds.
    mutating func due(_ time: Int64, ahead: Int64, at now: Instant) -> Instant {
        guard var begun = start else {
            start = (now, time)
            last = time
            return now
        }
        let step = time &- last
        if step < -Self.longestStepBack || step > Self.longestLeap {
            begun.time &+= step
            start = begun
            last = time
        }
        last = max(last, time)
        return begun.at + .milliseconds(time &- begun.time &- ahead)
    }
}
