// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What the owner decides and sends.
extension ServerSession {
    /// Says yes to a request, and everything that goes with it.
    ///
    /// To connect: Window Acknowledgement Size, Set Peer Bandwidth, Set Chunk Size, `_result`. To publish: Stream Begin
    /// and Publish.Start. To play: Stream Begin, Play.Reset if asked for, Play.Start and `|RtmpSampleAccess`. To play2:
    /// Play.Transition, and Play.TransitionComplete, since what is sent from then on is the other stream.
    /// - Throws: ``UsageError`` when the request is answered already, or its stream was closed since.
    public mutating func accept(_ request: RequestID) throws(UsageError) {
        if case .undecided(request, let transactionID) = state {
            return try acceptConnect(transactionID)
        }
        for index in streams.indices {
            let stream = streams[index].id
            if case .switching(request, let name, let purpose) = streams[index].state {
                streams[index].state = .active(purpose)
                return try sendTransition(to: name, on: stream)
            }
            guard case .asked(request, let purpose) = streams[index].state else { continue }
            streams[index].state = .active(purpose)
            connection.accept()
            connection.send(.streamBegin(stream))
            switch purpose {
            case .publish:
                connection.send(Status(.publishStart, "Publishing has started."), stream: stream)
            case .play(let reset):
                if reset { connection.send(Status(.playReset, "The playlist is empty."), stream: stream) }
                connection.send(Status(.playStart, "Playing has started."), stream: stream)
                try connection.send(Self.sampleAccess, stream: stream, fullHeader: true)
            }
            return
        }
        throw UsageError(.unknownRequest, in: "accept")
    }

    /// Says no to a request. The owner closes the connection once the output is sent; a stream may also ask again, and
    /// one that asked to play another stream goes on with the one that it has.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - code: Such as ``StatusCode/publishBadName``.
    ///   - description: A sentence for the peer's user. Some clients look for words in it.
    ///   - details: More properties for the information object, such as `ex` of a redirect.
    /// - Throws: ``UsageError`` when the request is answered already, or its stream was closed since, or the text is
    ///   longer than 65,535 bytes.
    public mutating func reject(
        _ request: RequestID, code: StatusCode, description: String, details: AMF0Object = AMF0Object()
    ) throws(UsageError) {
        guard description.utf8.count <= Int(UInt16.max) else { throw UsageError(.invalidMessage, in: "description") }
        let status = Status(code, description, level: .error, details: details)
        if case .undecided(request, let transactionID) = state {
            state = .awaitingConnect
            let answer = Command("_error", transactionID: transactionID, arguments: [status.value])
            return connection.send(answer, on: .command)
        }
        for index in streams.indices {
            switch streams[index].state {
            case .asked(request, _): streams[index].state = .idle
            case .switching(request, _, let purpose): streams[index].state = .active(purpose)
            default: continue
            }
            return connection.send(status, stream: streams[index].id)
        }
        throw UsageError(.unknownRequest, in: "reject")
    }

    /// Sends a packet to a player.
    ///
    /// - Parameters:
    ///   - packet: The packet. Its payload goes out as it is.
    ///   - stream: A stream whose play was accepted.
    ///   - fullHeader: Whether the chunk header must not refer to what was sent before, because the owner has also
    ///     put bytes of its own on the connection.
    /// - Throws: ``UsageError`` when nothing plays on that stream, or the payload is too long for the wire.
    public mutating func send(
        _ packet: MediaPacket, on stream: MessageStreamID, fullHeader: Bool = false
    ) throws(UsageError) {
        guard streams.contains(where: { $0.id == stream && $0.isPlaying }) else {
            throw UsageError(.unknownStream, in: "\(stream) does not play")
        }
        try connection.send(packet, stream: stream, fullHeader: fullHeader)
    }

    /// Sends an onStatus on a stream, or on the connection itself.
    public mutating func sendStatus(_ status: Status, on stream: MessageStreamID) {
        connection.send(status, stream: stream)
    }

    /// Tells a player that the data of its stream have ended. GStreamer ends on it.
    public mutating func sendStreamEOF(_ stream: MessageStreamID) {
        connection.send(.streamEOF(stream))
    }

