// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What peers that connected to us ask for.
extension Relay {
    mutating func receivedInbound(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        var position = 0
        while let slot = slot(of: connection), slots[slot]?.closesWhenFlushed == false {
            let event: ServerSession.Event?
            do throws(RTMPError) {
                event = try slots[slot]?.session?.next(from: bytes, at: &position)
            } catch {
                return broken(connection, by: error, at: now, &wishes)
            }
            guard let event else { return }
            handle(event, of: connection, slot: slot, at: now, &wishes)
        }
    }

    private mutating func handle(
        _ event: ServerSession.Event, of connection: ConnectionID, slot: Int, at now: Instant,
        _ wishes: inout Wishes
    ) {
        switch event {
        case .connect(let request, let command):
            slots[slot]?.app = command.app
            slots[slot]?.capabilities = command.capabilities
            answer(slot) { session throws(UsageError) in try session.accept(request) }
        case .publish(let request, let command):
            publish(request, command, on: connection, slot: slot, at: now, &wishes)
        case .play(let request, let command):
            play(request, command, on: connection, slot: slot, at: now, &wishes)
        case .media(let packet, on: let messageStream):
            guard let use = slots[slot]?.publishes.first(where: { $0.messageStream == messageStream }) else { return }
            ingest(packet, into: use.stream, at: now)
        case .streamClosed(let messageStream):
            streamClosed(messageStream, on: connection, slot: slot, at: now, &wishes)
        case .pause(let messageStream, isPaused: let isPaused, milliseconds: _):
            changePlayer(of: slot, on: messageStream) { player, session in
                player.mode = isPaused ? .paused : .waiting(from: 0)
                let status = isPaused ? Status(.pauseNotify, "paused") : Status(.unpauseNotify, "playing again")
                session.sendStatus(status, on: messageStream)
            }
        case .receive(let messageStream, audio: let audio, video: let video):
            changePlayer(of: slot, on: messageStream) { player, _ in
                player.change(audio: audio, video: video)
            }
        case .seek, .pong, .unhandled, .closed:
            // A seek on a live stream is ignored: an error status would end the player.
            break
        }
    }

    // Publishing

    private mutating func publish(
        _ request: ServerSession.RequestID, _ command: PublishCommand, on connection: ConnectionID, slot: Int,
        at now: Instant, _ wishes: inout Wishes
    ) {
        let name: StreamName
        do throws(StreamNameError) {
            name = try StreamName(app: slots[slot]?.app ?? "", name: command.name)
        } catch {
            return refuse(request, .publishBadName, "\(error)", on: slot, &wishes)
        }
        let stream = streamIndex(named: name, at: now)
        if let owner = owner(of: stream, at: now), owner != connection {
            guard mayTakeOver(stream, at: now) else {
                return refuse(
                    request, .publishBadName, "\(name.path) is being published already", on: slot, &wishes)
            }
            evict(owner, from: stream, at: now, &wishes)
        } else if case .upstream = streams[stream]?.source {
            return refuse(request, .publishBadName, "\(name.path) is being pulled from elsewhere", on: slot, &wishes)
        }
        answer(slot) { session throws(UsageError) in try session.accept(request) }
        slots[slot]?.publishes.append(Slot.Use(messageStream: command.stream, stream: stream))
        wishes.append(.keepAlive(connection))
        wishes.append(.media(connection))
        wishes.log(.info, "publish \(described(slot)) \(name.path)")
        begin(stream: stream, from: .publisher(connection, command.stream), at: now, &wishes)
    }

    /// The connection that publishes a stream.
    private func owner(of stream: Int, at now: Instant) -> ConnectionID? {
        guard case .publisher(let connection, _) = streams[stream]?.source else { return nil }
        return connection
    }

    private func mayTakeOver(_ stream: Int, at now: Instant) -> Bool {
        switch configuration.takeover {
        case .always: true
        case .never: false
        case .stale: now - (streams[stream]?.lastMedia ?? now) >= Self.staleAfter
        }
    }

    /// Ends a publisher whose name another one takes. The stream goes on.
    private mutating func evict(
        _ connection: ConnectionID, from stream: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let slot = slot(of: connection),
            let index = slots[slot]?.publishes.firstIndex(where: { $0.stream == stream })
        else { return }
        guard let use = slots[slot]?.publishes.remove(at: index) else { return }
        wishes.log(.info, "end \(described(slot)) \(name(of: stream)): another publisher took the name")
        slots[slot]?.session?.endPublish(
            use.messageStream, status: Status(.publishBadName, "another publisher took the name"))
        closeAfterFlush(slot)
    }

    // Playing

