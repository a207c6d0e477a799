// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import RTMPCore

/// A connection's own bytes.
extension Relay {
    /// Sends a connection's own bytes.
    /// - Returns: whether nothing of them is left.
    @discardableResult
    mutating func flush<L: Link & ~Copyable>(
        _ slot: Int, _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Bool {
        guard let id = slots[slot]?.id, let count = slots[slot]?.pendingCount else { return true }
        if count > 0 {
            guard slots[slot]?.isBlocked == false, let (pending, start) = slots[slot]?.lendPending() else {
                return false
            }
            let taken = link.send(id, pending.span.extracting(start..<pending.count))
            slots[slot]?.sent(taken)
            if taken > 0 { slots[slot]?.lastSent = now }
            if taken < count {
                slots[slot]?.isBlocked = true
                return false
            }
        }
        if slots[slot]?.isReadingPaused == true {
            slots[slot]?.isReadingPaused = false
            wishes.append(.resumeReading(id))
        }
        closeIfFinished(slot, at: now, &wishes)
        return true
    }
}
