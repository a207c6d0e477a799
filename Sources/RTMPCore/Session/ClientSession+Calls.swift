// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What the owner asks for and sends.
extension ClientSession {
    /// Begins: the handshake, and behind it the connect command.
    ///
    /// - Throws: ``UsageError`` when this was called before.
    public mutating func connect(to url: RTMPURL) throws(UsageError) {
        guard state == .idle else { throw UsageError(.wrongState, in: "connect during \(phase)") }
        state = .connecting
        connection.begin(
            with: Command(
                "connect", transactionID: newTransaction(), object: .object(connectProperties(url)),
                arguments: configuration.connectArguments))
    }

    /// Asks to send a stream: releaseStream, FCPublish, createStream, and publish once that is answered.
    ///
    /// - Parameters:
    ///   - name: The stream's name with its query. May be empty.
    ///   - kind: What shall become of the stream.
    /// - Throws: ``UsageError`` unless connected and nothing else is asked for, or when the name is too long.
    public mutating func publish(_ name: String, kind: PublishCommand.Kind = .live) throws(UsageError) {
        try checkReady(name)
        try connection.setChunkSize(configuration.chunkSize)
        // For servers made for FMLE. Nobody waits for the answers, and others give none.
        for call in ["releaseStream", "FCPublish"] {
            connection.send(
                Command(call, transactionID: newTransaction(), arguments: [.string(AMFString(name))]), on: .command)
        }
        create(.publish(name: name, kind))
    }

    /// Asks to receive a stream: createStream, and play once that is answered.
    ///
    /// - Parameters:
    ///   - name: The stream's name with its query. May be empty.
    ///   - start: Where to begin, see ``PlayCommand/start``; nil: anywhere, or live when the configuration says so.
    ///   - duration: Milliseconds to play; nil: to the end.
    /// - Throws: ``UsageError`` unless connected and nothing else is asked for, or when the name is too long.
    public mutating func play(
        _ name: String, start: Double? = nil, duration: Double? = nil
    ) throws(UsageError) {
        try checkReady(name)
        playsRecording = false
        let start = start ?? (configuration.isLive ? PlayCommand.liveStart : PlayCommand.anyStart)
        create(.play(name: name, start: start, duration: duration))
        if let subscribed = configuration.subscription ?? (configuration.isLive ? name : nil) {
            connection.send(
                Command("FCSubscribe", transactionID: newTransaction(), arguments: [.string(AMFString(subscribed))]),
                on: .command)
        }
    }

    /// Asks to go over to another stream while one plays (play2). The server says `NetStream.Play.Transition` when it
    /// does, as ``Event/status(_:on:)``, or refuses; one that does not know play2 goes on with what it has.
    ///
    /// - Parameters:
    ///   - name: The other stream's name with its query.
    ///   - transition: How to go over.
    /// - Throws: ``UsageError`` unless a stream plays, or when the name is too long.
    public mutating func play2(
        _ name: String, transition: Play2Command.Transition = .switch
    ) throws(UsageError) {
        guard case .active(.play(let oldName, _, _), let stream) = state else {
            throw UsageError(.wrongState, in: "play2 during \(phase)")
        }
        try checkLength(of: name)
        let play2 = Play2Command(stream: stream, name: name, oldName: oldName, transition: transition)
        state = .active(.play(name: name, start: play2.start, duration: nil), stream)
        connection.send(play2.command(), on: .streamCommand, stream: stream)
    }

    /// Sends a packet of the stream that is published.
    ///
    /// - Parameters:
    ///   - packet: The packet. Its payload goes out as it is; ``MediaPacket/wrappedInSetDataFrame()`` makes of metadata
    ///     what servers expect.
    ///   - stream: The stream of ``Event/publishing(_:)``.
    ///   - fullHeader: Whether the chunk header must not refer to what was sent before, because the owner has also
    ///     put bytes of its own on the connection.
    /// - Throws: ``UsageError`` when nothing is published on that stream, or the payload is too long for the wire.
    public mutating func send(
        _ packet: MediaPacket, on stream: MessageStreamID, fullHeader: Bool = false
    ) throws(UsageError) {
        guard case .active(.publish, stream) = state else {
            throw UsageError(.unknownStream, in: "\(stream) is not published")
        }
        try connection.send(packet, stream: stream, fullHeader: fullHeader)
    }

