// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A modifier in front of an enhanced message (E-RTMP v2, ModEx). Types that nobody defined yet are kept and skipped.
public struct ModEx: Sendable, Hashable {
    /// What `data` means, 4 bits; 0 is a nanosecond offset.
    public var type: UInt8
    /// 1 to 65,536 bytes.
    public var data: [UInt8]
    /// Whether the length was, and will be, written with 16 bits though 8 would do.
    public var usesWideLength: Bool

    /// A modifier.
    public init(type: UInt8, data: [UInt8], usesWideLength: Bool = false) {
        self.type = type
        self.data = data
        self.usesWideLength = usesWideLength
    }

    /// The modifier that moves the presentation time of a message by so many nanoseconds, at most 999,999.
    public static func timestampOffset(nanoseconds: UInt32) -> ModEx {
        var data: [UInt8] = []
        data.appendUInt24(min(nanoseconds, 999_999))
        return ModEx(type: 0, data: data)
    }

    /// The nanoseconds of a timestamp offset; `nil` for other types and for values above 999,999.
    public var nanoseconds: UInt32? {
        guard type == 0, let value = data.span.uint24(at: 0), value <= 999_999 else { return nil }
        return value
    }

    /// Appends the modifier and announces the packet type that follows it.
    func encode(next packetType: UInt8, into output: inout [UInt8]) throws(FLVError) {
        guard let length = UInt16(exactly: data.count - 1), type < 16 else {
            throw FLVError(.unrepresentable, at: 0, in: "ModEx")
        }
        if length < 0xFF, !usesWideLength {
            output.append(UInt8(truncatingIfNeeded: length))
        } else {
            output.append(0xFF)
            output.appendUInt16(length)
        }
        output.append(contentsOf: data)
        output.append(type << 4 | packetType & 15)
    }
}

extension ModEx {
    /// Where a modifier lies in a message.
    struct Block {
        var data: Range<Int>
        var type: UInt8
        var nextPacketType: UInt8
        var usesWideLength: Bool
        var end: Int { data.upperBound + 1 }

        init(_ payload: Span<UInt8>, at position: Int) throws(FLVError) {
            guard let short = payload.byte(at: position) else { throw FLVError(.truncated, at: position, in: "ModEx") }
            var start = position + 1
            var size = Int(short) + 1
            var isWide = false
            if short == 0xFF {
                guard let long = payload.uint16(at: start) else { throw FLVError(.truncated, at: start, in: "ModEx") }
                isWide = long < 0xFF
                size = Int(long) + 1
                start += 2
            }
            guard size < payload.count - start else { throw FLVError(.invalidLength, at: position, in: "ModEx") }
            let last = payload[start + size]
            data = start..<(start + size)
            type = last >> 4
            nextPacketType = last & 15
            usesWideLength = isWide
        }
    }

    init(_ block: Block, in payload: Span<UInt8>) {
        self.init(
            type: block.type, data: [UInt8](copying: payload.extracting(block.data)),
            usesWideLength: block.usesWideLength)
    }
}
