// SPDX-License-Identifier: Apache-2.0

/// How far a connection has come, and what its streams do.
///
/// ```
/// awaitingConnect ──connect──▶ undecided ──accept──▶ connected
///        ▲                         │
///        └─────────reject──────────┘
///
///   idle ──publish, play──▶ asked ──accept──▶ publishing, playing
///    ▲                        │                      │   ▲
///    └──reject, close─────────┴──close, end──────────┤   └─accept, reject─┐
///                                                    └──play2──▶ switching
/// ```
extension ServerSession {
    enum ConnectState: Sendable, Hashable {
        case awaitingConnect
        /// The owner has to answer; commands wait in `held`.
        case undecided(RequestID, transactionID: Double)
        case connected
    }

    enum StreamState: Sendable, Hashable {
        case idle
        /// The owner has to answer.
        case asked(RequestID, Purpose)
        case active(Purpose)
        /// Active, and the owner has to answer whether another stream is to be played.
        indirect case switching(RequestID, to: String, Purpose)

        var purpose: Purpose? {
            switch self {
            case .idle: nil
            case .asked(_, let purpose): purpose
            case .active, .switching: activePurpose
            }
        }

        var activePurpose: Purpose? {
            switch self {
            case .idle, .asked: nil
            case .active(let purpose), .switching(_, _, let purpose): purpose
            }
        }
    }

    enum Purpose: Sendable, Hashable {
        /// FCUnpublish names streams by name.
        case publish(name: String)
        case play(reset: Bool)
    }

    struct Stream: Sendable, Hashable {
        let id: MessageStreamID
        var state: StreamState

        var isPublishing: Bool {
            if case .publish = state.activePurpose { return true }
            return false
        }

        var isPlaying: Bool {
            if case .play = state.activePurpose { return true }
            return false
        }
    }

    /// The first command that waited for the answer to connect.
    mutating func nextHeld() -> RawMessage? {
        if case .undecided = state { return nil }
        return held.isEmpty ? nil : held.removeFirst()
    }

    mutating func newRequest() -> RequestID {
        lastRequest &+= 1
        return RequestID(number: lastRequest)
    }

    /// The index of the stream that a command for `id` means: that one, or the only one there is. A client that sends
    /// publish without createStream gets its stream all the same; on the connection itself that is a new one.
    mutating func streamIndex(for id: MessageStreamID) throws(RTMPError) -> Int {
        if let index = streams.firstIndex(where: { $0.id == id }) { return index }
        if streams.count == 1 { return 0 }
        return try addStream(id == .netConnection ? nil : id)
    }

    /// Adds a stream with the given number or the next free one.
    mutating func addStream(_ wanted: MessageStreamID? = nil) throws(RTMPError) -> Int {
        guard streams.count < configuration.limits.messageStreams else {
            throw connection.fail(.limitExceeded, "\(configuration.limits.messageStreams) message streams")
        }
        while wanted == nil, nextStreamID == 0 || streams.contains(where: { $0.id.rawValue == nextStreamID }) {
            nextStreamID &+= 1
        }
        let id = wanted ?? MessageStreamID(rawValue: nextStreamID)
        if wanted == nil { nextStreamID &+= 1 }
        streams.append(Stream(id: id, state: .idle))
        return streams.count - 1
    }

    /// The publishing stream that media for `id` belong to: that one, or the only one. Gateways send media on stream 0,
    /// and some write the number in the wrong byte order.
    func publishingStream(for id: MessageStreamID) -> MessageStreamID? {
        if let stream = streams.first(where: { $0.id == id }), stream.isPublishing { return id }
        var only: MessageStreamID?
        for stream in streams where stream.isPublishing {
            guard only == nil else { return nil }
            only = stream.id
        }
        return only
    }

    /// The playing stream that a command for `id` means.
    func playingStream(for id: MessageStreamID) -> MessageStreamID? {
        if let stream = streams.first(where: { $0.id == id }), stream.isPlaying { return id }
        let playing = streams.filter(\.isPlaying)
        return playing.count == 1 ? playing[0].id : nil
    }

    /// The index of the stream that is asked for or active, if there is exactly one that fits.
    func onlyBusyStream(where fits: (Purpose) -> Bool = { _ in true }) -> Int? {
        let busy = streams.indices.filter { streams[$0].state.purpose.map(fits) ?? false }
        return busy.count == 1 ? busy[0] : nil
    }
}
