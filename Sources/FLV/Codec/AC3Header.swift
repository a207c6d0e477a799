// SPDX-License-Identifier: Apache-2.0

/// The first bytes of an AC-3 or E-AC-3 frame (ETSI TS 102 366 §4.3 and §E.1.2).
public struct AC3Header: Sendable, Hashable {
    /// Whether this is E-AC-3.
    public var isEnhanced: Bool
    /// Samples per second.
    public var sampleRate: Int
    /// Channels, the low frequency one included.
    public var channels: Int
    /// Samples per channel in the frame.
    public var samples: Int

    private static let channelCounts = [2, 1, 2, 3, 3, 4, 4, 5]

    /// Reads the start of a frame; `nil` when it is none.
    public init?(decoding frame: Span<UInt8>) {
        guard frame.uint16(at: 0) == 0x0B77, let identification = frame.byte(at: 5) else { return nil }
        var bits = BitReader((2..<min(frame.count, 16)).map { frame[$0] })
        let rates = [48_000, 44_100, 32_000]
        isEnhanced = identification >> 3 > 10
        let mode: Int
        if isEnhanced {
            guard identification >> 3 <= 16 else { return nil }
            bits.skip(16)
            let code = bits.int(2)
            let blocks: Int
            if code == 3 {
                let half = bits.int(2)
                guard half < 3 else { return nil }
                sampleRate = rates[half] / 2
                blocks = 6
            } else {
                sampleRate = rates[code]
                blocks = [1, 2, 3, 6][bits.int(2)]
            }
            mode = bits.int(3)
            samples = 256 * blocks
        } else {
            bits.skip(16)
            let code = bits.int(2)
            guard code < 3 else { return nil }
            sampleRate = rates[code]
            bits.skip(14)
            mode = bits.int(3)
            if mode & 1 == 1, mode != 1 { bits.skip(2) }
            if mode & 4 != 0 { bits.skip(2) }
            if mode == 2 { bits.skip(2) }
            samples = 1_536
        }
        channels = Self.channelCounts[mode] + (bits.bit() ? 1 : 0)
        if bits.isPastEnd { return nil }
    }

    /// Rate and channels.
    public var format: AudioFormat? { AudioFormat(sampleRate: sampleRate, channels: channels) }
}
