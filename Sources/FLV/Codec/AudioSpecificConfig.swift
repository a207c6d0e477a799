// SPDX-License-Identifier: Apache-2.0

/// The configuration of an AAC track (ISO/IEC 14496-3 §1.6.2.1).
public struct AudioSpecificConfig: Sendable, Hashable {
    /// 1 main, 2 low complexity, 5 and 29 with spectral band replication: the type that is written first.
    public var objectType: Int
    /// The type of the coded core; 2 in HE-AAC.
    public var coreObjectType: Int
    /// Samples per second of the core.
    public var sampleRate: Int
    /// Samples per second with spectral band replication, where it is announced; else as ``sampleRate``. A decoder may
    /// still find it in the frames.
    public var outputSampleRate: Int
    /// The channel configuration; 0 says that the channels are listed.
    public var channelConfiguration: Int
    /// Channels that come out of the decoder: two with parametric stereo.
    public var channels: Int
    /// Samples of the core in a frame: 1,024 or 960.
    public var frameLength: Int

    private static let sampleRates = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ]

    private static let channelCounts = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0]

    /// Reads the body of a sequence start.
    ///
    /// - Throws: ``FLVError/Code/truncated``, ``FLVError/Code/invalidValue``.
    public init(decoding body: Span<UInt8>) throws(FLVError) {
        var bits = BitReader((0..<min(body.count, 512)).map { body[$0] })
        objectType = Self.readObjectType(&bits)
        let rate = Self.readSampleRate(&bits)
        channelConfiguration = bits.int(4)
        channels = Self.channelCounts[channelConfiguration]
        var outputRate = rate
        coreObjectType = objectType
        if objectType == 5 || objectType == 29 {
            outputRate = Self.readSampleRate(&bits)
            coreObjectType = Self.readObjectType(&bits)
        }
        guard !bits.isPastEnd else { throw FLVError(.truncated, at: body.count, in: "AudioSpecificConfig") }
        guard let rate, let outputRate else { throw FLVError(.invalidValue, at: 0, in: "AAC sample rate") }
        sampleRate = rate
        outputSampleRate = outputRate
        frameLength = 1_024
        var hasParametricStereo = objectType == 29
        if [1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23].contains(coreObjectType) {
            readGeneralConfig(&bits)
            if bits.remaining >= 16, bits.bits(11) == 0x2B7, bits.bits(5) == 5, bits.bit(),
                let rate = Self.readSampleRate(&bits)
            {
                outputSampleRate = rate
                hasParametricStereo = bits.remaining >= 12 && bits.bits(11) == 0x548 && bits.bit()
            }
        }
        if hasParametricStereo, channels == 1 { channels = 2 }
    }

    /// The name of the codec with its type, such as `mp4a.40.2` (RFC 6381).
    public var codecString: String { "mp4a.40.\(objectType)" }

    /// Rate and channels that come out of the decoder; `nil` for impossible ones.
    public var format: AudioFormat? { AudioFormat(sampleRate: outputSampleRate, channels: channels) }

    private mutating func readGeneralConfig(_ bits: inout BitReader) {
        if bits.bit() { frameLength = 960 }
        if bits.bit() { bits.skip(14) }
        let isExtended = bits.bit()
        if channelConfiguration == 0 { channels = Self.readProgramChannels(&bits) }
        if coreObjectType == 6 || coreObjectType == 20 { bits.skip(3) }
        guard isExtended else { return }
        if coreObjectType == 22 { bits.skip(16) }
        if [17, 19, 20, 23].contains(coreObjectType) { bits.skip(3) }
        bits.skip(1)
    }

    private static func readObjectType(_ bits: inout BitReader) -> Int {
        let type = bits.int(5)
        return type == 31 ? 32 + bits.int(6) : type
    }

    private static func readSampleRate(_ bits: inout BitReader) -> Int? {
        let index = bits.int(4)
        if index == 15 { return bits.int(24) }
        return index < sampleRates.count ? sampleRates[index] : nil
    }

    /// Counts the channels of a program_config_element (ISO/IEC 14496-3 §4.5.2.1).
    private static func readProgramChannels(_ bits: inout BitReader) -> Int {
        bits.skip(10)
        let elements = bits.int(4) + bits.int(4) + bits.int(4)
        let lowFrequency = bits.int(2)
        bits.skip(7)
        if bits.bit() { bits.skip(4) }
        if bits.bit() { bits.skip(4) }
        if bits.bit() { bits.skip(3) }
        var channels = lowFrequency
        for _ in 0..<elements {
            channels += bits.bit() ? 2 : 1
            bits.skip(4)
        }
        return bits.isPastEnd ? 0 : channels
    }
}
