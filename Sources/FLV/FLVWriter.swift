// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Writes an FLV file: a header, then tags, each with its PreviousTagSize.
///
/// What ``FLVReader`` read is written back to the same bytes, except that a wrong PreviousTagSize becomes the right one.
public struct FLVWriter: Sendable {
    /// A writer.
    public init() {}

    /// Appends a file header and the first PreviousTagSize.
    ///
    /// - Throws: ``FLVError/Code/unrepresentable`` when the extra bytes of the header exceed what a reader would skip.
    public mutating func write(_ header: FLVHeader, into output: inout [UInt8]) throws(FLVError) {
        let size = FLVHeader.minimumSize + header.extra.count
        guard size <= FLVLimits().headerSize else { throw FLVError(.unrepresentable, at: 0, in: "FLV header") }
        output.append(contentsOf: [0x46, 0x4C, 0x56, header.version, header.flags])
        output.appendUInt32(UInt32(truncatingIfNeeded: size))
        output.append(contentsOf: header.extra)
        output.appendUInt32(0)
    }

    /// Appends a tag and its PreviousTagSize.
    ///
    /// - Throws: ``FLVError/Code/unrepresentable`` when the payload, the kind or the stream ID needs more bits than it has;
    ///   nothing is appended then.
    public mutating func write(_ tag: FLVTag, into output: inout [UInt8]) throws(FLVError) {
        guard tag.streamID <= 0xFF_FFFF else { throw FLVError(.unrepresentable, at: 0, in: "FLV tag stream ID") }
        try write(
            kind: tag.kind, isFiltered: tag.isFiltered, timestamp: tag.timestamp, streamID: tag.streamID,
            payload: tag.payload.span, into: &output)
    }

    /// Appends a tag with a borrowed payload and its PreviousTagSize.
    ///
    /// - Throws: As for a whole tag.
    public mutating func write(
        kind: FLVTag.Kind, isFiltered: Bool = false, timestamp: UInt32, streamID: UInt32 = 0, payload: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(FLVError) {
        guard kind.rawValue < 0x20, payload.count <= FLVTag.maximumPayloadSize else {
            throw FLVError(.unrepresentable, at: 0, in: "FLV tag, \(kind), of \(payload.count) bytes")
        }
        let size = UInt32(truncatingIfNeeded: payload.count)
        output.append(kind.rawValue | (isFiltered ? 0x20 : 0))
        output.appendUInt24(size)
        output.appendUInt24(timestamp)
        output.append(UInt8(truncatingIfNeeded: timestamp >> 24))
        output.appendUInt24(streamID)
        output.append(copying: payload)
        output.appendUInt32(size &+ UInt32(FLVTag.headerSize))
    }
}