    /// Ends a player properly: Play.UnpublishNotify, Stream EOF, Play.Stop. Does nothing when nothing plays there.
    public mutating func endPlay(_ stream: MessageStreamID) {
        guard let index = streams.firstIndex(where: { $0.id == stream && $0.isPlaying }) else { return }
        streams[index].state = .idle
        connection.send(Status(.playUnpublishNotify, "The stream is no longer published."), stream: stream)
        sendStreamEOF(stream)
        connection.send(Status(.playStop, "Playing has stopped."), stream: stream)
    }

    /// Ends a publisher from this side. Does nothing when nothing is published there.
    ///
    /// - Parameters:
    ///   - stream: A stream whose publish was accepted.
    ///   - status: What the peer is told; of level error when it is thrown out.
    public mutating func endPublish(
        _ stream: MessageStreamID, status: Status = Status(.unpublishSuccess, "The stream is no longer published.")
    ) {
        guard let index = streams.firstIndex(where: { $0.id == stream && $0.isPublishing }) else { return }
        streams[index].state = .idle
        connection.send(status, stream: stream)
    }

    /// Asks the client to connect anew, to another server or to the same one (E-RTMP v2, Reconnect Request).
    ///
    /// The client goes when it likes, so the owner serves it until the connection ends, and closes it itself after a
    /// generous time.
    /// - Parameters:
    ///   - tcURL: The URL up to the app, whole or relative to the present one; nil for the same.
    ///   - description: A sentence for the client's user.
    /// - Throws: ``UsageError/Code/wrongState`` before connect was accepted, ``UsageError/Code/notAnnounced`` when the
    ///   client does not know such requests, ``UsageError/Code/invalidMessage`` when a text has more than 65,535 bytes.
    public mutating func requestReconnect(to tcURL: String? = nil, description: String = "") throws(UsageError) {
        guard isConnected else { throw UsageError(.wrongState, in: "reconnect request before connect") }
        guard canRequestReconnect else { throw UsageError(.notAnnounced, in: "reconnect request") }
        guard max(tcURL?.utf8.count ?? 0, description.utf8.count) <= Int(UInt16.max) else {
            throw UsageError(.invalidMessage, in: "text of a reconnect request")
        }
        var status = Status(.connectReconnectRequest, description)
        if let tcURL { status.details["tcUrl"] = .string(AMFString(tcURL)) }
        connection.send(status, stream: .netConnection)
    }

    /// Asks the peer to answer with the same number, in the event ``Event/pong(timestamp:)``.
    public mutating func ping(_ timestamp: UInt32) {
        connection.send(.pingRequest(timestamp))
    }

    private mutating func acceptConnect(_ transactionID: Double) throws(UsageError) {
        connection.announceWindow(configuration.windowAcknowledgementSize)
        connection.limitPeer(to: configuration.peerBandwidth)
        // Before the answer: ffmpeg adopts what it has heard by then for all it publishes.
        try connection.setChunkSize(configuration.chunkSize)
        state = .connected
        var information = Status(.connectSuccess, "Connection succeeded.")
        let encoding = configuration.objectEncoding == .amf3 ? wantedEncoding : .amf0
        information.details["objectEncoding"] = .number(Double(encoding.rawValue))
        configuration.capabilities.append(to: &information.details)
        let properties: AMF0Object = ["fmsVer": .string(AMFString(configuration.serverVersion)), "capabilities": 31]
        connection.send(
            Command(
                "_result", transactionID: transactionID, object: .object(properties), arguments: [information.value]),
            on: .command)
        // Only now: whoever does not get what it asked for must be able to read that.
        connection.objectEncoding = encoding
    }

    private mutating func sendTransition(to name: String, on stream: MessageStreamID) throws(UsageError) {
        var transition = Status(.playTransition, "Another stream is played.")
        transition.details["details"] = .string(AMFString(name))
        transition.details["reason"] = "NetStream.Transition.Success"
        connection.send(transition, stream: stream)
        var complete = Status(.playTransitionComplete, "Another stream is played.")
        complete.details["details"] = .string(AMFString(name))
        try connection.send(.data(["onPlayStatus", complete.value]), stream: stream, timestamp: .zero)
    }

    /// `|RtmpSampleAccess` true true: Flash players may look at the samples.
    private static let sampleAccess = MediaPacket(
        .data, timestamp: .zero,
        payload: [0x02, 0x00, 0x11] + Array("|RtmpSampleAccess".utf8) + [0x01, 0x01, 0x01, 0x01])
}
