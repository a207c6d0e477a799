// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// The stream that the load generator sends too: 30 pictures a second at 2.5 Mbit/s, every 60th a keyframe that is six
/// times as large, and 47 pieces of sound of 341 bytes. 77 messages a second, 4.2 kB on average.
public struct LiveStream: Sendable {
    private static let audioLength = 341
    private static let frameLength = 9_615
    private static let keyframeLength = 57_690

    private let key: [UInt8]
    private let frame: [UInt8]
    private let sound: [UInt8]

    /// The stream from its beginning.
    public init() {
        func body(_ head: [UInt8], _ length: Int) -> [UInt8] {
            head + (head.count..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        }
        key = body([0x17, 1, 0, 0, 0], Self.keyframeLength)
        frame = body([0x27, 1, 0, 0, 0], Self.frameLength)
        sound = body([0xAF, 1], Self.audioLength)
    }

    /// Message `number`; after the headers each second has 77.
    public func packet(_ number: Int) -> MediaPacket {
        let time = RTMPTimestamp(UInt32(truncatingIfNeeded: number * 1000 / 77))
        let frames = number * 30 / 77
        guard number == 0 || frames != (number - 1) * 30 / 77 else {
            return MediaPacket(.audio, timestamp: time, payload: sound)
        }
        return MediaPacket(.video, timestamp: time, payload: frames.isMultiple(of: 60) ? key : frame)
    }

    /// What a publisher sends first: the configurations.
    public static let headers = [
        MediaPacket(
            .video, timestamp: .zero,
            payload: [0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, 4, 0x67, 0x64, 0, 0x1F, 1, 0, 2, 0x68, 0xEE]),
        MediaPacket(.audio, timestamp: .zero, payload: [0xAF, 0, 0x12, 0x10]),
    ]

    /// Messages as chunks of `chunkSize`, behind the message that says so, until there are `bytes` of them.
    ///
    /// - Parameter start: the timestamp of the first; beyond 16,777,214 every chunk carries an extended one.
    /// - Returns: the bytes, how many messages they are, and the payload in all of them.
    public func chunks(of chunkSize: Int, bytes: Int, from start: UInt32 = 0) -> Chunks {
        var writer = ChunkWriter()
        var chunks = Chunks()
        do throws(UsageError) {
            try writer.setChunkSize(chunkSize, into: &chunks.bytes)
            chunks.bodyStart = chunks.bytes.count
            while chunks.bytes.count < bytes {
                let packet = packet(chunks.messages)
                try writer.write(
                    typeID: packet.typeID, streamID: MessageStreamID(rawValue: 1),
                    timestamp: RTMPTimestamp(packet.timestamp.milliseconds &+ start), payload: packet.payload.span,
                    on: packet.kind == .audio ? .audio : .video, fullHeader: start > 0, into: &chunks.bytes)
                chunks.messages += 1
                chunks.payload += packet.payload.count
            }
        } catch {
            fatalError("\(error)")
        }
        return chunks
    }

    /// Messages in wire form.
    public struct Chunks: Sendable {
        /// Everything, with Set Chunk Size in front.
        public var bytes: [UInt8] = []
        /// Where the first message begins.
        public var bodyStart = 0
        /// How many messages there are, Set Chunk Size not counted.
        public var messages = 0
        /// Bytes of payload in them.
        public var payload = 0
    }
}

extension LiveStream {
    /// Message `number` alone, with a type 0 header, as chunks of `chunkSize`.
    public func message(_ number: Int, chunkSize: Int, from start: UInt32 = 0) -> [UInt8] {
        let packet = packet(number)
        var bytes: [UInt8] = []
        ChunkWriter.appendFull(
            typeID: packet.typeID, streamID: MessageStreamID(rawValue: 1),
            timestamp: RTMPTimestamp(packet.timestamp.milliseconds &+ start), payload: packet.payload.span,
            chunkStream: packet.kind == .audio ? .audio : .video, chunkSize: chunkSize, into: &bytes)
        return bytes
    }
}
