// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Finds senders that are faster than real time: they are read at once, though media is gathered, or the kernel's
/// buffer per window would be their speed limit.
struct ReadingPace {
    /// Less than that in one turn says nothing about a sender.
    private static let leastCount = 32_768
    /// Above 32 MB/s no camera sends.
    private static let nanosecondsPerKilobyte = 31_250
    private static let patience: Duration = .milliseconds(50)

    /// Who was found to be fast last.
    private var sender: ConnectionID?
    /// Until when what it sent would have lasted at that rate: it goes on being fast, in reads of any size, until then.
    private var until = Instant(nanoseconds: .min)
    private var turn = Instant(nanoseconds: 0)
    /// Since the last time that media was read.
    private var elapsed = Duration.zero

    /// Whether a turn that begins at `now` reads media whatever the program says.
    func isHungry(at now: Instant) -> Bool { now < until }

    /// A turn that reads media begins.
    mutating func beginMediaTurn(at now: Instant) {
        elapsed = now - turn
        turn = now
    }

    /// So many bytes came in from one connection in this turn.
    mutating func read(_ count: Int, from connection: ConnectionID) {
        let worth = Duration.nanoseconds(count * Self.nanosecondsPerKilobyte / 1_000)
        if connection == sender, turn <= until {
            until = min(until + worth, turn + Self.patience)
        } else if count >= Self.leastCount, worth > elapsed {
            sender = connection
            until = turn + min(worth, Self.patience)
        }
    }
}
