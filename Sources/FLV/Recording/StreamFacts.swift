// SPDX-License-Identifier: Apache-2.0

/// What the messages of a stream tell about its default tracks, for the metadata of a recording.
///
/// Messages are taken apart only as long as something is unknown, and when a configuration comes.
struct StreamFacts: Sendable {
    private(set) var video: VideoMessage.Codec?
    private(set) var videoFormat: VideoFormat?
    private(set) var audio: AudioMessage.Codec?
    private(set) var audioFormat: AudioFormat?
    private var keyframesToTry = 16
    private var audioFramesToTry = 16

    mutating func note(video payload: Span<UInt8>, _ media: MediaClass) {
        let isConfiguration = media.role == .sequenceHeader
        guard isConfiguration || media.role == .keyframe || media.role == .interFrame else { return }
        guard media.trackID == 0 || video == nil else { return }
        if let code = media.fourCC {
            video = .enhanced(FourCC(rawValue: code))
        } else if let number = media.legacyCodec {
            video = .legacy(number)
        }
        guard media.trackID == 0,
            isConfiguration || videoFormat == nil && media.role == .keyframe && keyframesToTry > 0,
            let track = try? VideoMessage(decoding: payload).tracks.first
        else { return }
        if isConfiguration {
            videoFormat = VideoFormat(codec: track.codec, configuration: track.body.span) ?? videoFormat
        } else {
            keyframesToTry -= 1
            videoFormat = VideoFormat(codec: track.codec, keyframe: track.body.span)
        }
    }

    mutating func note(audio payload: Span<UInt8>, _ media: MediaClass) {
        let isConfiguration = media.role == .sequenceHeader
        guard isConfiguration || media.role == .audioFrame else { return }
        guard media.trackID == 0 || audio == nil else { return }
        if let code = media.fourCC {
            audio = .enhanced(FourCC(rawValue: code))
        } else if let number = media.legacyCodec {
            audio = .legacy(number)
        }
        guard media.trackID == 0, isConfiguration || audioFormat == nil && audioFramesToTry > 0,
            let message = try? AudioMessage(decoding: payload), let track = message.tracks.first
        else { return }
        if isConfiguration {
            audioFormat = AudioFormat(codec: track.codec, configuration: track.body.span) ?? audioFormat
        } else {
            audioFramesToTry -= 1
            audioFormat = AudioFormat(codec: track.codec, flags: message.flags, frame: track.body.span)
        }
    }
}
