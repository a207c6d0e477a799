// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import RTMPCore

/// A stream is published at home. A connection that asks to publish one elsewhere moves there before it is answered.
extension Relay {
    /// A connection asks to publish a stream that is at home on another shard.
    mutating func handOver(
        _ slot: Int, to shard: Int, _ request: ServerSession.RequestID, _ command: PublishCommand, at now: Instant,
        _ wishes: inout Wishes
    ) {
        guard let id = slots[slot]?.id else { return }
        guard slots[slot]?.publishes.isEmpty == true else {
            // What it publishes already stays, and so must the connection.
            let reason = "publish it on a connection of its own"
            wishes.log(.warning, "refused \(described(slot)): a second stream of one publisher; \(reason)")
            return answer(slot) { session throws(UsageError) in
                try session.reject(request, code: .publishFailed, description: reason)
            }
        }
        var move = Slot.Move(shard: shard, request: request, command: command)
        move.plays = takePlays(of: slot, at: now, &wishes)
        slots[slot]?.move = move
        moving.append(id)
        wishes.append(.pauseReading(id))
    }

    /// Bytes that come behind the request are for the other shard.
    mutating func keepRest(of slot: Int, _ bytes: Span<UInt8>, from position: Int) {
        slots[slot]?.move?.rest += [UInt8](copying: bytes.extracting(position..<bytes.count))
    }

    /// Takes a connection's players out of their streams, to let them join anew on the other shard.
    private mutating func takePlays(of slot: Int, at now: Instant, _ wishes: inout Wishes) -> [Slot.Move.Play] {
        endPlaybacks(of: slot, why: "publishes, and no recording goes along", at: now, &wishes)
        var taken: [Slot.Move.Play] = []
        for use in slots[slot]?.plays ?? [] {
            guard let id = slots[slot]?.id, let log = streams[use.stream]?.log, let name = streams[use.stream]?.name,
                let index = streams[use.stream]?.players.firstIndex(where: {
                    $0.connection == id && $0.messageStream == use.messageStream
                }),
                var player = streams[use.stream]?.players.remove(at: index)
            else { continue }
            finishMessage(of: &player, slot: slot, log: log)
            if player.isEnding {
                slots[slot]?.session?.endPlay(use.messageStream)
            } else {
                taken.append(Slot.Move.Play(name: name, player: player))
            }
            playerLeft(stream: use.stream, at: now, &wishes)
        }
        slots[slot]?.plays = []
        // Its bytes go along, and what it was told stands in them.
        forgetTold(of: slot, why: "saw the end", at: now, &wishes)
        return taken
    }

    /// The connections that are still there become postings.
    mutating func packMoving() {
        for id in moving {
            guard let slot = slot(of: id), let move = slots[slot]?.move, var moved = slots[slot].take() else {
                continue
            }
            moved.move = nil
            moved.collectOutput()
            let handOver = HandOver(slot: moved, move: move)
            postings.append(Posting(to: move.shard, RelayNote(content: .handOver(handOver)), with: id))
        }
        moving = []
    }

    /// Goes on with a connection where the other shard left off.
    mutating func take(
        _ handOver: HandOver, as connection: ConnectionID, at now: Instant, _ wishes: inout Wishes
    ) {
        let move = handOver.move
        add(Slot(handOver.slot, as: connection))
        let slot = connection.index
        for play in move.plays {
            var player = Player(connection: connection, continuing: play.player)
            add(&player, of: play.name, slot: slot, at: now, &wishes)
        }
        publish(move.request, move.command, on: connection, slot: slot, at: now, &wishes)
        if !move.rest.isEmpty { receivedInbound(connection, move.rest.span, at: now, &wishes) }
        collectOutput(of: connection, &wishes)
        markDirty(connection)
    }
}

extension Slot {
    /// The same connection under another identifier, on a link that has not been asked yet whether it has room.
    fileprivate init(_ other: Slot, as id: ConnectionID) {
        self = other
        self.id = id
        isBlocked = false
        isReadingPaused = false
        isDirty = false
        isCalled = false
    }
}

extension Player {
    /// The same player under another connection, about to join.
    fileprivate init(connection: ConnectionID, continuing other: Player) {
        self.init(connection: connection, messageStream: other.messageStream, since: other.since)
        if other.mode == .paused { mode = .paused }
        wantsAudio = other.wantsAudio
        wantsVideo = other.wantsVideo
        skipped = other.skipped
    }
}
