// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// Plays the same stream on message streams 1 and 2 of one connection, speaking in raw messages.
struct SecondStreamPlayer: Program, ~Copyable {
    let url: RTMPURL
    private(set) var messages: [RawMessage] = []
    private var handshake: Handshake
    private var reader = ChunkReader()
    private var writer = ChunkWriter()
    private var isOpen = false
    private var connection: ConnectionID?
    private var output: [UInt8] = []
    private var sent = 0

    init(_ url: RTMPURL) {
        self.url = url
        var random = SplitMix64(seed: 9)
        handshake = Handshake(role: .client, random: &random)
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
            output += handshake.takeOutput()
            call(["connect", 1, ["app": .string(AMFString(url.app)), "tcUrl": .string(AMFString(url.tcURL))]], on: 0)
            call(["createStream", 2, .null], on: 0)
            call(["createStream", 3, .null], on: 0)
            for stream: UInt32 in [1, 2] {
                call(["play", 0, .null, .string(AMFString(url.name.value)), -2000], on: stream)
            }
        }
        reader.receive(bytes.extracting(position..<bytes.count))
        while let message = try? reader.nextMessage() { messages.append(message) }
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        guard let connection else { return .never }
        if !isOpen { output += handshake.takeOutput() }
        let pending = output
        sent += link.send(connection, pending.span.extracting(sent..<pending.count))
        return .never
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) { self.connection = nil }
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
