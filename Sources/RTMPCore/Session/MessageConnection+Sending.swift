// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// What a session says: commands, control, packets, each on its chunk stream.
extension MessageConnection {
    /// Lets a client say its part of the handshake, and `greeting` behind it.
    mutating func begin(with greeting: Command) {
        self.greeting = Shared(greeting)
        if !handshake.isEmpty { output += handshake[0].takeOutput() }
    }

    /// Everything to send that was not taken yet.
    mutating func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }

    /// Sends Window Acknowledgement Size.
    mutating func announceWindow(_ size: UInt32) {
        announcedWindow = size
        write(.windowAcknowledgementSize) { $0.appendUInt32(size) }
    }

    /// Sends Set Peer Bandwidth with a dynamic limit.
    mutating func limitPeer(to size: UInt32) {
        write(.setPeerBandwidth) {
            $0.appendUInt32(size)
            $0.append(2)
        }
    }

    /// Sends Set Chunk Size and obeys it.
    mutating func setChunkSize(_ size: Int) throws(UsageError) {
        try writer.setChunkSize(size, into: &output)
    }

    /// Sends a user control event.
    mutating func send(_ event: UserControlEvent) {
        write(.userControl) { event.encode(into: &$0) }
    }

    /// Sends a command. A text that no length field can express makes it disappear: only our own caller can bring one,
    /// and the sessions refuse such before they come here.
    mutating func send(_ command: Command, on chunkStream: ChunkStreamID, stream: MessageStreamID = .netConnection) {
        var body: [UInt8] = []
        guard (try? command.encode(into: &body, as: objectEncoding)) != nil else { return }
        try? write(objectEncoding.commandType, stream: stream, body: body.span, on: chunkStream, fullHeader: true)
    }

    /// Sends any message but those with which a session itself steers the connection.
    mutating func send(
        _ message: RTMPMessage, stream: MessageStreamID, timestamp: RTMPTimestamp
    ) throws(UsageError) {
        let chunkStream: ChunkStreamID
        switch message {
        case .command, .sharedObject: chunkStream = .command
        case .data: chunkStream = .data
        case .audio: chunkStream = .audio
        case .video: chunkStream = .video
        case .userControl: chunkStream = .control
        case .other(let typeID, _) where typeID.rawValue > MessageTypeID.setPeerBandwidth.rawValue: chunkStream = .data
        default: throw UsageError(.invalidMessage, in: "\(message.typeID) is the session's own")
        }
        let raw = try message.encoded(on: stream, at: timestamp, as: objectEncoding)
        try write(
            raw.typeID, stream: stream, timestamp: timestamp, body: raw.payload.span, on: chunkStream,
            fullHeader: true)
    }

    /// Sends an onStatus.
    mutating func send(_ status: Status, stream: MessageStreamID) {
        send(Command("onStatus", arguments: [status.value]), on: .data, stream: stream)
    }

    /// Sends a packet.
    mutating func send(
        _ packet: MediaPacket, stream: MessageStreamID, fullHeader: Bool
    ) throws(UsageError) {
        let chunkStream: ChunkStreamID =
            switch packet.kind {
            case .audio: .audio
            case .video: .video
            case .data, .dataAMF3: .data
            }
        try write(
            packet.typeID, stream: stream, timestamp: packet.timestamp, body: packet.payload.span, on: chunkStream,
            fullHeader: fullHeader)
    }

    mutating func write(_ typeID: MessageTypeID, _ body: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        body(&bytes)
        try? write(typeID, stream: .netConnection, body: bytes.span, on: .control, fullHeader: true)
    }

    private mutating func write(
        _ typeID: MessageTypeID, stream: MessageStreamID, timestamp: RTMPTimestamp = .zero, body: Span<UInt8>,
        on chunkStream: ChunkStreamID, fullHeader: Bool
    ) throws(UsageError) {
        try writer.write(
            typeID: typeID, streamID: stream, timestamp: timestamp, payload: body, on: chunkStream,
            fullHeader: fullHeader, into: &output)
    }
}
