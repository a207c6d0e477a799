// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import RTMPCore

/// Once per turn: every player of every stream that changed is sent what lies between its cursor and the head.
extension Relay {
    mutating func serveDirty<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) {
        var connections: [ConnectionID] = []
        swap(&connections, &dirtyConnections)
        for connection in connections {
            guard let slot = slot(of: connection) else { continue }
            slots[slot]?.isDirty = false
            // Players are served with their stream, which knows whether they stand in the middle of a message.
            let played = playedStreams(of: slot)
            slots[slot]?.isCalled = true
            for stream in played { markDirty(stream: stream) }
            if played.isEmpty { flush(slot, &link, at: now, &wishes) }
        }
        var index = 0
        while index < dirtyStreams.count {
            serve(stream: dirtyStreams[index], &link, at: now, &wishes)
            index += 1
        }
        dirtyStreams.removeAll(keepingCapacity: true)
        for connection in connections {
            guard let slot = slot(of: connection) else { continue }
            slots[slot]?.isCalled = false
            continuePlaybacks(of: slot)
        }
    }

    private func playedStreams(of slot: Int) -> [Int] {
        switch slots[slot]?.role {
        case .push(let push): pushes[push]?.playing.map { [$0] } ?? []
        default: (slots[slot]?.plays.map(\.stream) ?? []) + (slots[slot]?.told.map(\.stream) ?? [])
        }
    }

    private mutating func serve<L: Link & ~Copyable>(
        stream: Int, _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let turn = streams[stream]?.beginServing(), var players = streams[stream]?.takePlayers() else { return }
        let blocks = turn.blocks
        let head = blocks.end
        if turn.isMediaDue, turn.hasSubscribers { extendMirrors(of: stream) }
        if turn.canGather { gather(stream, &wishes) }
        var needed = head
        var finished: [Int] = []
        for index in players.indices {
            let slot = players[index].connection.index
            let way = slots[slot]?.way() ?? Slot.Way()
            guard turn.isMediaDue || way.isCalled || players[index].isUrgent else {
                if players[index].readsLog { needed = min(needed, players[index].cursor) }
                continue
            }
            if players[index].mode == .raw, way.isClear, !way.isBlocked, !players[index].isEnding,
                players[index].push == nil
            {
                let cursor = players[index].cursor
                guard cursor < head else { continue }
                let taken = link.send(players[index].connection, blocks, cursor..<head)
                players[index].cursor = cursor + taken
                slots[slot]?.took(taken, of: head - cursor, at: now)
            } else if !way.isBlocked {
                serve(&players[index], stream: stream, slot: slot, head: head, &link, at: now, &wishes)
                if players[index].isEnding, hasAll(players[index], slot: slot, head: head) { finished.append(index) }
            }
            guard players[index].readsLog, players[index].cursor < head else { continue }
            limitLag(of: &players[index], stream: stream, slot: slot, at: now)
            if players[index].readsLog { needed = min(needed, players[index].cursor) }
        }
        for index in finished.reversed() { dismiss(players.remove(at: index), from: stream, at: now, &wishes) }
        streams[stream]?.endServing(players, needed: needed, limit: configuration.logLimit / 2)
        writeRecording(stream: stream, at: now, &wishes)
        if !finished.isEmpty { releaseIfUnused(stream: stream) }
    }

    /// Serves a player that cannot simply be sent the log's bytes at present.
    private mutating func serve<L: Link & ~Copyable>(
        _ player: inout Player, stream: Int, slot: Int, head: Int, _ link: inout L, at now: Instant,
        _ wishes: inout Wishes
    ) {
        if case .waiting(let from) = player.mode { join(&player, stream: stream, slot: slot, from: from) }
        while slots[slot]?.isBlocked == false {
            switch player.mode {
            case .raw:
                guard serveRaw(&player, stream: stream, slot: slot, head: head, &link, at: now, &wishes) else { break }
                continue
            case .walking:
                walk(&player, stream: stream, slot: slot, head: head)
                flush(slot, &link, at: now, &wishes)
                if player.cursor < head { continue }
                if player.isPlain, slots[slot]?.plays.count ?? 0 <= 1 { player.mode = .raw }
            case .waiting, .paused:
                flush(slot, &link, at: now, &wishes)
            }
            break
        }
        guard player.isEnding, player.push == nil, player.cursor >= head || !player.readsLog else { return }
        let use = Slot.Use(messageStream: player.messageStream, stream: stream)
        guard let index = slots[slot]?.plays.firstIndex(of: use) else { return }
        slots[slot]?.plays.remove(at: index)
        slots[slot]?.told.append(use)
        slots[slot]?.session?.endPlay(player.messageStream)
        slots[slot]?.collectOutput()
        flush(slot, &link, at: now, &wishes)
    }

    /// Sends the log's bytes; the connection's own bytes go in between two messages.
    /// - Returns: whether to call again.
    private mutating func serveRaw<L: Link & ~Copyable>(
        _ player: inout Player, stream: Int, slot: Int, head: Int, _ link: inout L, at now: Instant,
        _ wishes: inout Wishes
    ) -> Bool {
        guard let blocks = streams[stream]?.log.blocks else { return false }
        var limit = head
        if slots[slot]?.pendingCount ?? 0 > 0 {
            if streams[stream]?.log.isBoundary(player.cursor) == true {
                guard flush(slot, &link, at: now, &wishes) else { return false }
            } else {
                limit = streams[stream]?.log.endOfMessage(at: player.cursor) ?? head
            }
        }
        if player.push != nil, let metadata = streams[stream]?.log.nextMetadata(from: player.cursor) {
            if metadata == player.cursor {
                if let message = nextMessage(of: &player, in: stream) { slots[slot]?.enqueue(message) }
                return true
            }
            limit = min(limit, metadata)
        }
        guard player.cursor < limit else { return false }
        let taken = link.send(player.connection, blocks, player.cursor..<limit)
        player.cursor += taken
        slots[slot]?.took(taken, of: limit - player.cursor + taken, at: now)
        return player.cursor == limit && limit < head
    }

    private func hasAll(_ player: Player, slot: Int, head: Int) -> Bool {
        (player.cursor >= head || !player.readsLog) && slots[slot]?.pendingCount ?? 0 == 0
    }

    /// A player whose stream is over has read all of it.
    private mutating func dismiss(_ player: Player, from stream: Int, at now: Instant, _ wishes: inout Wishes) {
        if let push = player.push { return finish(push: push, skipped: player.skipped, at: now, &wishes) }
        guard let slot = slot(of: player.connection) else { return }
        slots[slot]?.told.removeAll { $0.stream == stream && $0.messageStream == player.messageStream }
        logEnd(of: player, slot: slot, stream: stream, why: "saw the end", at: now, &wishes)
        if slots[slot]?.closesWhenFlushed == true { return markDirty(player.connection) }
        guard slots[slot]?.playbacks.isEmpty == true else { return }
        if slots[slot]?.plays.isEmpty == true { slots[slot]?.closeAt = now + (ending == nil ? .seconds(2) : .zero) }
    }
}
