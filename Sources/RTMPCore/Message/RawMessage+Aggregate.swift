// SPDX-License-Identifier: Apache-2.0

internal import Bytes

extension RawMessage {
    /// One aggregate message of `parts` (RTMP §7.1.6), which ``AggregateReader`` takes apart again.
    ///
    /// It has the timestamp and the message stream of the first part. Send such only to a peer that is known to want
    /// them.
    ///
    /// - Throws: ``UsageError`` when there are no parts, when one is an aggregate itself or lies on another message
    ///   stream, or when the whole would be longer than 16,777,215 bytes.
    public init(aggregating parts: [RawMessage]) throws(UsageError) {
        guard let first = parts.first else { throw UsageError(.invalidMessage, in: "aggregate of nothing") }
        var body: [UInt8] = []
        for part in parts {
            guard part.typeID != .aggregate else { throw UsageError(.invalidMessage, in: "aggregate in an aggregate") }
            guard part.streamID == first.streamID else {
                throw UsageError(.invalidMessage, in: "aggregate over \(first.streamID) and \(part.streamID)")
            }
            let size = AggregateReader.partHeader + part.payload.count
            guard part.payload.count <= ChunkWriter.largestMessage,
                body.count + size + 4 <= ChunkWriter.largestMessage
            else {
                throw UsageError(.messageTooLarge, in: "aggregate of \(parts.count) messages")
            }
            body.append(part.typeID.rawValue)
            body.appendUInt24(UInt32(truncatingIfNeeded: part.payload.count))
            body.appendUInt24(part.timestamp.milliseconds)
            body.append(UInt8(truncatingIfNeeded: part.timestamp.milliseconds >> 24))
            body.appendUInt24(part.streamID.rawValue)
            body += part.payload
            body.appendUInt32(UInt32(truncatingIfNeeded: size))
        }
        self.init(typeID: .aggregate, streamID: first.streamID, timestamp: first.timestamp, payload: body)
    }
}
