// SPDX-License-Identifier: Apache-2.0

import AMF

/// What is answered to which command.
extension ServerSession {
    mutating func handleCommand(_ message: RawMessage) throws(RTMPError) -> Event? {
        if case .undecided = state {
            guard held.count < configuration.limits.outstandingCalls else {
                throw connection.fail(.limitExceeded, "\(held.count) commands before connect is answered")
            }
            held.append(message)
            return nil
        }
        let command = try connection.command(in: message)
        let name = command.name.lowercased()
        guard name != "connect" else { return try connect(command) }
        guard state == .connected else {
            connection.fail(command, "connect comes first")
            return nil
        }
        switch name {
        case "createstream":
            let index = try addStream()
            return reply(to: command, .number(Double(streams[index].id.rawValue)))
        case "publish": return try publish(command, on: message.streamID)
        case "play": return try play(command, on: message.streamID)
        case "play2": return try play2(command, on: message.streamID)
        case "releasestream": return reply(to: command)
        case "fcpublish": return fcPublish(command)
        case "fcunpublish": return fcUnpublish(command)
        case "deletestream": return deleteStream(command, on: message.streamID)
        case "closestream": return closeStream(message.streamID)
        case "fcsubscribe": return fcSubscribe(command)
        case "fcunsubscribe":
            connection.send(Command("onFCUnsubscribe"), on: .command)
            return nil
        case "_checkbw": return reply(to: command)
        case "getstreamlength" where configuration.answersStreamLength: return reply(to: command, 0)
        case "getstreamlength": return .unhandled(.command(command), on: message.streamID)
        case "pause", "pauseraw", "seek", "receiveaudio", "receivevideo":
            return playerWish(name, command, on: message.streamID)
        case "_result", "_error":
            return connection.isAwaited(command) ? .answer(command) : nil
        case "onstatus":
            return nil  // Nothing that a client could have to say.
        default:
            if configuration.answersUnknownCalls { connection.fail(command, "no such procedure") }
            return .unhandled(.command(command), on: message.streamID)
        }
    }

    private mutating func connect(_ command: Command) throws(RTMPError) -> Event? {
        guard state == .awaitingConnect else {
            connection.fail(command, "already connected")
            return nil
        }
        let connect = ConnectCommand(command)
        try checkLength(connect.app, "app")
        try checkLength(connect.tcURL, "tcUrl")
        clientExtensions = connect.capabilities.extensions ?? []
        wantedEncoding = connect.objectEncoding
        let request = newRequest()
        state = .undecided(request, transactionID: command.transactionID)
        return .connect(request, connect)
    }

    private mutating func publish(_ command: Command, on id: MessageStreamID) throws(RTMPError) -> Event? {
        let index = try streamIndex(for: id)
        let stream = streams[index].id
        let closed = close(index)
        guard let publish = PublishCommand(command, on: stream) else { return closed }
        try checkLength(publish.name, "stream name")
        let request = newRequest()
        streams[index].state = .asked(request, .publish(name: publish.name))
        return inOrder(closed, .publish(request, publish))
    }

    private mutating func play(_ command: Command, on id: MessageStreamID) throws(RTMPError) -> Event? {
        let index = try streamIndex(for: id)
        let stream = streams[index].id
        let closed = close(index)
        guard let play = PlayCommand(command, on: stream) else { return closed }
        try checkLength(play.name, "stream name")
        let request = newRequest()
        streams[index].state = .asked(request, .play(reset: play.reset))
        return inOrder(closed, .play(request, play))
    }

    private mutating func play2(_ command: Command, on id: MessageStreamID) throws(RTMPError) -> Event? {
        let index = try streamIndex(for: id)
        let stream = streams[index]
        guard let play2 = Play2Command(command, on: stream.id) else {
            connection.fail(command, "play2 says nothing")
            return nil
        }
        guard play2.transition != .stop else { return close(index) }
        try checkLength(play2.name, "stream name")
        guard stream.isPlaying, let purpose = stream.state.activePurpose else {
            // There is nothing to leave, so it is a play.
            let closed = close(index)
            let play = PlayCommand(
                stream: stream.id, name: play2.name, start: play2.start, duration: play2.duration,
                reset: play2.transition == .reset)
            let request = newRequest()
            streams[index].state = .asked(request, .play(reset: play.reset))
            return inOrder(closed, .play(request, play))
        }
        let request = newRequest()
        streams[index].state = .switching(request, to: play2.name, purpose)
        return .play2(request, play2)
    }