    private mutating func play(
        _ request: ServerSession.RequestID, _ command: PlayCommand, on connection: ConnectionID, slot: Int,
        at now: Instant, _ wishes: inout Wishes
    ) {
        let name: StreamName
        do throws(StreamNameError) {
            name = try StreamName(app: slots[slot]?.app ?? "", name: command.name)
        } catch {
            return refuse(request, .playStreamNotFound, "\(error)", on: slot, &wishes)
        }
        answer(slot) { session throws(UsageError) in try session.accept(request) }
        let stream = streamIndex(named: name, at: now)
        if slots[slot]?.plays.isEmpty == false { useMessagesOnly(slot) }
        slots[slot]?.plays.append(Slot.Use(messageStream: command.stream, stream: stream))
        slots[slot]?.closeAt = nil
        var player = Player(connection: connection, messageStream: command.stream, since: now)
        player.mode = .waiting(from: configuration.hasGOPCache ? 0 : streams[stream]?.log.head ?? 0)
        streams[stream]?.players.append(player)
        streams[stream]?.idleSince = nil
        wishes.append(.media(connection))
        let lacks = codecsNotTaken(by: slot, in: stream)
        let note = lacks.isEmpty ? "" : ", which announces no \(lacks.joined(separator: ", "))"
        wishes.log(.info, "play \(described(slot)) \(name.path)\(note)")
        markDirty(stream: stream)
        pullIfNeeded(stream: stream, at: now, &wishes)
    }

    /// Codecs of a stream that a player's announcement leaves out. It gets the stream all the same.
    private func codecsNotTaken(by slot: Int, in stream: Int) -> [String] {
        guard let capabilities = slots[slot]?.capabilities, let prologue = streams[stream]?.log.prologue else {
            return []
        }
        return prologue.codecs.filter { codec in
            let takes =
                codec.isVideo ? capabilities.takes(video: codec.fourCC) : capabilities.takes(audio: codec.fourCC)
            return takes == false
        }.map(\.fourCC)
    }

    /// Changes the player that a connection has on a message stream.
    private mutating func changePlayer(
        of slot: Int, on messageStream: MessageStreamID,
        _ change: (inout Player, inout ServerSession) -> Void
    ) {
        guard let id = slots[slot]?.id,
            let stream = slots[slot]?.plays.first(where: { $0.messageStream == messageStream })?.stream,
            let log = streams[stream]?.log,
            let index = streams[stream]?.players.firstIndex(where: {
                $0.connection == id && $0.messageStream == messageStream
            }),
            var player = streams[stream]?.players[index],
            var session = slots[slot]?.session
        else { return }
        finishMessage(of: &player, slot: slot, log: log)
        change(&player, &session)
        streams[stream]?.players[index] = player
        slots[slot]?.session = session
        markDirty(stream: stream)
    }

    /// From now on the connection gets whole messages only, because it plays several streams, whose bytes must not mix.
    private mutating func useMessagesOnly(_ slot: Int) {
        guard let id = slots[slot]?.id, let plays = slots[slot]?.plays else { return }
        for play in plays {
            guard let log = streams[play.stream]?.log,
                let index = streams[play.stream]?.players.firstIndex(where: { $0.connection == id }),
                var player = streams[play.stream]?.players[index], player.mode == .raw
            else { continue }
            finishMessage(of: &player, slot: slot, log: log)
            player.mode = .walking
            streams[play.stream]?.players[index] = player
        }
    }

    // Ends

    private mutating func streamClosed(
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
        slots[slot]?.publishes = []
        slots[slot]?.plays = []
    }

    private mutating func removePlayer(
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

    /// A peer that broke the protocol is told goodbye and closed.
    private mutating func broken(
        _ connection: ConnectionID, by error: RTMPError, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let slot = slot(of: connection) else { return }
        wishes.log(.warning, "refused \(described(slot)): \(error)")
        leave(slot, why: "broke the protocol", at: now, &wishes)
        closeAfterFlush(slot)
    }

    private mutating func refuse(
        _ request: ServerSession.RequestID, _ code: StatusCode, _ reason: String, on slot: Int,
        _ wishes: inout Wishes
    ) {
        wishes.log(.warning, "refused \(described(slot)): \(reason)")
        answer(slot) { session throws(UsageError) in
            try session.reject(request, code: code, description: reason)
        }
        closeAfterFlush(slot)
    }

    /// Lets a session answer; a request that is no longer open needs no answer.
    private mutating func answer(_ slot: Int, _ body: (inout ServerSession) throws(UsageError) -> Void) {
        guard var session = slots[slot]?.session.take() else { return }
        try? body(&session)
        slots[slot]?.session = session
    }

    mutating func closeAfterFlush(_ slot: Int) {
        slots[slot]?.collectOutput()
        slots[slot]?.closesWhenFlushed = true
        if let id = slots[slot]?.id { markDirty(id) }
    }
}
