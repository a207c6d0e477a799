// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Tells senders that are faster than real time from the others: they are read at once, though media is gathered, or
/// the length of a window and the kernel's buffer would be their speed limit.
struct ReadingPace {
    /// Less than that in one turn says nothing about a sender.
    private static let leastCount = 32_768
    /// Above 16 MB/s no camera sends.
    private static let nanosecondsPerKilobyte = 62_500

    /// Whether the next turn reads media whatever the program says.
    private(set) var isHungry = false
    private var turn = Instant(nanoseconds: 0)
    /// Since the last time that media was read.
    private var elapsed = Duration.zero

    /// A turn that reads media begins.
    mutating func beginMediaTurn(at now: Instant) {
        elapsed = now - turn
        turn = now
        isHungry = false
    }

    /// So many bytes came in from one connection in this turn.
    mutating func read(_ count: Int) {
        guard count >= Self.leastCount else { return }
        if Duration.nanoseconds(count / 1_000 * Self.nanosecondsPerKilobyte) > elapsed { isHungry = true }
    }
}
