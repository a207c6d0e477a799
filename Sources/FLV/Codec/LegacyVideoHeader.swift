// SPDX-License-Identifier: Apache-2.0

/// The size in keyframes of the codecs before H.264 (FLV annex E, tag bodies).
enum LegacyVideoHeader {
    static func format(codec: UInt8, _ body: Span<UInt8>) -> VideoFormat? {
        switch codec {
        case 2: sorenson(body)
        case 3, 6: screen(body)
        case 4: vp6(body, at: 1)
        case 5: vp6(body, at: 4)
        default: nil
        }
    }

    private static func sorenson(_ body: Span<UInt8>) -> VideoFormat? {
        var bits = BitReader((0..<min(body.count, 16)).map { body[$0] })
        guard bits.bits(17) == 1 else { return nil }
        bits.skip(13)
        let size: (Int, Int)
        switch bits.int(3) {
        case 0: size = (bits.int(8), bits.int(8))
        case 1: size = (bits.int(16), bits.int(16))
        case 2: size = (352, 288)
        case 3: size = (176, 144)
        case 4: size = (128, 96)
        case 5: size = (320, 240)
        case 6: size = (160, 120)
        default: return nil
        }
        return bits.isPastEnd ? nil : VideoFormat(width: size.0, height: size.1)
    }

    private static func screen(_ body: Span<UInt8>) -> VideoFormat? {
        guard let width = body.uint16(at: 0), let height = body.uint16(at: 2) else { return nil }
        return VideoFormat(width: Int(width & 0xFFF), height: Int(height & 0xFFF))
    }

    /// VP6 frames say how many macroblocks they have; the byte in front says how much of them to cut off.
    private static func vp6(_ body: Span<UInt8>, at start: Int) -> VideoFormat? {
        guard let cut = body.byte(at: 0), let first = body.byte(at: start), first & 0x80 == 0,
            let second = body.byte(at: start + 1)
        else { return nil }
        let hasOffset = first & 1 == 1 || second & 6 == 0
        let sizes = start + 2 + (hasOffset ? 2 : 0)
        guard let rows = body.byte(at: sizes), let columns = body.byte(at: sizes + 1) else { return nil }
        return VideoFormat(width: Int(columns) * 16 - Int(cut >> 4), height: Int(rows) * 16 - Int(cut & 15))
    }
}
