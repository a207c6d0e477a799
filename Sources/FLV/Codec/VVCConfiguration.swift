// SPDX-License-Identifier: Apache-2.0

/// The configuration of an H.266 track: VvcDecoderConfigurationRecord (ISO/IEC 14496-15 §11.2.4), as far as its profile part
/// goes. Parameter sets are not taken apart.
public struct VVCConfiguration: Sendable, Hashable {
    /// Bytes of the length in front of each NAL unit: 1, 2 or 4.
    public var lengthSize: Int
    /// The profile; 1 is main 10. `nil` where the record leaves out profile and size.
    public var profile: UInt8?
    /// Whether the level is meant in the high tier.
    public var isHighTier: Bool
    /// The level: 16 is 1.0, 32 is 2.0, 35 is 2.1.
    public var level: UInt8
    /// Size, bit depth and chroma; `nil` where the record leaves them out.
    public var format: VideoFormat?

    /// Reads the body of a sequence start.
    ///
    /// - Throws: ``FLVError/Code/truncated``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        var bits = BitReader((0..<min(body.count, 512)).map { body[$0] })
        bits.skip(5)
        lengthSize = bits.int(2) + 1
        isHighTier = false
        level = 0
        guard bits.bit() else {
            if bits.isPastEnd { throw FLVError(.truncated, at: body.count, in: "VVC configuration") }
            return
        }
        bits.skip(9)
        let subLayers = bits.int(3)
        bits.skip(2)
        let chroma = bits.bits(2)
        let depth = 8 + bits.int(3)
        bits.skip(7)
        let constraintBytes = bits.int(6)
        profile = UInt8(bits.bits(7))
        isHighTier = bits.bit()
        level = UInt8(bits.bits(8))
        bits.skip(2 + max(0, 8 * constraintBytes - 2))
        if subLayers > 1 {
            let levels = (1..<subLayers).count { _ in bits.bit() }
            bits.skipToByte()
            bits.skip(8 * levels)
        }
        bits.skip(32 * bits.int(8))
        format = VideoFormat(width: bits.int(16), height: bits.int(16))
        format?.bitDepth = depth
        format?.chroma = VideoFormat.ChromaFormat(rawValue: UInt8(chroma)) ?? .yuv420
        // Frames in 256 seconds; 0 is unknown.
        format?.setFrameRate(bits.bits(16), 256)
        if bits.isPastEnd { throw FLVError(.truncated, at: body.count, in: "VVC configuration") }
    }

    /// The name of the codec with its profile, such as `vvc1.1.L16`.
    public var codecString: String {
        profile.map { "vvc1.\($0).\(isHighTier ? "H" : "L")\(level)" } ?? "vvc1"
    }
}
