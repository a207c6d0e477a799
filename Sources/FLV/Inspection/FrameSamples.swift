// SPDX-License-Identifier: Apache-2.0

/// How long a frame of sound is, in samples.
enum FrameSamples {
    /// The samples of a frame; nil where the codec does not tell. Sets the rate in which the track counts them.
    static func count(_ part: AudioMessage.Track, in track: inout TrackInspection) -> Int64? {
        let body = part.body.span
        switch part.codec {
        case .legacy(LegacyCodec.aac), .enhanced(.mp4a):
            if track.samplingRate == nil, let configuration = track.configuration,
                let config = try? AudioSpecificConfig(decoding: configuration.span), config.sampleRate > 0
            {
                track.samplingRate = config.sampleRate
                track.samplesPerFrame = Int64(config.frameLength)
            }
            return track.samplingRate == nil ? nil : track.samplesPerFrame
        case .legacy(2), .enhanced(.mp3):
            guard let header = MP3Header(decoding: body), header.sampleRate > 0 else { return nil }
            track.samplingRate = header.sampleRate
            return Int64(header.samples)
        case .enhanced(.ac3), .enhanced(.eac3):
            guard let header = AC3Header(decoding: body), header.sampleRate > 0 else { return nil }
            track.samplingRate = header.sampleRate
            return Int64(header.samples)
        case .enhanced(.opus):
            track.samplingRate = 48_000
            return opus(body)
        default: return nil
        }
    }

    /// What the first byte of an Opus packet says (RFC 6716 §3.1), at 48,000 samples a second.
    private static func opus(_ packet: Span<UInt8>) -> Int64? {
        guard let head = packet.byte(at: 0) else { return nil }
        let configuration = Int(head >> 3)
        let length: Int64 =
            switch configuration {
            case 0..<12: [480, 960, 1920, 2880][configuration & 3]
            case 12..<16: [480, 960][configuration & 1]
            default: [120, 240, 480, 960][configuration & 3]
            }
        switch head & 3 {
        case 0: return length
        case 1, 2: return 2 * length
        default: return packet.byte(at: 1).map { Int64($0 & 0x3F) * length }
        }
    }
}
