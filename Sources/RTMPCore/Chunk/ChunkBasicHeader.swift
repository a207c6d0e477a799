// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// The one to three bytes that begin every chunk: its type and its chunk stream (RTMP §5.3.1.1).
///
/// ```
///  7 6 5 4 3 2 1 0
/// +---+-----------+
/// |fmt|   csid    |   csid 2…63; 0 says that csid - 64 follows in one byte, 1 in two bytes, the low one first
/// +---+-----------+
/// ```
struct ChunkBasicHeader: Sendable, Hashable {
    /// How much of the message header follows.
    enum Format: UInt8, Sendable {
        /// Type 0: everything, with an absolute timestamp.
        case full = 0
        /// Type 1: all but the message stream, with a timestamp delta.
        case sameStream = 1
        /// Type 2: a timestamp delta.
        case deltaOnly = 2
        /// Type 3: nothing. Goes on with a message, or begins one like the last.
        case continuation = 3

        /// Bytes of the message header, without an extended timestamp.
        var messageHeaderSize: Int {
            switch self {
            case .full: 11
            case .sameStream: 7
            case .deltaOnly: 3
            case .continuation: 0
            }
        }

        /// The type in the top two bits of a first byte.
        init(leadingByte: UInt8) {
            switch leadingByte >> 6 {
            case 0: self = .full
            case 1: self = .sameStream
            case 2: self = .deltaOnly
            default: self = .continuation
            }
        }
    }

    var format: Format
    var chunkStreamID: UInt32
    /// Bytes that it takes, or took: a reader accepts three where two would do.
    var size: Int

    init(_ format: Format, _ chunkStreamID: ChunkStreamID) {
        self.format = format
        self.chunkStreamID = chunkStreamID.rawValue
        size = chunkStreamID.rawValue < 64 ? 1 : chunkStreamID.rawValue < 320 ? 2 : 3
    }

    /// The header at `start`; nil when it is not whole.
    @inline(__always)
    init?(_ bytes: Span<UInt8>, at start: Int) {
        let available = bytes.count - start
        guard available > 0 else { return nil }
        let first = bytes[start]
        format = Format(leadingByte: first)
        switch first & 0x3F {
        case 0:
            guard available >= 2 else { return nil }
            chunkStreamID = 64 + UInt32(bytes[start + 1])
            size = 2
        case 1:
            guard available >= 3 else { return nil }
            chunkStreamID = 64 + UInt32(bytes[start + 1]) + UInt32(bytes[start + 2]) << 8
            size = 3
        case let code:
            chunkStreamID = UInt32(code)
            size = 1
        }
    }

    /// Appends the shortest form. The number must be valid, else its low bits are written.
    func encode(into output: inout [UInt8]) {
        let leading = format.rawValue << 6
        let rest = chunkStreamID &- 64
        switch size {
        case 1:
            output.append(leading | UInt8(truncatingIfNeeded: chunkStreamID) & 0x3F)
        case 2:
            output.append(leading)
            output.append(UInt8(truncatingIfNeeded: rest))
        default:
            output.append(leading | 1)
            output.appendUInt16LittleEndian(UInt16(truncatingIfNeeded: rest))
        }
    }
}
