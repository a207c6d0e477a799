// SPDX-License-Identifier: Apache-2.0

/// What the messages of a stream tell about its default tracks, for the metadata of a recording.
struct StreamFacts: Sendable {
    private(set) var video: VideoMessage.Codec?
    private(set) var audio: AudioMessage.Codec?

    mutating func note(video payload: Span<UInt8>, _ media: MediaClass) {
        switch media.role {
        case .sequenceHeader, .keyframe, .interFrame: break
        default: return
        }
        guard media.trackID == 0 || video == nil else { return }
        if let code = media.fourCC {
            video = .enhanced(FourCC(rawValue: code))
        } else if let number = media.legacyCodec {
            video = .legacy(number)
        }
    }

    mutating func note(audio payload: Span<UInt8>, _ media: MediaClass) {
        guard media.role == .sequenceHeader || media.role == .audioFrame else { return }
        guard media.trackID == 0 || audio == nil else { return }
        if let code = media.fourCC {
            audio = .enhanced(FourCC(rawValue: code))
        } else if let number = media.legacyCodec {
            audio = .legacy(number)
        }
    }

    var width: Int? { nil }
    var height: Int? { nil }
    var frameRate: Double? { nil }
    var sampleRate: Int? { nil }
    var channels: Int? { nil }
}
