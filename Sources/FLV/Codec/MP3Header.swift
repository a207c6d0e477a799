// SPDX-License-Identifier: Apache-2.0

/// The first four bytes of an MPEG audio frame of layer III (ISO/IEC 11172-3 §2.4.1.3).
public struct MP3Header: Sendable, Hashable {
    /// Samples per second.
    public var sampleRate: Int
    /// 1 or 2.
    public var channels: Int
    /// Samples per channel in the frame.
    public var samples: Int

    /// Reads the start of a frame; `nil` when it is none.
    public init?(decoding frame: Span<UInt8>) {
        guard let word = frame.uint32(at: 0), word >> 21 == 0x7FF, word >> 17 & 3 == 1 else { return nil }
        let version = Int(word >> 19 & 3)
        let rate = Int(word >> 10 & 3)
        guard version != 1, rate < 3 else { return nil }
        let divisor = version == 3 ? 1 : version == 2 ? 2 : 4
        sampleRate = [44_100, 48_000, 32_000][rate] / divisor
        channels = word >> 6 & 3 == 3 ? 1 : 2
        samples = version == 3 ? 1_152 : 576
    }

    /// Rate and channels.
    public var format: AudioFormat? { AudioFormat(sampleRate: sampleRate, channels: channels) }
}
