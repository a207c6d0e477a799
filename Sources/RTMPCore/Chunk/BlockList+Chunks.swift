// SPDX-License-Identifier: Apache-2.0

/// Messages as chunks, written straight into blocks: what a stream that many read is made of.
extension BlockList {
    /// Appends what ``ChunkWriter/appendFull(typeID:streamID:timestamp:payload:chunkStream:chunkSize:into:)`` appends to an
    /// array, of a payload that lies in `input`. The chunk stream must be below 64, and the payload have a length that the
    /// wire can say.
    package mutating func appendFull(
        typeID: MessageTypeID, streamID: MessageStreamID, timestamp: RTMPTimestamp, payload: PayloadPlace,
        in input: Span<UInt8>, chunkStream: ChunkStreamID, chunkSize: Int
    ) {
        let marker = ChunkMessageHeader.extendedMarker
        let isExtended = timestamp.milliseconds >= marker
        let extended = UInt64(timestamp.milliseconds) << 32
        let time = UInt64(isExtended ? marker : timestamp.milliseconds)
        let id = UInt64(chunkStream.rawValue & 0x3F)
        // Type 0 is no bits; then the time and the length of three bytes each, the message type, and the message stream,
        // which is little-endian.
        let length = UInt64(truncatingIfNeeded: payload.length & ChunkWriter.largestMessage)
        append(id << 56 | time << 32 | length << 8 | UInt64(typeID.rawValue), count: 8)
        append(UInt64(streamID.rawValue.byteSwapped) << 32, count: 4)
        if isExtended { append(extended, count: 4) }
        var written = 0
        while true {
            let count = min(max(chunkSize, 1), payload.length - written)
            append(payload, from: written, count: count, in: input)
            written += count
            guard written < payload.length else { return }
            append((0xC0 | id) << 56, count: 1)
            if isExtended { append(extended, count: 4) }
        }
    }

    /// Appends `count` bytes of a payload, from its byte `offset` on.
    private mutating func append(_ payload: PayloadPlace, from offset: Int, count: Int, in input: Span<UInt8>) {
        guard count > 0 else { return }
        var piece = payload.piece(at: offset)
        var left = count
        while true {
            let taken = min(left, piece.count)
            append(input, piece.lowerBound..<(piece.lowerBound + taken))
            left -= taken
            guard left > 0 else { return }
            // The piece was taken to its end, so the next one begins behind one header, as a whole or as the last one.
            let next = piece.upperBound + payload.stride - payload.pieceLength
            piece = next..<(next + min(payload.pieceLength, left))
        }
    }
}
