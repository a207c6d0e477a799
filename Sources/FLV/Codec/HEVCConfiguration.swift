// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The configuration of an H.265 track: HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3).
public struct HEVCConfiguration: Sendable, Hashable {
    /// NAL units of one type.
    public struct UnitArray: Sendable, Hashable {
        /// 32 video, 33 sequence, 34 picture parameter sets, 39 supplemental information.
        public var type: UInt8
        /// Whether no more units of this type come in the stream.
        public var isComplete: Bool
        /// The units with their two header bytes.
        public var units: [[UInt8]]
    }

    /// The space that `profile` belongs to; 0.
    public var profileSpace: UInt8
    /// Whether the level is meant in the high tier.
    public var isHighTier: Bool
    /// 1 main, 2 main 10, 4 range extensions.
    public var profile: UInt8
    /// Profiles that a decoder may conform to instead, as bits.
    public var compatibility: UInt32
    /// Six bytes of constraint flags.
    public var constraints: [UInt8]
    /// Thirty times the level.
    public var level: UInt8
    /// Bits per luma sample.
    public var bitDepth: Int
    /// 0 gray, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    public var chromaFormat: UInt8
    /// Bytes of the length in front of each NAL unit: 1, 2 or 4.
    public var lengthSize: Int
    /// Parameter sets and other units.
    public var arrays: [UnitArray]

    /// Reads the body of a sequence start.
    ///
    /// - Throws: ``FLVError/Code/truncated``, ``FLVError/Code/invalidLength``, ``FLVError/Code/invalidValue``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        let context = "HEVC configuration"
        var reader = ByteReader(copying: body)
        // Version 0 was written before the record was standardised.
        guard let version = reader.readUInt8(), let profileByte = reader.readUInt8(),
            let compatibility = reader.readUInt32(), let constraints = reader.readBytes(6),
            let level = reader.readUInt8(), reader.skip(3), let chroma = reader.readUInt8(),
            let luma = reader.readUInt8(), reader.skip(3), let layers = reader.readUInt8(),
            let count = reader.readUInt8()
        else { throw FLVError(.truncated, at: body.count, in: context) }
        guard version <= 1 else { throw FLVError(.invalidValue, at: 0, in: context) }
        profileSpace = profileByte >> 6
        isHighTier = profileByte & 0x20 != 0
        profile = profileByte & 0x1F
        self.compatibility = compatibility
        self.constraints = constraints
        self.level = level
        chromaFormat = chroma & 3
        bitDepth = Int(luma & 7) + 8
        lengthSize = Int(layers & 3) + 1
        arrays = []
        for _ in 0..<count {
            guard let head = reader.readUInt8(), let units = reader.readUInt16() else {
                throw FLVError(.truncated, at: reader.offset, in: context)
            }
            arrays.append(
                UnitArray(
                    type: head & 0x3F, isComplete: head & 0x80 != 0,
                    units: try NALUnit.read(Int(units), from: &reader, in: context)))
        }
    }

    /// The name of the codec with its profile, such as `hvc1.1.6.L93.90` (ISO/IEC 14496-15 annex E).
    public var codecString: String {
        let space = ["", "A", "B", "C"][Int(profileSpace & 3)]
        var reversed: UInt32 = 0
        for bit in 0..<32 where compatibility & 1 << UInt32(bit) != 0 { reversed |= 1 << UInt32(31 - bit) }
        var parts = ["hvc1", "\(space)\(profile)", String(reversed, radix: 16), "\(isHighTier ? "H" : "L")\(level)"]
        let significant = constraints.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        for byte in constraints.prefix(significant) { parts.append(String(byte, radix: 16)) }
        return parts.joined(separator: ".")
    }

    /// What the first sequence parameter set says; `nil` when there is none or it is damaged.
    public var format: VideoFormat? {
        arrays.first { $0.type == 33 }?.units.first.flatMap(HEVCSequenceParameterSet.format)
    }
}
