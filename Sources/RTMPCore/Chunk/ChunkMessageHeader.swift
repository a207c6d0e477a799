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
        let end = start + format.messageHeaderSize
        guard end <= bytes.count else { return nil }
        time = Self.uint24(bytes, at: start)
        if format != .deltaOnly {
            length = Self.uint24(bytes, at: start + 3)
            typeID = bytes[start + 6]
        }
        if format == .full {
            messageStreamID =
                UInt32(bytes[start + 7]) | UInt32(bytes[start + 8]) << 8 | UInt32(bytes[start + 9]) << 16
                | UInt32(bytes[start + 10]) << 24
        }
        if time == Self.extendedMarker {
            guard end + 4 <= bytes.count else { return nil }
            isExtended = true
            time = UInt32(bytes[end]) << 24 | Self.uint24(bytes, at: end + 1)
        }
    }

    @inline(__always)
    private static func uint24(_ bytes: Span<UInt8>, at start: Int) -> UInt32 {
        UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
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
