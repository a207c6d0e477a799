// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The configuration of a FLAC track: STREAMINFO (RFC 9639 §8.2).
public struct FLACStreamInfo: Sendable, Hashable {
    /// Samples in the smallest block.
    public var minimumBlockSize: Int
    /// Samples in the largest block.
    public var maximumBlockSize: Int
    /// Samples per second.
    public var sampleRate: Int
    /// Channels.
    public var channels: Int
    /// Bits per sample.
    public var bitsPerSample: Int
    /// Samples per channel in the whole track; 0 is unknown.
    public var totalSamples: UInt64

    /// Reads the body of a sequence start: the bare 34 bytes that ffmpeg writes, or with a block header, or with `fLaC` and a
    /// block header as the specification has it.
    ///
    /// - Throws: ``FLVError/Code/truncated``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        var reader = ByteReader(copying: body)
        if body.uint32(at: 0) == FourCC.flac.rawValue { _ = reader.skip(4) }
        if reader.remaining >= 38 { _ = reader.skip(4) }
        guard let minimum = reader.readUInt16(), let maximum = reader.readUInt16(), reader.skip(6),
            let packed = reader.readUInt64(), reader.skip(16)
        else { throw FLVError(.truncated, at: body.count, in: "FLAC STREAMINFO") }
        minimumBlockSize = Int(minimum)
        maximumBlockSize = Int(maximum)
        sampleRate = Int(packed >> 44)
        channels = Int(packed >> 41 & 7) + 1
        bitsPerSample = Int(packed >> 36 & 31) + 1
        totalSamples = packed & 0xF_FFFF_FFFF
    }

    /// Rate and channels; `nil` for impossible ones.
    public var format: AudioFormat? { AudioFormat(sampleRate: sampleRate, channels: channels) }
}
