// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The configuration of an AV1 track: AV1CodecConfigurationRecord (AV1 in ISO-BMFF §2.3.3).
public struct AV1Configuration: Sendable, Hashable {
    /// 0 main, 1 high, 2 professional.
    public var profile: UInt8
    /// The level's number: 0 is 2.0, 8 is 4.0, 13 is 5.1.
    public var level: UInt8
    /// Whether the level is meant in the high tier.
    public var isHighTier: Bool
    /// Bits per sample.
    public var bitDepth: Int
    /// How many color samples there are.
    public var chroma: VideoFormat.ChromaFormat
    /// The open bitstream units behind the record, normally one sequence header.
    public var units: [UInt8]

    /// Reads the body of a sequence start.
    ///
    /// - Throws: ``FLVError/Code/truncated``, also for the empty body that ffmpeg sends before it knows the configuration;
    ///   ``FLVError/Code/invalidValue``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        let context = "AV1 configuration"
        var reader = ByteReader(copying: body)
        guard let first = reader.readUInt8(), let second = reader.readUInt8(), let third = reader.readUInt8(),
            reader.skip(1)
        else { throw FLVError(.truncated, at: body.count, in: context) }
        guard first == 0x81 else { throw FLVError(.invalidValue, at: 0, in: context) }
        profile = second >> 5
        level = second & 0x1F
        isHighTier = third & 0x80 != 0
        bitDepth = third & 0x40 == 0 ? 8 : third & 0x20 == 0 ? 10 : 12
        let isSubsampled = (third & 8 != 0, third & 4 != 0)
        chroma = third & 0x10 != 0 ? .monochrome : isSubsampled.0 ? (isSubsampled.1 ? .yuv420 : .yuv422) : .yuv444
        units = reader.readRest()
    }

    /// The name of the codec with its profile, such as `av01.0.08M.10` (AV1 in ISO-BMFF §5).
    public var codecString: String {
        "av01.\(profile).\(level < 10 ? "0" : "")\(level)\(isHighTier ? "H" : "M").\(bitDepth < 10 ? "0" : "")\(bitDepth)"
    }

    /// What the sequence header says; `nil` when there is none or it is damaged.
    public var format: VideoFormat? { Self.format(ofOBUs: units.span) }

    /// What the first sequence header among open bitstream units says.
    static func format(ofOBUs bytes: Span<UInt8>) -> VideoFormat? {
        var position = 0
        // A sequence header comes first, behind a temporal delimiter at most.
        for _ in 0..<8 {
            guard let header = bytes.byte(at: position) else { return nil }
            position += header & 4 != 0 ? 2 : 1
            var end = bytes.count
            if header & 2 != 0 {
                guard let size = KeyframeProbe.leb128(bytes, at: &position), size <= bytes.count - position else {
                    return nil
                }
                end = position + size
            }
            guard position <= end else { return nil }
            if header >> 3 & 15 == 1 {
                return AV1SequenceHeader.format(of: (position..<min(end, position + 256)).map { bytes[$0] })
            }
            position = end
        }
        return nil
    }
}
