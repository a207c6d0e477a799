// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The configuration of an Opus track (RFC 7845 §5.1), or the same in the form of MP4 files.
public struct OpusHead: Sendable, Hashable {
    /// Channels that come out of the decoder.
    public var channels: Int
    /// Samples at 48 kHz to leave out at the start.
    public var preSkip: Int
    /// Samples per second before encoding. Decoding always gives 48,000.
    public var inputSampleRate: Int
    /// Gain in 1/256 dB.
    public var outputGain: Int
    /// 0 mono or stereo, 1 surround, 255 unspecified.
    public var mappingFamily: Int

    /// Reads the body of a sequence start.
    ///
    /// - Throws: ``FLVError/Code/truncated``, also for an empty body, which is allowed and says nothing.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        let magic = Array("OpusHead".utf8)
        var reader = ByteReader(copying: body)
        var probe = reader
        let isOgg = probe.readBytes(magic.count) == magic
        if isOgg { reader = probe }
        guard reader.skip(1), let channels = reader.readUInt8(), let preSkip = reader.readUInt16(),
            let rate = reader.readUInt32(), let gain = reader.readInt16(), let family = reader.readUInt8()
        else { throw FLVError(.truncated, at: body.count, in: "OpusHead") }
        self.channels = Int(channels)
        self.preSkip = Int(isOgg ? preSkip.byteSwapped : preSkip)
        inputSampleRate = Int(isOgg ? rate.byteSwapped : rate)
        outputGain = Int(isOgg ? gain.byteSwapped : gain)
        mappingFamily = Int(family)
    }

    /// 48 kHz and the channels; `nil` for impossible ones.
    public var format: AudioFormat? { AudioFormat(sampleRate: 48_000, channels: channels) }
}
