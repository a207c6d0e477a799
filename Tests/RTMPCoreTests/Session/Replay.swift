// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport

/// A session that listens to one side of a capture and decides as the other side of it did.
protocol ReplayListener: Sendable {
    associatedtype Event: Hashable, Sendable
    mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Event?
    mutating func decide(_ event: Event) throws(UsageError)
    mutating func takeOutput() -> [UInt8]
    mutating func receiveEnd()
    /// The packet in an event.
    static func packet(_ event: Event) -> MediaPacket?
    /// An event other than a packet in words, as in `Fixtures/session/events.txt`.
    static func words(_ event: Event) -> String
}

/// A server that accepts everything, for what a client said.
struct AcceptingServer: ReplayListener {
    var session: ServerSession
    /// Whether it asks for media in place.
    let takesInPlace: Bool

    init(takesInPlace: Bool = false) {
        self.takesInPlace = takesInPlace
        var random = SeededGenerator(seed: 3)
        session = ServerSession(random: &random)
    }

    mutating func next(
        from input: Span<UInt8>, at position: inout Int
    ) throws(RTMPError) -> ServerSession.Event? {
        guard takesInPlace else { return try session.next(from: input, at: &position) }
        switch try session.nextInPlace(from: input, at: &position) {
        case .event(let event): return event
        case .media(let message, on: let stream): return .media(MediaPacket(message, in: input), on: stream)
        case nil: return nil
        }
    }

    mutating func decide(_ event: ServerSession.Event) throws(UsageError) {
        switch event {
        case .connect(let request, _), .publish(let request, _), .play(let request, _): try session.accept(request)
        default: break
        }
    }

    mutating func takeOutput() -> [UInt8] { session.takeOutput() }
    mutating func receiveEnd() { session.receiveEnd() }

    static func packet(_ event: ServerSession.Event) -> MediaPacket? {
        if case .media(let packet, on: .one) = event { packet } else { nil }
    }

    static func words(_ event: ServerSession.Event) -> String {
        switch event {
        case .connect(_, let connect): "connect \(connect.app)"
        case .publish(_, let publish): "publish \(publish.name) \(publish.kind)"
        case .play(_, let play): "play \(play.name) \(Int(play.start)) \(Int(play.duration))"
        case .streamClosed(let stream): "closed \(stream.rawValue)"
        case .bufferLength(let stream, let time): "buffer \(stream.rawValue) \(time)"
        case .closed: "end"
        default: "\(event)"
        }
    }
}

/// A client that asks for what the client of the capture asked for, at its own time, for what a server said.
///
/// Its transactions are numbered as ffmpeg numbers them when it publishes. Other clients number differently, so their
/// servers' answers do too: the session takes a number that answers nothing else for the answer to createStream.
struct ObservingClient: ReplayListener {
    var session: ClientSession
    let purpose: ClientSession.Purpose
    /// Whether it asks for media in place.
    let takesInPlace: Bool

    init(_ purpose: ClientSession.Purpose, takesInPlace: Bool = false) throws {
        self.takesInPlace = takesInPlace
        var random = SeededGenerator(seed: 4)
        self.purpose = purpose
        session = ClientSession(configuration: .init(purpose: purpose), random: &random)
        try session.connect(to: RTMPURL("rtmp://host/live"))
    }

    mutating func next(
        from input: Span<UInt8>, at position: inout Int
    ) throws(RTMPError) -> ClientSession.Event? {
        guard takesInPlace else { return try session.next(from: input, at: &position) }
        switch try session.nextInPlace(from: input, at: &position) {
        case .event(let event): return event
        case .media(let message, on: let stream): return .media(MediaPacket(message, in: input), on: stream)
        case nil: return nil
        }
    }

    mutating func decide(_ event: ClientSession.Event) throws(UsageError) {
        guard case .connected = event else { return }
        if purpose == .publish { try session.publish("name") } else { try session.play("name") }
    }

    mutating func takeOutput() -> [UInt8] { session.takeOutput() }
    mutating func receiveEnd() { session.receiveEnd() }

    static func packet(_ event: ClientSession.Event) -> MediaPacket? {
        if case .media(let packet, on: .one) = event { packet } else { nil }
    }

    static func words(_ event: ClientSession.Event) -> String {
        switch event {
        case .connected: "connected"
        case .publishing(let stream): "publishing \(stream.rawValue)"
        case .playing(let stream): "playing \(stream.rawValue)"
        case .status(let status, _): "status \(status.code)"
        case .ended(let code): "ended \(code)"
        case .streamEOF(let stream): "eof \(stream.rawValue)"
        case .rejected(let status): "rejected \(status.code)"
        case .unhandled(.command(let command), _): "unhandled \(command.name)"
        case .closed: "end"
        default: "\(event)"
        }
    }
}

/// What a listener did: which events it reported, each as its hash, and what it said.
struct ReplayResult: Hashable {
    var events: [Int] = []
    var output: [UInt8] = []
}

extension ReplayListener {
    /// Takes in the bytes of a range of a capture.
    mutating func take(_ range: Range<Int>, of bytes: [UInt8], into result: inout ReplayResult) throws {
        let input = bytes.span.extracting(0..<range.upperBound)
        var position = range.lowerBound
        while let event = try next(from: input, at: &position) {
            result.events.append(event.hashValue)
            try decide(event)
        }
        guard position == range.upperBound else { throw ReplayError.leftBytes(at: position) }
        result.output += takeOutput()
    }
}

enum ReplayError: Error { case leftBytes(at: Int) }

/// One direction of a capture, with the places where its messages begin.
struct ReplayStream {
    let bytes: [UInt8]
    /// 0, the end of C1 or S1, then the end of the handshake and of every message.
    let boundaries: [Int]

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        var boundaries = [0, 1537, 3073]
        var reader = ChunkReader()
        var position = 3073
        while try reader.next(from: bytes.span, at: &position) != nil { boundaries.append(position) }
        self.boundaries = boundaries
    }

    /// Replays every split at `cuts` and says which ones gave another result.
    ///
    /// Replaying all of a capture for each of half a million cuts would take days. A session is a value, so its state
    /// in front of each message is kept; a cut inside a message is replayed from there: up to the cut, then on to the
    /// end of the next message, and to the end of the capture for every `longRun`th cut.
    func differences(_ start: some ReplayListener, cuts: some Sequence<Int>, longRun: Int) throws -> [String] {
        var states = [start]
        var parts: [ReplayResult] = []
        for (from, to) in zip(boundaries, boundaries.dropFirst()) {
            var state = states[states.count - 1]
            var part = ReplayResult()
            try state.take(from..<to, of: bytes, into: &part)
            parts.append(part)
            states.append(state)
        }
        var differences: [String] = []
        var segment = 0
        for (number, cut) in cuts.enumerated() {
            while segment + 1 < boundaries.count - 1, boundaries[segment + 1] <= cut { segment += 1 }
            let isLong = number.isMultiple(of: longRun)
            let last = isLong ? boundaries.count - 1 : min(segment + 2, boundaries.count - 1)
            var state = states[segment]
            var result = ReplayResult()
            try state.take(boundaries[segment]..<cut, of: bytes, into: &result)
            try state.take(cut..<boundaries[last], of: bytes, into: &result)
            let expected = parts[segment..<last]
            if result.events != expected.flatMap(\.events) || result.output != expected.flatMap(\.output) {
                differences.append("cut at \(cut)")
                if differences.count == 3 { break }
            }
        }
        return differences
    }
}
