// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// Chunks without a memory of earlier ones: every message has a type 0 header, so that the same bytes can go to many
/// connections and each message stands for itself.
extension ChunkWriter {
    /// Appends one message with a type 0 header, in chunks of `chunkSize` bytes of payload, the extended timestamp
    /// repeated in each.
    ///
    /// The caller sees to what ``write(_:on:fullHeader:into:)`` checks: a payload of more than 16,777,215 bytes is cut
    /// there, a chunk size below 1 is taken as 1.
    public static func appendFull(
        typeID: MessageTypeID, streamID: MessageStreamID, timestamp: RTMPTimestamp, payload: Span<UInt8>,
        chunkStream: ChunkStreamID, chunkSize: Int, into output: inout [UInt8]
    ) {
        let payload = payload.extracting(first: largestMessage)
        append(
            .full, fullHeader(typeID, streamID, timestamp, length: payload.count), chunkStream, payload,
            chunkSize: chunkSize, into: &output)
    }

    /// Appends the headers that stand in front of the first chunk of a message of `length` bytes.
    public static func appendFullHeader(
        typeID: MessageTypeID, streamID: MessageStreamID, timestamp: RTMPTimestamp, length: Int,
        chunkStream: ChunkStreamID, into output: inout [UInt8]
    ) {
        ChunkBasicHeader(.full, chunkStream).encode(into: &output)
        fullHeader(typeID, streamID, timestamp, length: length).encode(.full, into: &output)
    }

    /// Appends the header that stands in front of every further chunk of a message that began with
    /// ``appendFullHeader(typeID:streamID:timestamp:length:chunkStream:into:)``.
    public static func appendContinuationHeader(
        timestamp: RTMPTimestamp, chunkStream: ChunkStreamID, into output: inout [UInt8]
    ) {
        ChunkBasicHeader(.continuation, chunkStream).encode(into: &output)
        if timestamp.milliseconds >= ChunkMessageHeader.extendedMarker { output.appendUInt32(timestamp.milliseconds) }
    }

    /// How many bytes ``appendFull(typeID:streamID:timestamp:payload:chunkStream:chunkSize:into:)`` appends.
    public static func fullSize(
        length: Int, timestamp: RTMPTimestamp, chunkStream: ChunkStreamID, chunkSize: Int
    ) -> Int {
        let header = fullHeader(.data, .netConnection, timestamp, length: length)
        return size(.full, header, ChunkBasicHeader(.full, chunkStream).size, length: length, chunkSize: chunkSize)
    }

    private static func fullHeader(
        _ typeID: MessageTypeID, _ streamID: MessageStreamID, _ timestamp: RTMPTimestamp, length: Int
    ) -> ChunkMessageHeader {
        var header = ChunkMessageHeader()
        header.time = timestamp.milliseconds
        header.isExtended = timestamp.milliseconds >= ChunkMessageHeader.extendedMarker
        header.length = UInt32(truncatingIfNeeded: length)
        header.typeID = typeID.rawValue
        header.messageStreamID = streamID.rawValue
        return header
    }

    private static func size(
        _ format: ChunkBasicHeader.Format, _ header: ChunkMessageHeader, _ basicSize: Int, length: Int, chunkSize: Int
    ) -> Int {
        let continuations = length > 0 ? (length - 1) / max(chunkSize, 1) : 0
        return basicSize + header.size(in: format) + length
            + continuations * (basicSize + header.size(in: .continuation))
    }

    /// Appends a whole message whose first header is decided.
    static func append(
        _ format: ChunkBasicHeader.Format, _ header: ChunkMessageHeader, _ chunkStream: ChunkStreamID,
        _ payload: Span<UInt8>, chunkSize: Int, into output: inout [UInt8]
    ) {
        let chunkSize = max(chunkSize, 1)
        let first = ChunkBasicHeader(format, chunkStream)
        let needed =
            output.count + size(format, header, first.size, length: payload.count, chunkSize: chunkSize)
        // Reserving exactly would copy the output for each message that is added to it.
        if needed > output.capacity { output.reserveCapacity(max(needed, 2 * output.capacity)) }
        first.encode(into: &output)
        header.encode(format, into: &output)
        var written = min(chunkSize, payload.count)
        output.append(copying: payload.extracting(first: written))
        let continuation = ChunkBasicHeader(.continuation, chunkStream)
        while written < payload.count {
            continuation.encode(into: &output)
            header.encode(.continuation, into: &output)
            let count = min(chunkSize, payload.count - written)
            output.append(copying: payload.extracting(written..<(written + count)))
            written += count
        }
    }
}
