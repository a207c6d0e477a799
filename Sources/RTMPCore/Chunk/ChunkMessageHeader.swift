// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// The fields of a chunk header behind the basic header, as far as the chunk's type has them (RTMP §5.3.1.2). Fields
/// that the type lacks are zero.
struct ChunkMessageHeader: Sendable, Hashable {
    /// In the 24-bit field: the value follows in four bytes of its own (RTMP §5.3.1.3).
    static let extendedMarker: UInt32 = 0xFF_FFFF

    /// Absolute in type 0, else a delta; the extended one when there is one.
    var time: UInt32 = 0
    /// Whether `time` was, or is to be, in the extended field.
    var isExtended = false
    var length: UInt32 = 0
    var typeID: UInt8 = 0
    /// Little-endian on the wire.
    var messageStreamID: UInt32 = 0

    init() {}

    /// The header of a type that has fields, at `start`; nil when it is not whole.
    @inline(__always)
    init?(_ format: ChunkBasicHeader.Format, _ bytes: Span<UInt8>, at start: Int) {
        let size = format.messageHeaderSize
        guard size <= bytes.count - start else { return nil }
        switch format {
        case .full:
            time = bytes.word(at: start) >> 8
            let lengthAndType = bytes.word(at: start + 3)
            length = lengthAndType >> 8
            typeID = UInt8(truncatingIfNeeded: lengthAndType)
            messageStreamID = bytes.word(at: start + 7).byteSwapped
        case .sameStream:
            time = bytes.word(at: start) >> 8
            let lengthAndType = bytes.word(at: start + 3)
            length = lengthAndType >> 8
            typeID = UInt8(truncatingIfNeeded: lengthAndType)
        case .deltaOnly:
            time = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
        case .continuation:
            return
        }
        if time == Self.extendedMarker {
            guard size + 4 <= bytes.count - start else { return nil }
            isExtended = true
            time = bytes.word(at: start + size)
        }
    }

    /// Bytes on the wire in a chunk of this type.
    func size(in format: ChunkBasicHeader.Format) -> Int { format.messageHeaderSize + (isExtended ? 4 : 0) }

    /// Appends the fields of this type; in a continuation that is the extended timestamp, or nothing.
    func encode(_ format: ChunkBasicHeader.Format, into output: inout [UInt8]) {
        if format != .continuation { output.appendUInt24(isExtended ? Self.extendedMarker : time) }
        if format == .full || format == .sameStream {
            output.appendUInt24(length)
            output.append(typeID)
        }
        if format == .full { output.appendUInt32LittleEndian(messageStreamID) }
        if isExtended { output.appendUInt32(time) }
    }
}
