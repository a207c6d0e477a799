// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport

/// A peer written out by hand: it says exactly what a test wants, and takes apart what it hears.
struct RawPeer {
    private var handshake: Handshake
    private var reader = ChunkReader()
    private var writer = ChunkWriter()
    private var output: [UInt8] = []
    private var isOpen = false

    init(_ role: Handshake.Role) {
        var random = SeededGenerator(seed: 99)
        handshake = Handshake(role: role, scheme: .plain, random: &random)
    }

    /// Says a message.
    mutating func say(
        _ typeID: MessageTypeID, on stream: UInt32 = 0, chunkStream: UInt32 = 3, timestamp: RTMPTimestamp = 0,
        _ payload: [UInt8]
    ) throws {
        try writer.write(
            typeID: typeID, streamID: MessageStreamID(rawValue: stream), timestamp: timestamp, payload: payload.span,
            on: ChunkStreamID(rawValue: chunkStream), into: &output)
    }

    /// Says a command.
    mutating func call(
        _ name: String, _ transactionID: Double = 0, object: AMF0Value = .null, _ arguments: AMF0Value...,
        on stream: UInt32 = 0, chunkStream: UInt32 = 3
    ) throws {
        var body: [UInt8] = []
        try Command(name, transactionID: transactionID, object: object, arguments: arguments).encode(into: &body)
        try say(.command, on: stream, chunkStream: chunkStream, body)
    }

    /// Says Set Chunk Size and obeys it.
    mutating func setChunkSize(_ size: Int) throws { try writer.setChunkSize(size, into: &output) }

    /// Says a user control event.
    mutating func say(_ event: UserControlEvent) throws {
        var body: [UInt8] = []
        event.encode(into: &body)
        try say(.userControl, chunkStream: 2, body)
    }

    /// What was said since the last time.
    mutating func takeOutput() -> [UInt8] {
        var bytes = handshake.takeOutput()
        guard isOpen else { return bytes }
        bytes += output
        output = []
        return bytes
    }

    /// The messages that were heard.
    mutating func hear(_ bytes: [UInt8]) throws -> [RawMessage] {
        var position = 0
        if !isOpen { isOpen = try handshake.next(from: bytes.span, at: &position) }
        var messages: [RawMessage] = []
        while isOpen, let message = try reader.next(from: bytes.span, at: &position) { messages.append(message) }
        return messages
    }
}

/// A message in one line: its stream, what it is, and what matters in it.
func line(_ raw: RawMessage) throws -> String {
    let text: String =
        switch try RTMPMessage(decoding: raw) {
        case .command(let command):
            ([command.name, "\(Int(command.transactionID))"]
                + (command.arguments.lazy.compactMap { Status($0) }.first.map { [$0.level.rawValue, $0.code.rawValue] }
                    ?? command.arguments.map(short)))
                .joined(separator: " ")
        case .data(let values): "data " + values.map(short).joined(separator: " ")
        case .userControl(let event): line(event)
        case .audio(let bytes): "audio \(bytes.count)"
        case .video(let bytes): "video \(bytes.count)"
        case .setChunkSize(let size): "chunk size \(size)"
        case .windowAcknowledgementSize(let size): "window \(size)"
        case .setPeerBandwidth(let size, let limit): "bandwidth \(size) \(limit.rawValue)"
        case .acknowledgement(let count): "acknowledgement \(count)"
        case let other: "\(other)"
        }
    return "\(raw.streamID.rawValue): \(text)"
}

private func line(_ event: UserControlEvent) -> String {
    switch event {
    case .streamBegin(let stream): "begin \(stream.rawValue)"
    case .streamEOF(let stream): "end \(stream.rawValue)"
    case .setBufferLength(let stream, let time): "buffer \(stream.rawValue) \(time)"
    case .pingRequest(let time): "ping \(time)"
    case .pingResponse(let time): "pong \(time)"
    default: "\(event)"
    }
}

private func short(_ value: AMF0Value) -> String {
    switch value {
    case .number(let number): "\(Int(number))"
    case .boolean(let boolean): "\(boolean)"
    default: value.string ?? (value.isNull ? "null" : "object")
    }
}
