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
            if let slot = slot(of: connection) { slots[slot]?.isCalled = false }
        }
    }

    private func playedStreams(of slot: Int) -> [Int] {
        switch slots[slot]?.role {
        case .push(let push): pushes[push]?.playing.map { [$0] } ?? []
        default: slots[slot]?.plays.map(\.stream) ?? []
        }
    }

    private mutating func serve<L: Link & ~Copyable>(
        stream: Int, _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) {
        guard var players = streams[stream]?.players, let blocks = streams[stream]?.log.blocks else { return }
        // The array is ours alone while we change it, or it would be copied.
        streams[stream]?.players = []
        streams[stream]?.isDirty = false
        let head = blocks.end
        let isMediaDue = streams[stream]?.isMediaDue == true
        if isMediaDue {
            streams[stream]?.isMediaDue = false
            streams[stream]?.mediaDue = nil
            streams[stream]?.servedHead = head
        }
        var needed = head
        var finished: [Int] = []
        for index in players.indices {
            let slot = players[index].connection.index
            guard isMediaDue || slots[slot]?.isCalled == true || players[index].isUrgent else {
                if players[index].readsLog { needed = min(needed, players[index].cursor) }
                continue
            }
            let isBlocked = slots[slot]?.isBlocked == true
            if players[index].mode == .raw, !isBlocked, !players[index].isEnding, players[index].push == nil,
                slots[slot]?.pending.isEmpty == true
            {
                let cursor = players[index].cursor
                guard cursor < head else { continue }
                let taken = link.send(players[index].connection, blocks, cursor..<head)
                players[index].cursor = cursor + taken
                if taken > 0 { slots[slot]?.lastSent = now }
                if cursor + taken < head { slots[slot]?.isBlocked = true }
            } else if !isBlocked {
                serve(&players[index], stream: stream, slot: slot, head: head, &link, at: now, &wishes)
                if players[index].isEnding, hasAll(players[index], slot: slot, head: head) { finished.append(index) }
            }
            guard players[index].readsLog, players[index].cursor < head else { continue }
            limitLag(of: &players[index], stream: stream, slot: slot, at: now)
            if players[index].readsLog { needed = min(needed, players[index].cursor) }
        }
        for index in finished.reversed() { dismiss(players.remove(at: index), from: stream, at: now, &wishes) }
        streams[stream]?.players = players
        trim(stream: stream, needed: needed)
        writeRecording(stream: stream, &wishes)
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
        guard slots[slot]?.plays.contains(where: { $0.stream == stream }) == true else { return }
        slots[slot]?.plays.removeAll { $0.stream == stream && $0.messageStream == player.messageStream }
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
        if slots[slot]?.pending.isEmpty == false {
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
        if taken > 0 { slots[slot]?.lastSent = now }
        if player.cursor < limit { slots[slot]?.isBlocked = true }
        return player.cursor == limit && limit < head
    }

    /// Turns messages into the connection's own bytes, as many as it may hold.
    private mutating func walk(_ player: inout Player, stream: Int, slot: Int, head: Int) {
        while player.cursor < head, slots[slot]?.pendingCount ?? 0 < configuration.limits.unreadOutput {
            if let message = nextMessage(of: &player, in: stream) { slots[slot]?.enqueue(message) }
        }
    }

    /// The message at the cursor as chunk bytes for this player, if it wants it. The cursor moves behind it.
    private func nextMessage(of player: inout Player, in stream: Int) -> [UInt8]? {
        guard let entry = streams[stream]?.log.entry(at: player.cursor),
            let end = streams[stream]?.log.endOfMessage(at: player.cursor)
        else {
            player.cursor = streams[stream]?.log.head ?? player.cursor
            return nil
        }
        player.cursor = end
        guard player.wants(entry), var payload = streams[stream]?.log.payload(of: entry) else { return nil }
        if player.push != nil, entry.kind == .metadata {
            payload = DataFrame.wrapped(payload, typeID: entry.typeID)
        }
        var message: [UInt8] = []
        StreamLog.encode(
            typeID: entry.typeID, timestamp: entry.timestamp, payload: payload.span, on: player.messageStream,
            into: &message)
        return message
    }

    /// Puts a player on the newest join point, behind the prologue that is in force there.
    private mutating func join(_ player: inout Player, stream: Int, slot: Int, from: Int) {
        guard let log = streams[stream]?.log else { return }
        guard let joinPoint = log.joinPoint, joinPoint.offset >= from else {
            guard log.hasVideo, configuration.hasGOPCache, from == 0 else { return }
            // No keyframe at hand, so sound at once and the picture from the next keyframe on.
            player.awaitsKeyframe = true
            player.mode = .walking
            player.cursor = log.head
            give(log.prologue, timestamp: log.lastTimestamp, to: &player, slot: slot)
            return
        }
        if let lostFrom = player.lostFrom { player.skipped += max(0, joinPoint.number - lostFrom) }
        player.lostFrom = nil
        player.cursor = joinPoint.offset
        let isShared = slots[slot]?.plays.count ?? 0 > 1
        player.mode = player.isPlain && !isShared ? .raw : .walking
        if player.prologueVersion == joinPoint.prologue.version { return }
        if player.mode == .raw, player.push == nil {
            player.prologueVersion = joinPoint.prologue.version
            if let bytes = streams[stream]?.log.prologueBytes() { slots[slot]?.enqueue(bytes) }
        } else {
            give(joinPoint.prologue, timestamp: joinPoint.timestamp, to: &player, slot: slot)
        }
    }

    private mutating func give(_ prologue: Prologue, timestamp: UInt32, to player: inout Player, slot: Int) {
        player.prologueVersion = prologue.version
        var bytes: [UInt8] = []
        for var message in prologue.messages {
            if player.push != nil, message.isData {
                message.payload = DataFrame.wrapped(message.payload, typeID: message.typeID)
            }
            StreamLog.encode(message, timestamp: timestamp, on: player.messageStream, into: &bytes)
        }
        if !bytes.isEmpty { slots[slot]?.enqueue(bytes) }
    }

    // Slow players

    /// A player that is too far behind finishes its message and skips to the newest join point, or waits for the next.
    private mutating func limitLag(of player: inout Player, stream: Int, slot: Int, at now: Instant) {
        guard let live = streams[stream], live.source != .ended,
            let entry = live.log.entry(at: player.cursor),
            now - entry.arrival > configuration.maxLag || live.log.head - player.cursor > configuration.logLimit / 2
        else { return }
        finishMessage(of: &player, slot: slot, log: live.log)
        let next = live.log.entry(at: player.cursor)?.number ?? live.log.messageCount
        if let joinPoint = live.log.joinPoint, joinPoint.offset > player.cursor {
            player.lostFrom = next
            join(&player, stream: stream, slot: slot, from: player.cursor)
        } else if live.log.joinPoint == nil || live.log.head - player.cursor > configuration.logLimit / 2 {
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

    private mutating func trim(stream: Int, needed: Int) {
        // Nothing here may hold on to the log while it changes, or its arrays would be copied.
        if let start = streams[stream]?.log.joinPoint?.offset, let head = streams[stream]?.log.head,
            head - start > configuration.logLimit / 2
        {
            streams[stream]?.log.dropJoinPoint()
        }
        streams[stream]?.log.trim(upTo: needed)
    }

    // Connections

    /// Sends a connection's own bytes.
    /// - Returns: whether nothing of them is left.
    @discardableResult
    mutating func flush<L: Link & ~Copyable>(
        _ slot: Int, _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Bool {
        guard let id = slots[slot]?.id, let pending = slots[slot]?.pending, let start = slots[slot]?.pendingStart
        else { return true }
        if start < pending.count {
            guard slots[slot]?.isBlocked == false else { return false }
            let taken = link.send(id, pending.span.extracting(start..<pending.count))
            slots[slot]?.sent(taken)
            if taken > 0 { slots[slot]?.lastSent = now }
            if start + taken < pending.count {
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

    private func hasAll(_ player: Player, slot: Int, head: Int) -> Bool {
        (player.cursor >= head || !player.readsLog) && slots[slot]?.pending.isEmpty != false
    }

    /// A player whose stream is over has read all of it.
    private mutating func dismiss(_ player: Player, from stream: Int, at now: Instant, _ wishes: inout Wishes) {
        if let push = player.push { return finish(push: push, at: now, &wishes) }
        guard let slot = slot(of: player.connection) else { return }
        logEnd(of: player, slot: slot, stream: stream, why: "saw the end", at: now, &wishes)
        if slots[slot]?.plays.isEmpty == true { slots[slot]?.closeAt = now + (ending == nil ? .seconds(2) : .zero) }
    }
}
