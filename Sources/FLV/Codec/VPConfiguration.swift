// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The configuration of a VP8 or VP9 track: VPCodecConfigurationRecord (VP in ISO-BMFF §2.2). It knows no size; keyframes do.
public struct VPConfiguration: Sendable, Hashable {
    /// 0 to 3.
    public var profile: UInt8
    /// Ten times the level.
    public var level: UInt8
    /// Bits per sample.
    public var bitDepth: Int
    /// How many color samples there are.
    public var chroma: VideoFormat.ChromaFormat
    /// Whether all values of a sample are used.
    public var isFullRange: Bool
    /// How numbers become colors.
    public var color: VideoFormat.Color

    /// Reads the body of a sequence start, with or without the four bytes of version and flags in front.
    ///
    /// - Throws: ``FLVError/Code/truncated``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        var reader = ByteReader(copying: body)
        if body.count >= 12 { _ = reader.skip(4) }
        guard let profile = reader.readUInt8(), let level = reader.readUInt8(), let depth = reader.readUInt8(),
            let primaries = reader.readUInt8(), let transfer = reader.readUInt8(), let matrix = reader.readUInt8()
        else { throw FLVError(.truncated, at: body.count, in: "VP configuration") }
        self.profile = profile
        self.level = level
        bitDepth = Int(depth >> 4)
        chroma = depth >> 1 & 7 == 3 ? .yuv444 : depth >> 1 & 7 == 2 ? .yuv422 : .yuv420
        isFullRange = depth & 1 != 0
        color = .init(primaries: primaries, transfer: transfer, matrix: matrix)
    }

    /// The name of the codec with its profile, such as `vp09.00.10.08`; VP8 says `vp08`.
    public func codecString(_ code: FourCC) -> String {
        let numbers = [Int(profile), Int(level), bitDepth].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return ([code.description] + numbers).joined(separator: ".")
    }

    /// The size in a VP9 keyframe (VP9 §6.2).
    static func vp9Format(ofKeyframe frame: Span<UInt8>) -> VideoFormat? {
        var bits = BitReader((0..<min(frame.count, 32)).map { frame[$0] })
        guard bits.bits(2) == 2 else { return nil }
        let profile = (bits.bit() ? 1 : 0) + (bits.bit() ? 2 : 0)
        if profile == 3 { bits.skip(1) }
        guard !bits.bit(), !bits.bit() else { return nil }
        bits.skip(2)
        guard bits.bits(24) == 0x49_8342 else { return nil }
        let depth = profile >= 2 ? (bits.bit() ? 12 : 10) : 8
        var chroma = VideoFormat.ChromaFormat.yuv420
        let isFullRange: Bool
        if bits.bits(3) == 7 {
            isFullRange = true
            chroma = .yuv444
            if profile & 1 == 1 { bits.skip(1) }
        } else {
            isFullRange = bits.bit()
            if profile & 1 == 1 {
                let isHalf = (bits.bit(), bits.bit())
                chroma = isHalf.0 ? (isHalf.1 ? .yuv420 : .yuv422) : .yuv444
                bits.skip(1)
            }
        }
        guard var format = VideoFormat(width: bits.int(16) + 1, height: bits.int(16) + 1), !bits.isPastEnd else {
            return nil
        }
        format.bitDepth = depth
        format.chroma = chroma
        format.isFullRange = isFullRange
        return format
    }

    /// The size in a VP8 keyframe (RFC 6386 §9.1).
    static func vp8Format(ofKeyframe frame: Span<UInt8>) -> VideoFormat? {
        guard let first = frame.byte(at: 0), first & 1 == 0, frame.uint24(at: 3) == 0x9D_012A,
            let width = frame.uint16(at: 6), let height = frame.uint16(at: 8)
        else { return nil }
        return VideoFormat(width: Int(width.byteSwapped & 0x3FFF), height: Int(height.byteSwapped & 0x3FFF))
    }
}
