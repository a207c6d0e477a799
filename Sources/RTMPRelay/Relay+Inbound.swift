// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What peers that connected to us ask for.
extension Relay {
    mutating func receivedInbound(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        var position = 0
        while let slot = slot(of: connection) {
            if slots[slot]?.isMoving() == true { return keepRest(of: slot, bytes, from: position) }
            let event: ServerSession.LentEvent?
            do throws(RTMPError) {
                event = try slots[slot]?.nextEvent(from: bytes, at: &position)
            } catch {
                return broken(connection, by: error, at: now, &wishes)
            }
            switch event {
            case .media(let message, on: let messageStream):
                guard let stream = slots[slot]?.stream(publishedOn: messageStream) else { continue }
                ingest(message, in: bytes, into: stream, at: now)
            case .event(let event):
                handle(event, of: connection, slot: slot, at: now, &wishes)
            case nil:
                return
            }
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
            // Whoever is sent nothing, a publisher or somebody who goes no further, would not be missed.
            wishes.append(.keepAlive(connection))
            answer(slot) { session throws(UsageError) in try session.accept(request) }
        case .publish(let request, let command):
            publish(request, command, on: connection, slot: slot, at: now, &wishes)
        case .play(let request, let command):
            play(request, command, on: connection, slot: slot, at: now, &wishes)
        case .play2(let request, let command):
            play2(request, command, on: connection, slot: slot, at: now, &wishes)
        case .media(let packet, on: let messageStream):
            guard let stream = slots[slot]?.stream(publishedOn: messageStream) else { return }
            ingest(packet, into: stream, at: now)
        case .streamClosed(let messageStream):
            streamClosed(messageStream, on: connection, slot: slot, at: now, &wishes)
        case .pause(let messageStream, isPaused: let isPaused, milliseconds: let position):
            if let playback = playback(of: slot, on: messageStream) {
                return pause(playback, isPaused, at: position, slot: slot)
            }
            changePlayer(of: slot, on: messageStream) { player, session in
                player.mode = isPaused ? .paused : .waiting(from: 0)
                let status = isPaused ? Status(.pauseNotify, "paused") : Status(.unpauseNotify, "playing again")
                session.sendStatus(status, on: messageStream)
            }
        case .receive(let messageStream, audio: let audio, video: let video):
            if let playback = playback(of: slot, on: messageStream) {
                playbacks[playback]?.receive(audio: audio, video: video)
            }
            changePlayer(of: slot, on: messageStream) { player, _ in
                player.change(audio: audio, video: video)
            }
        case .seek(let messageStream, milliseconds: let milliseconds):
            // A seek on a live stream is ignored: an error status would end the player.
            if let playback = playback(of: slot, on: messageStream) { seek(playback, to: milliseconds) }
        case .bufferLength(_, milliseconds: let milliseconds):
            slots[slot]?.buffer = milliseconds
            for playback in slots[slot]?.playbacks ?? [] { makeReady(playback: playback) }
        case .unhandled(.command(let command), on: _) where command.name.lowercased() == "getstreamlength":
            tellLength(command, slot: slot, at: now, &wishes)
        case .pong, .answer, .unhandled, .closed:
            break
        }
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

    mutating func refuse(
        _ request: ServerSession.RequestID, _ code: StatusCode, _ reason: String, on slot: Int,
        at now: Instant, _ wishes: inout Wishes
    ) {
        wishes.log(.warning, "refused \(described(slot)): \(reason)")
        answer(slot) { session throws(UsageError) in
            try session.reject(request, code: code, description: reason)
        }
        leave(slot, why: "was refused another stream", at: now, &wishes)
        closeAfterFlush(slot)
    }

    /// Lets a session answer; a request that is no longer open needs no answer.
    mutating func answer(_ slot: Int, _ body: (inout ServerSession) throws(UsageError) -> Void) {
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
