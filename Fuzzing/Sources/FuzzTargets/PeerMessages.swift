// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// The bytes that a peer sends: chunks as they are in the input, or the messages that the input asks for.
///
/// Only a handshake needs many bytes: the rest is short, so that more of it is tried.
func peerBytes(_ input: inout FuzzInput, asMessages: Bool) -> [UInt8] {
    guard asMessages else { return input.bytes(input.rest.count > Handshake.size / 2 ? input.rest.count : 1024) }
    var output: [UInt8] = []
    var writer = ChunkWriter()
    var count = 0
    while !input.isEmpty, count < 16 {
        count += 1
        writePeerMessage(&input, by: &writer, into: &output)
    }
    return output
}

/// Writes one message that the input asks for, as a peer would.
func writePeerMessage(_ input: inout FuzzInput, by writer: inout ChunkWriter, into output: inout [UInt8]) {
    let kind = input.byte()
    let stream = MessageStreamID(rawValue: UInt32(input.byte() & 3))
    let body: RTMPMessage
    switch kind & 7 {
    case 0, 1, 2, 3:
        let name = commandNames[Int(input.byte()) % commandNames.count]
        let values = AMF0Value.decodePrefix(input.bytes(Int(input.byte())).span).values
        body = .command(
            Command(
                name, transactionID: Double(input.byte() & 7),
                object: kind & 8 == 0 ? .null : values.first ?? .null,
                arguments: kind & 8 == 0 ? values : Array(values.dropFirst())))
    case 4:
        let status: AMF0Value = .object([
            "level": kind & 8 == 0 ? "status" : "error",
            "code": .string(AMFString(statusCodes[Int(input.byte()) % statusCodes.count])),
            // A reconnect request says where to go.
            kind & 16 == 0 ? "description" : "tcUrl": .string(AMFString(text(&input))),
        ])
        body = .command(Command("onStatus", arguments: [status]))
    case 5: body = .other(kind & 8 == 0 ? .audio : .video, input.bytes(Int(input.byte())))
    case 6:
        let event = kind & 8 == 0 ? [0, 6] + input.bytes(4) : input.bytes(Int(input.byte() & 63))
        body = .other(.userControl, event)
    default: body = .other(MessageTypeID(rawValue: input.byte()), input.bytes(Int(input.byte())))
    }
    let chunkStream = ChunkStreamID(rawValue: UInt32(3 + (kind >> 5)))
    guard let raw = try? body.encoded(on: stream) else { return }
    try? writer.write(raw, on: chunkStream, fullHeader: kind & 16 != 0, into: &output)
}

private func text(_ input: inout FuzzInput) -> String {
    String(decoding: input.bytes(Int(input.byte() & 63)), as: UTF8.self)
}

private let commandNames = [
    "connect", "createStream", "publish", "play", "releaseStream", "FCPublish", "FCUnpublish", "deleteStream",
    "closeStream", "pause", "seek", "receiveAudio", "receiveVideo", "_checkbw", "getStreamLength", "FCSubscribe",
    "_result", "_error", "onStatus", "onBWDone", "close", "onFCUnsubscribe", "play2", "call", "", "@setDataFrame",
]

private let statusCodes = [
    "NetConnection.Connect.Success", "NetConnection.Connect.Rejected", "NetConnection.Connect.ReconnectRequest",
    "NetConnection.Connect.Closed", "NetStream.Publish.Start", "NetStream.Publish.BadName", "NetStream.Play.Start",
    "NetStream.Play.Stop", "NetStream.Play.Reset", "NetStream.Play.UnpublishNotify", "NetStream.Play.PublishNotify",
    "NetStream.Play.StreamNotFound", "NetStream.Play.Complete", "NetStream.Seek.Failed", "",
]
