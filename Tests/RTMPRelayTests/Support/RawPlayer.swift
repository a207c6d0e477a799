// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// Plays a stream on some message streams of one connection and makes calls of any kind, speaking in raw messages.
struct RawPlayer: Program, ~Copyable {
    /// A call to make some time after the start.
    struct Call: Sendable {
        var after: Duration
        var values: [AMF0Value]
        var stream: UInt32 = 1
    }

    let url: RTMPURL
    let plays: [UInt32]
    let connectProperties: AMF0Object
    /// What stands behind the name in play.
    var arguments: [AMF0Value] = [-2000]
    /// Milliseconds for Set Buffer Length.
    var buffer: UInt32?
    private(set) var messages: [RawMessage] = []
    /// When each of them came.
    private(set) var arrivals: [Instant] = []
    private(set) var isClosed = false
    private var handshake: Handshake
    private var reader = ChunkReader()
    private var writer = ChunkWriter()
    private var isOpen = false
    private var connection: ConnectionID?
    private var output: [UInt8] = []
    private var sent = 0
    private var calls: [Call]
    private var began = Instant.never

    init(_ url: RTMPURL, plays: [UInt32] = [1], calls: [Call] = [], connectProperties: AMF0Object = [:]) {
        self.url = url
        self.connectProperties = connectProperties
        self.plays = plays
        self.calls = calls
        var random = SplitMix64(seed: 9)
        handshake = Handshake(role: .client, random: &random)
        reader.isAccepted = true
    }

    func frames(of stream: UInt32, _ synthetic: Synthetic) -> [Int] {
        messages.filter { $0.streamID.rawValue == stream }.compactMap { message in
            guard message.typeID == .audio || message.typeID == .video else { return nil }
            return synthetic.number(
                of: MediaPacket(
                    message.typeID == .video ? .video : .audio, timestamp: message.timestamp,
                    payload: message.payload))
        }
    }

    /// The codes of all statuses, in order.
    var statuses: [String] {
        messages.filter { $0.typeID == .command }.compactMap { message in
            (try? AMF0Value.decodeAll(message.payload.span))?.last?["code"]?.string
        }
    }

    private mutating func call(_ values: [AMF0Value], on stream: UInt32) {
        var payload: [UInt8] = []
        for value in values { try? value.encode(into: &payload) }
        try? writer.write(
            RawMessage(
                typeID: .command, streamID: MessageStreamID(rawValue: stream), timestamp: RTMPTimestamp(0),
                payload: payload),
            on: ChunkStreamID(rawValue: 3), into: &output)
    }

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.connect(ConnectAttempt(1), url.address, timeout: .seconds(10)))
    }

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) { self.connection = connection }

    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        var position = 0
        if !isOpen {
            guard (try? handshake.next(from: bytes, at: &position)) == true else { return }
            isOpen = true
            began = now
            output += handshake.takeOutput()
            var object: AMF0Object = [
                "app": .string(AMFString(url.app)), "tcUrl": .string(AMFString(url.tcURL)),
            ]
            object.properties += connectProperties.properties
            call(["connect", 1, .object(object)], on: 0)
            for stream in 1...(plays.max() ?? 1) { call(["createStream", .number(Double(stream + 1)), .null], on: 0) }
            for stream in plays {
                call(["play", 0, .null, .string(AMFString(url.name.value))] + arguments, on: stream)
            }
            if let buffer {
                var body: [UInt8] = []
                UserControlEvent.setBufferLength(MessageStreamID(rawValue: 1), milliseconds: buffer).encode(into: &body)
                try? writer.write(
                    RawMessage(typeID: .userControl, streamID: .netConnection, timestamp: .zero, payload: body),
                    on: .control, into: &output)
            }
        }
        reader.receive(bytes.extracting(position..<bytes.count))
        while let message = try? reader.nextMessage() {
            messages.append(message)
            arrivals.append(now)
        }
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        guard let connection else { return .never }
        while let next = calls.first, isOpen, began + next.after <= now {
            call(next.values, on: next.stream)
            calls.removeFirst()
        }
        if !isOpen { output += handshake.takeOutput() }
        let pending = output
        sent += link.send(connection, pending.span.extracting(sent..<pending.count))
        return isOpen ? calls.first.map { began + $0.after } ?? .never : .never
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        self.connection = nil
        isClosed = true
    }
    mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {}
    mutating func writable(_ connection: ConnectionID) {}
    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {}
}
