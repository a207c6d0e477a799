// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Players that are too slow for their stream.
extension Relay {
    /// A player that is too far behind finishes its message and skips to the newest join point, or waits for the next.
    mutating func limitLag(of player: inout Player, stream: Int, slot: Int, at now: Instant) {
        guard let lag = streams[stream]?.lag(of: player.cursor, at: now),
            lag.time > configuration.maxLag || lag.memory > configuration.logLimit / 2, let live = streams[stream]
        else { return }
        finishMessage(of: &player, slot: slot, log: live.log)
        let next = live.log.entry(at: player.cursor)?.number ?? live.log.messageCount
        if let joinPoint = live.log.joinPoint, joinPoint.offset > player.cursor {
            player.lostFrom = next
            join(&player, stream: stream, slot: slot, from: player.cursor)
        } else if live.log.joinPoint == nil || live.log.memorySize(from: player.cursor) > configuration.logLimit / 2 {
            player.lostFrom = next
            player.mode = .waiting(from: live.log.head)
        }
    }

    /// The rest of a half-sent message becomes the connection's own bytes, ahead of all others.
    mutating func finishMessage(of player: inout Player, slot: Int, log: StreamLog) {
        guard player.mode == .raw, !log.isBoundary(player.cursor) else { return }
        let end = log.endOfMessage(at: player.cursor)
        slots[slot]?.enqueueFirst(log.blocks.bytes(in: player.cursor..<end))
        player.cursor = end
    }
}
