// SPDX-License-Identifier: Apache-2.0

/// What an audio track sounds like, as its configuration or a frame says.
public struct AudioFormat: Sendable, Hashable {
    /// Samples per second that come out of the decoder.
    public var sampleRate: Int
    /// Channels that come out of the decoder.
    public var channels: Int

    /// A format; `nil` for one that no real audio has.
    init?(sampleRate: Int, channels: Int) {
        guard (1...768_000).contains(sampleRate), (1...64).contains(channels) else { return nil }
        self.sampleRate = sampleRate
        self.channels = channels
    }

    /// Reads the body of a sequence start. `nil` where it is damaged, and for codecs whose frames say all.
    public init?(codec: AudioMessage.Codec, configuration body: Span<UInt8>) {
        let format: AudioFormat?
        switch codec {
        case .legacy(LegacyCodec.aac), .enhanced(.mp4a): format = (try? AudioSpecificConfig(decoding: body))?.format
        case .enhanced(.opus): format = (try? OpusHead(decoding: body))?.format
        case .enhanced(.flac): format = (try? FLACStreamInfo(decoding: body))?.format
        default: format = nil
        }
        guard let format else { return nil }
        self = format
    }

    /// Reads a frame, for codecs that repeat what they are in each of them, or in the flags of a legacy message.
    ///
    /// `nil` for the others.
    public init?(codec: AudioMessage.Codec, flags: AudioMessage.SoundFlags, frame body: Span<UInt8>) {
        let format: AudioFormat?
        switch codec {
        case .legacy(2), .legacy(14), .enhanced(.mp3): format = MP3Header(decoding: body)?.format
        case .enhanced(.ac3), .enhanced(.eac3): format = AC3Header(decoding: body)?.format
        case .legacy(let number): format = Self.legacy(number, flags)
        default: format = nil
        }
        guard let format else { return nil }
        self = format
    }

    /// What the flags mean; several codecs only exist at one rate, whatever the flags say.
    private static func legacy(_ number: UInt8, _ flags: AudioMessage.SoundFlags) -> AudioFormat? {
        let channels = flags.isStereo ? 2 : 1
        return switch number {
        case 0, 1, 3: AudioFormat(sampleRate: flags.sampleRate, channels: channels)
        case 4: AudioFormat(sampleRate: 16_000, channels: 1)
        case 5: AudioFormat(sampleRate: 8_000, channels: 1)
        case 6: AudioFormat(sampleRate: flags.sampleRate, channels: 1)
        case 7, 8: AudioFormat(sampleRate: 8_000, channels: channels)
        case 11: AudioFormat(sampleRate: 16_000, channels: 1)
        default: nil
        }
    }
}