    /// Says what the media are like: `@setDataFrame`, `onMetaData` and `metadata`.
    ///
    /// - Throws: ``UsageError`` when nothing is published on that stream, or the metadata have no form on the wire.
    public mutating func setMetadata(
        _ metadata: AMF0Value, timestamp: RTMPTimestamp = .zero, on stream: MessageStreamID
    ) throws(UsageError) {
        var payload = MediaPacket.setDataFrame
        do throws(AMFError) {
            try AMF0Value.string("onMetaData").encode(into: &payload)
            try metadata.encode(into: &payload)
        } catch {
            throw UsageError(.invalidMessage, in: "metadata, \(error)")
        }
        try send(MediaPacket(.data, timestamp: timestamp, payload: payload), on: stream)
    }

    /// Ends what was asked for: FCUnpublish when publishing, then deleteStream. Afterwards ``publish(_:kind:)`` and
    /// ``play(_:start:duration:)`` may be called again. Does nothing when there is no stream.
    public mutating func finish() {
        switch state {
        case .asking(let wish, let stream, _), .active(let wish, let stream), .ended(let wish, let stream):
            if case .publish(let name, _) = wish {
                connection.send(
                    Command("FCUnpublish", transactionID: newTransaction(), arguments: [.string(AMFString(name))]),
                    on: .command)
            }
            let number = AMF0Value.number(Double(stream.rawValue))
            connection.send(
                Command("deleteStream", transactionID: newTransaction(), arguments: [number]), on: .command)
            state = .connected
        case .creating:
            // The answer finds nobody waiting.
            state = .connected
        case .idle, .connecting, .refused, .connected:
            break
        }
    }

    /// Asks the server to answer with the same number, in the event ``Event/pong(_:)``.
    public mutating func ping(_ timestamp: UInt32) {
        connection.send(.pingRequest(timestamp))
    }

    /// The properties in the order in which FMLE and Flash players send them.
    private func connectProperties(_ url: RTMPURL) -> AMF0Object {
        func text(_ value: String) -> AMF0Value { .string(AMFString(value)) }
        var object: AMF0Object = ["app": text(url.app)]
        if configuration.purpose == .publish { object["type"] = "nonprivate" }
        object["flashVer"] = text(configuration.flashVersion)
        if let swfURL = configuration.swfURL { object["swfUrl"] = text(swfURL) }
        object["tcUrl"] = text(configuration.tcURL ?? url.tcURL)
        if let pageURL = configuration.pageURL { object["pageUrl"] = text(pageURL) }
        if configuration.purpose == .play {
            object["fpad"] = false
            object["capabilities"] = 15
            object["audioCodecs"] = 4071
            object["videoCodecs"] = 252
            if configuration.capabilities.videoFunction == nil { object["videoFunction"] = 1 }
            object["objectEncoding"] = 0
        }
        if configuration.objectEncoding == .amf3 { object["objectEncoding"] = 3 }
        configuration.capabilities.append(to: &object)
        return object
    }

    private func checkReady(_ name: String) throws(UsageError) {
        guard state == .connected else { throw UsageError(.wrongState, in: "publish or play during \(phase)") }
        try checkLength(of: name)
    }

    private func checkLength(of name: String) throws(UsageError) {
        let limit = configuration.limits.nameLength
        guard name.utf8.count <= limit else {
            throw UsageError(.invalidMessage, in: "a stream name of more than \(limit) bytes")
        }
    }

    private mutating func create(_ wish: Wish) {
        let transactionID = newTransaction()
        state = .creating(wish, transactionID: transactionID)
        connection.send(Command("createStream", transactionID: transactionID), on: .command)
    }
}
