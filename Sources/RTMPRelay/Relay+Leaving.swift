// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Peers that stop: they end a stream, or their connection goes.
extension Relay {
    mutating func streamClosed(
        _ messageStream: MessageStreamID, on connection: ConnectionID, slot: Int, at now: Instant,
        _ wishes: inout Wishes
    ) {
        if let index = slots[slot]?.publishes.firstIndex(where: { $0.messageStream == messageStream }),
            let use = slots[slot]?.publishes.remove(at: index)
        {
            logEnd(of: slot, stream: use.stream, why: "ended the stream", at: now, &wishes)
            end(stream: use.stream, why: "its publisher ended it", at: now, &wishes)
        }
        if let index = slots[slot]?.plays.firstIndex(where: { $0.messageStream == messageStream }),
            let use = slots[slot]?.plays.remove(at: index)
        {
            removePlayer(of: slot, use, why: "left", at: now, &wishes)
        }
        leavePlayback(of: slot, on: messageStream, why: "left", at: now, &wishes)
    }

    mutating func closedInbound(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let slot = slot(of: connection) else { return }
        let why =
            switch reason {
            case .endOfStream: "disconnected"
            case .failed(let reason): "was lost (\(reason))"
            }
        leave(slot, why: why, at: now, &wishes)
    }

    /// Takes a connection out of all streams that it publishes or plays; publishers are missed, not ended.
    mutating func leave(_ slot: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        for use in slots[slot]?.publishes ?? [] {
            logEnd(of: slot, stream: use.stream, why: why, at: now, &wishes)
            lose(stream: use.stream, at: now, &wishes)
        }
        for use in slots[slot]?.plays ?? [] { removePlayer(of: slot, use, why: why, at: now, &wishes) }
        forgetTold(of: slot, why: why, at: now, &wishes)
        removePlaybacks(of: slot, why: why, at: now, &wishes)
        slots[slot]?.publishes = []
        slots[slot]?.plays = []
    }

    /// Players that were told of the end need not take the rest of it.
    mutating func forgetTold(of slot: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        for use in slots[slot]?.told ?? [] { removePlayer(of: slot, use, why: why, at: now, &wishes) }
        slots[slot]?.told = []
    }

    mutating func removePlayer(
        of slot: Int, _ use: Slot.Use, why: String, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let id = slots[slot]?.id,
            let index = streams[use.stream]?.players.firstIndex(where: {
                $0.connection == id && $0.messageStream == use.messageStream
            }),
            var player = streams[use.stream]?.players[index]
        else { return }
        if let log = streams[use.stream]?.log { finishMessage(of: &player, slot: slot, log: log) }
        streams[use.stream]?.players.remove(at: index)
        logEnd(of: player, slot: slot, stream: use.stream, why: why, at: now, &wishes)
        playerLeft(stream: use.stream, at: now, &wishes)
    }

    private func logEnd(of slot: Int, stream: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard let live = streams[stream] else { return }
        wishes.log(
            .info,
            "end \(described(slot)) \(live.name.path): publisher \(why) after \(seconds(now - live.since)), \(live.bytes) bytes"
        )
    }

    func logEnd(
        of player: Player, slot: Int, stream: Int, why: String, at now: Instant, _ wishes: inout Wishes
    ) {
        let skipped = player.skipped > 0 ? ", \(player.skipped) messages skipped" : ""
        wishes.log(
            .info,
            "end \(described(slot)) \(name(of: stream)): player \(why) after \(seconds(now - player.since))\(skipped)")
    }
}
