// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// Cuts the messages of one direction of a connection into chunks (RTMP §5.3).
///
/// Headers are as short as every reader understands in the same way: what peers disagree about, such as a type 3
/// header after an absolute timestamp, or an extended delta, is never written.
public struct ChunkWriter: Sendable {
    /// The last header of a chunk stream.
    private struct Stream: Sendable {
        let id: UInt32
        var timestamp: UInt32
        /// What a type 3 header would add; nil where readers disagree.
        var delta: UInt32?
        var length: UInt32
        var typeID: UInt8
        var messageStreamID: UInt32
    }

    /// Longest message that has a header.
    public static let largestMessage = 0xFF_FFFF

    /// Bytes of payload per chunk: 128 until another was announced with ``setChunkSize(_:into:)``, at most 16,777,215.
    public private(set) var chunkSize = 128
    private var streams: [Stream] = []

    /// A writer at the beginning of a connection.
    public init() {}

    /// Appends `message` as chunks.
    ///
    /// - Throws: ``UsageError`` for a chunk stream that has no form on the wire, a payload of more than 16,777,215
    ///   bytes, or a Set Chunk Size that readers would refuse.
    public mutating func write(
        _ message: RawMessage, on chunkStream: ChunkStreamID, fullHeader: Bool = false, into output: inout [UInt8]
    ) throws(UsageError) {
        try write(
            typeID: message.typeID, streamID: message.streamID, timestamp: message.timestamp,
            payload: message.payload.span, on: chunkStream, fullHeader: fullHeader, into: &output)
    }

    /// Appends a message of these parts as chunks.
    ///
    /// A Set Chunk Size takes effect behind itself. With `fullHeader` the first chunk has a type 0 header, so that it
    /// means the same whatever else was sent on that chunk stream.
    ///
    /// - Throws: the same as ``write(_:on:fullHeader:into:)``.
    public mutating func write(
        typeID: MessageTypeID, streamID: MessageStreamID, timestamp: RTMPTimestamp, payload: Span<UInt8>,
        on chunkStream: ChunkStreamID, fullHeader: Bool = false, into output: inout [UInt8]
    ) throws(UsageError) {
        guard chunkStream.isValid else { throw UsageError(.invalidChunkStream, in: "\(chunkStream)") }
        guard payload.count <= Self.largestMessage else {
            throw UsageError(.messageTooLarge, in: "\(typeID) of \(payload.count) bytes")
        }
        let nextChunkSize = typeID == .setChunkSize ? try Self.announcedChunkSize(payload) : chunkSize
        var header = ChunkMessageHeader()
        header.length = UInt32(truncatingIfNeeded: payload.count)
        header.typeID = typeID.rawValue
        header.messageStreamID = streamID.rawValue
        let format = chooseFormat(&header, timestamp.milliseconds, chunkStream, fullHeader: fullHeader)
        Self.append(format, header, chunkStream, payload, chunkSize: chunkSize, into: &output)
        chunkSize = nextChunkSize
    }

    /// Announces that chunks hold `size` bytes of payload from here on, and does so (RTMP §5.4.1).
    ///
    /// - Throws: ``UsageError`` for a size outside 1…0x7FFFFFFF.
    public mutating func setChunkSize(_ size: Int, into output: inout [UInt8]) throws(UsageError) {
        guard let size32 = UInt32(exactly: size) else { throw UsageError(.invalidChunkSize, in: "\(size)") }
        var payload: [UInt8] = []
        payload.appendUInt32(size32)
        try write(
            typeID: .setChunkSize, streamID: .netConnection, timestamp: .zero, payload: payload.span, on: .control,
            fullHeader: true, into: &output)
    }

    private static func announcedChunkSize(_ payload: Span<UInt8>) throws(UsageError) -> Int {
        guard payload.count == 4 else { throw UsageError(.invalidChunkSize, in: "a body of \(payload.count) bytes") }
        var size = 0
        for index in 0..<4 { size = size << 8 | Int(payload[index]) }
        guard size > 0, size <= 0x7FFF_FFFF else { throw UsageError(.invalidChunkSize, in: "\(size)") }
        return min(size, ChunkReader.largestChunkSize)
    }

    /// The type of the first header, whose time is filled in.
    private mutating func chooseFormat(
        _ header: inout ChunkMessageHeader, _ timestamp: UInt32, _ chunkStream: ChunkStreamID, fullHeader: Bool
    ) -> ChunkBasicHeader.Format {
        let index = streams.firstIndex { $0.id == chunkStream.rawValue }
        var format = ChunkBasicHeader.Format.full
        if let index, !fullHeader {
            let last = streams[index]
            let delta = timestamp &- last.timestamp
            // A step back is a huge delta, and extended deltas are misread by some: both need the absolute timestamp.
            if last.messageStreamID == header.messageStreamID, delta < ChunkMessageHeader.extendedMarker {
                let isSameKind = last.length == header.length && last.typeID == header.typeID
                format = !isSameKind ? .sameStream : last.delta != delta ? .deltaOnly : .continuation
                header.time = delta
            }
        }
        if format == .full {
            header.time = timestamp
            header.isExtended = timestamp >= ChunkMessageHeader.extendedMarker
        }
        let next = Stream(
            id: chunkStream.rawValue, timestamp: timestamp,
            delta: format != .full ? header.time : timestamp == 0 ? 0 : nil, length: header.length,
            typeID: header.typeID, messageStreamID: header.messageStreamID)
        if let index { streams[index] = next } else { streams.append(next) }
        return format
    }
}