    private mutating func fcPublish(_ command: Command) -> Event? {
        _ = reply(to: command)
        let name = command.arguments.first?.string ?? ""
        connection.send(Command("onFCPublish", arguments: [Status(.publishStart, name).value]), on: .command)
        return nil
    }

    private mutating func fcUnpublish(_ command: Command) -> Event? {
        var found: Int?
        if let name = command.arguments.first?.string {
            found = streams.firstIndex { $0.state.purpose == .publish(name: name) }
            // Some leave the query away that they published with.
            found = found ?? onlyBusyStream { $0.isPublish(named: name) }
        } else {
            found = onlyBusyStream { if case .publish = $0 { true } else { false } }
        }
        _ = reply(to: command)
        guard let found else { return nil }
        connection.send(Command("onFCUnpublish", arguments: [Status(.unpublishSuccess, "").value]), on: .command)
        return close(found)
    }

    /// GStreamer names the stream instead of giving its number, and some give nothing at all.
    private mutating func deleteStream(_ command: Command, on id: MessageStreamID) -> Event? {
        var found: Int?
        switch command.arguments.first {
        case .number(let number)? where number != 0:
            found = streams.firstIndex { Double($0.id.rawValue) == number }
        case let name?:
            found = name.string.flatMap { name in streams.firstIndex { $0.state.purpose == .publish(name: name) } }
            fallthrough
        case nil:
            found = found ?? streams.firstIndex { $0.id == id } ?? onlyBusyStream()
        }
        guard let found else { return nil }
        let closed = close(found)
        streams.remove(at: found)
        return closed
    }

    private mutating func closeStream(_ id: MessageStreamID) -> Event? {
        (streams.firstIndex { $0.id == id } ?? onlyBusyStream()).flatMap { close($0) }
    }

    /// Makes a stream idle; the event if it was not.
    private mutating func close(_ index: Int) -> Event? {
        let stream = streams[index]
        guard stream.state != .idle else { return nil }
        streams[index].state = .idle
        if stream.isPublishing {
            connection.send(Status(.unpublishSuccess, "The stream is no longer published."), stream: stream.id)
        }
        return .streamClosed(stream.id)
    }

    /// Akamai's players wait for the answer.
    private mutating func fcSubscribe(_ command: Command) -> Event? {
        let name = command.arguments.first?.string ?? ""
        connection.send(Command("onFCSubscribe", arguments: [Status(.playStart, name).value]), on: .command)
        return nil
    }

    private func playerWish(_ name: String, _ command: Command, on id: MessageStreamID) -> Event? {
        guard let stream = playingStream(for: id) else { return nil }
        let first = command.arguments.first
        switch name {
        case "seek":
            return .seek(stream, milliseconds: first?.number ?? 0)
        case "receiveaudio":
            return .receive(stream, audio: first?.boolean ?? true, video: nil)
        case "receivevideo":
            return .receive(stream, audio: nil, video: first?.boolean ?? true)
        default:
            let position = command.arguments.dropFirst().first?.number ?? 0
            return .pause(stream, isPaused: first?.boolean ?? true, milliseconds: position)
        }
    }

    /// Answers a call that asks for an answer.
    private mutating func reply(to command: Command, _ value: AMF0Value? = nil) -> Event? {
        try? connection.answer(command, with: value.map { [$0] } ?? [])
        return nil
    }

    private mutating func inOrder(_ first: Event?, _ second: Event) -> Event {
        guard let first else { return second }
        pending.append(second)
        return first
    }

    private mutating func checkLength(_ text: String, _ what: String) throws(RTMPError) {
        let limit = configuration.limits.nameLength
        guard text.utf8.count <= limit else {
            throw connection.fail(.limitExceeded, "\(what) of more than \(limit) bytes")
        }
    }
}

extension ServerSession.Purpose {
    /// Whether this publishes `name`, whatever query either has.
    fileprivate func isPublish(named name: String) -> Bool {
        guard case .publish(let own) = self else { return false }
        return own.prefix { $0 != "?" } == name.prefix { $0 != "?" }
    }
}
