// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Peers that play from us: how they become players of a stream, and what they may ask of it.
extension Relay {
    mutating func play(
        _ request: ServerSession.RequestID, _ command: PlayCommand, on connection: ConnectionID, slot: Int,
        at now: Instant, _ wishes: inout Wishes
    ) {
        let name: StreamName
        do throws(StreamNameError) {
            name = try StreamName(app: slots[slot]?.app ?? "", name: command.name)
        } catch {
            return refuse(request, .playStreamNotFound, "\(error)", on: slot, at: now, &wishes)
        }
        let play = PlayRequest(
            request: request, connection: connection, messageStream: command.stream, name: name, start: command.from,
            duration: command.duration)
        route(play, at: now, &wishes)
    }

    /// A player that goes over to another stream leaves the one it has and joins the other like everybody. Nothing can
    /// be put behind a live stream, which has no end to wait for.
    mutating func play2(
        _ request: ServerSession.RequestID, _ command: Play2Command, on connection: ConnectionID, slot: Int,
        at now: Instant, _ wishes: inout Wishes
    ) {
        let name = try? StreamName(app: slots[slot]?.app ?? "", name: command.name)
        let isAppended = command.transition == .append || command.transition == .appendAndWait
        guard let name, !isAppended else {
            let reason = name == nil ? "there is no stream of that name" : "a live stream has no playlist"
            wishes.log(.info, "no transition \(described(slot)): \(reason)")
            return answer(slot) { session throws(UsageError) in
                try session.reject(
                    request, code: name == nil ? .playStreamNotFound : .playFailed, description: reason)
            }
        }
        if let index = slots[slot]?.plays.firstIndex(where: { $0.messageStream == command.stream }),
            let use = slots[slot]?.plays.remove(at: index)
        {
            removePlayer(of: slot, use, why: "goes over to \(name.path)", at: now, &wishes)
        }
        leavePlayback(of: slot, on: command.stream, why: "goes over to \(name.path)", at: now, &wishes)
        let start = PlayCommand(stream: command.stream, name: command.name, start: command.start).from
        let play = PlayRequest(
            request: request, connection: connection, messageStream: command.stream, name: name, start: start,
            duration: command.duration)
        route(play, at: now, &wishes)
    }

    mutating func addPlayer(
        of name: StreamName, slot: Int, on messageStream: MessageStreamID, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let connection = slots[slot]?.id else { return }
        var player = Player(connection: connection, messageStream: messageStream, since: now)
        let stream = add(&player, of: name, slot: slot, at: now, &wishes)
        let lacks = codecsNotTaken(by: slot, in: stream)
        let note = lacks.isEmpty ? "" : ", which announces no \(lacks.joined(separator: ", "))"
        wishes.log(.info, "play \(described(slot)) \(name.path)\(note)")
        pullIfNeeded(stream: stream, at: now, &wishes)
    }

    /// Lets a connection play a stream, which may be at home on another shard.
    /// - Returns: the stream's index.
    @discardableResult
    mutating func add(
        _ player: inout Player, of name: StreamName, slot: Int, at now: Instant, _ wishes: inout Wishes
    ) -> Int {
        let stream = streamToPlay(named: name, at: now)
        if slots[slot]?.plays.isEmpty == false { useMessagesOnly(slot) }
        slots[slot]?.plays.append(Slot.Use(messageStream: player.messageStream, stream: stream))
        slots[slot]?.closeAt = nil
        if player.mode != .paused {
            player.mode = .waiting(from: configuration.hasGOPCache ? 0 : streams[stream]?.log.head ?? 0)
        }
        streams[stream]?.players.append(player)
        streams[stream]?.idleSince = nil
        wishes.append(.media(player.connection, isSource: false))
        markDirty(stream: stream)
        return stream
    }

    /// Codecs of a stream that a player's announcement leaves out. It gets the stream all the same.
    func codecsNotTaken(by slot: Int, in stream: Int) -> [String] {
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
    mutating func changePlayer(
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
}
