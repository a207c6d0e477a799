// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The configuration of an H.264 track: AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3).
public struct AVCConfiguration: Sendable, Hashable {
    /// 66 baseline, 77 main, 100 high, 110 high 10, 122 high 4:2:2, 244 high 4:4:4.
    public var profile: UInt8
    /// Constraint flags.
    public var compatibility: UInt8
    /// Ten times the level.
    public var level: UInt8
    /// Bytes of the length in front of each NAL unit: 1, 2 or 4.
    public var lengthSize: Int
    /// Sequence parameter sets. None where they are in the stream.
    public var sequenceParameterSets: [[UInt8]]
    /// Picture parameter sets.
    public var pictureParameterSets: [[UInt8]]

    /// Reads the body of a sequence start. What follows the picture parameter sets is often missing and not needed.
    ///
    /// - Throws: ``FLVError/Code/truncated``, ``FLVError/Code/invalidLength``, ``FLVError/Code/invalidValue``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        let context = "AVC configuration"
        var reader = ByteReader(copying: body)
        guard let version = reader.readUInt8(), let profile = reader.readUInt8(),
            let compatibility = reader.readUInt8(), let level = reader.readUInt8(), let lengths = reader.readUInt8(),
            let count = reader.readUInt8()
        else { throw FLVError(.truncated, at: body.count, in: context) }
        guard version == 1 else { throw FLVError(.invalidValue, at: 0, in: context) }
        self.profile = profile
        self.compatibility = compatibility
        self.level = level
        lengthSize = Int(lengths & 3) + 1
        sequenceParameterSets = try NALUnit.read(Int(count & 0x1F), from: &reader, in: context)
        guard let count = reader.readUInt8() else { throw FLVError(.truncated, at: body.count, in: context) }
        pictureParameterSets = try NALUnit.read(Int(count), from: &reader, in: context)
    }

    /// The name of the codec with its profile, such as `avc1.42c00c` (RFC 6381).
    public var codecString: String {
        "avc1." + hexadecimal(profile) + hexadecimal(compatibility) + hexadecimal(level)
    }

    /// What the first sequence parameter set says; `nil` when there is none or it is damaged.
    public var format: VideoFormat? {
        sequenceParameterSets.first.flatMap(Self.format(ofSequenceParameterSet:))
    }

    private static let highProfiles: Set<Int> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    /// Reads a sequence parameter set (H.264 §7.3.2.1.1).
    static func format(ofSequenceParameterSet unit: [UInt8]) -> VideoFormat? {
        var bits = NALUnit.reader(of: unit, headerSize: 1)
        let profile = bits.int(8)
        bits.skip(16)
        _ = bits.ue()
        var chroma = 1
        var depth = 8
        if highProfiles.contains(profile) {
            chroma = bits.ue()
            if chroma == 3 { bits.skip(1) }
            depth = 8 + bits.ue()
            _ = bits.ue()
            bits.skip(1)
            if bits.bit() {
                for index in 0..<(chroma == 3 ? 12 : 8) where bits.bit() { skipScalingList(index < 6 ? 16 : 64, &bits) }
            }
        }
        _ = bits.ue()
        switch bits.ue() {
        case 0: _ = bits.ue()
        case 1:
            bits.skip(1)
            _ = bits.se()
            _ = bits.se()
            let cycle = bits.ue()
            guard cycle <= 255 else { return nil }
            for _ in 0..<cycle { _ = bits.se() }
        default: break
        }
        _ = bits.ue()
        bits.skip(1)
        let columns = bits.ue() + 1
        let rows = bits.ue() + 1
        let isFrameOnly = bits.bit()
        if !isFrameOnly { bits.skip(1) }
        bits.skip(1)
        let fields = isFrameOnly ? 1 : 2
        guard columns <= 1_024, rows <= 1_024 else { return nil }
        var (width, height) = (columns * 16, rows * 16 * fields)
        if bits.bit() {
            let (left, right, top, bottom) = (bits.ue(), bits.ue(), bits.ue(), bits.ue())
            width -= (left + right) * (chroma == 1 || chroma == 2 ? 2 : 1)
            height -= (top + bottom) * (chroma == 1 ? 2 : 1) * fields
        }
        guard !bits.isPastEnd, depth <= 16, let chroma = VideoFormat.ChromaFormat(rawValue: UInt8(clamping: chroma)),
            var format = VideoFormat(width: width, height: height)
        else { return nil }
        format.bitDepth = depth
        format.chroma = chroma
        guard bits.bit() else { return format }
        var complete = format
        VideoUsability.read(&bits, into: &complete)
        if bits.bit() {
            let (units, scale) = (bits.bits(32), bits.bits(32))
            // Ticks count fields, two of which make a frame.
            complete.setFrameRate(scale, units)
            complete.frameRate = complete.frameRate.map { $0 / 2 }
        }
        return bits.isPastEnd ? format : complete
    }

    private static func skipScalingList(_ count: Int, _ bits: inout BitReader) {
        var (last, next) = (8, 8)
        for _ in 0..<count {
            if next != 0 { next = (last + bits.se()) & 255 }
            if next != 0 { last = next }
        }
    }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
