// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Decides when memory that was freed goes back to the system, which takes the C library a millisecond or two: when
/// connections have closed, or much was done, and for a second little was. For a minute it looks again every few
/// seconds: what belonged to a connection is not always freed with it.
struct MemoryTrimming {
    private static let span: Duration = .seconds(1)
    /// Busy for less than a twentieth of the time is little.
    private static let quietPart = 20
    private static let distance: Duration = .seconds(5)
    private static let patience: Duration = .seconds(60)

    private var spanStart = Instant(nanoseconds: 0)
    private var work = Duration.zero
    /// Until when something is owed.
    private var owedUntil = Instant(nanoseconds: .min)
    private var notBefore = Instant(nanoseconds: .min)

    /// Memory was freed that may not be needed again soon.
    mutating func noteRelease() { owedUntil = spanStart + Self.patience }

    /// A turn of the loop is over.
    /// - Returns: whether to give memory back now.
    mutating func isDue(from start: Instant, to end: Instant) -> Bool {
        work += end - start
        let elapsed = end - spanStart
        guard elapsed >= Self.span else { return false }
        let isQuiet = work * Self.quietPart < elapsed
        spanStart = end
        work = .zero
        if !isQuiet { noteRelease() }
        guard isQuiet, isOwed, end >= notBefore else { return false }
        notBefore = end + Self.distance
        return true
    }

    private var isOwed: Bool { owedUntil >= max(notBefore, Instant(nanoseconds: 0)) }

    /// When to look although nothing happens.
    var wakesAt: Instant { isOwed ? max(spanStart + Self.span, notBefore) : .never }
}
