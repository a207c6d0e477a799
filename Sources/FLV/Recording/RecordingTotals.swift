// SPDX-License-Identifier: Apache-2.0

import Bytes

/// How far a recording has come.
public struct RecordingTotals: Sendable, Hashable {
    /// Bytes of the file.
    public var bytes: Int64 = 0
    /// Tags in the file, the one at the front with the metadata included.
    public var tags: Int64 = 0
    /// Pictures of the default track.
    public var videoFrames: Int64 = 0
    /// Those of them with which decoding can start.
    public var keyframes: Int64 = 0
    /// Coded sounds of the default track.
    public var audioFrames: Int64 = 0
    /// From the first frame to the end of the last one, in milliseconds.
    public var mediaMilliseconds: Int64 = 0
    /// The largest timestamp of an audio or video tag, in milliseconds.
    public var lastMilliseconds: Int64 = 0

    /// Whether a frame with sound came, of any track.
    public var hasAudio = false
    /// Whether a picture came, of any track.
    public var hasVideo = false

    /// Nothing yet.
    public init() {}

    /// Adds the whole tags at the start of `bytes`, which were appended at this point of the file, as far as they end
    /// within the first `size` bytes of the file: so much a full disk has left us.
    ///
    /// - Parameter start: the timestamp of the file's first frame.
    mutating func add(tagsIn bytes: Span<UInt8>, within size: Int64, from start: Int64) {
        let begin = self.bytes
        var position = begin == 0 ? FLVHeader.minimumSize + 4 : 0
        while let count = bytes.uint24(at: position + 1).map(Int.init), let type = bytes.byte(at: position) {
            let end = position + FLVTag.headerSize + count + 4
            guard end <= bytes.count, begin + Int64(end) <= size else { return }
            let low = Int64(bytes.uint24(at: position + 4) ?? 0)
            let time = low | Int64(bytes.byte(at: position + 7) ?? 0) << 24
            let payload = bytes.extracting((position + FLVTag.headerSize)..<(end - 4))
            note(FLVTag.Kind(rawValue: type & 0x1F), payload)
            if type == FLVTag.Kind.audio.rawValue || type == FLVTag.Kind.video.rawValue {
                lastMilliseconds = max(lastMilliseconds, time)
                mediaMilliseconds = max(mediaMilliseconds, time - start)
            }
            tags += 1
            position = end
            self.bytes = begin + Int64(end)
        }
    }

    private mutating func note(_ kind: FLVTag.Kind, _ payload: Span<UInt8>) {
        switch kind {
        case .video: count(MediaClass(video: payload), isVideo: true)
        case .audio: count(MediaClass(audio: payload), isVideo: false)
        default: break
        }
    }

    /// Counts a frame. What is not understood counts as one, but not for the default track.
    mutating func count(_ media: MediaClass, isVideo: Bool) {
        switch media.role {
        case .keyframe, .interFrame, .audioFrame, .unknown: break
        default: return
        }
        hasVideo = hasVideo || isVideo
        hasAudio = hasAudio || !isVideo
        guard media.trackID == 0, media.role != .unknown else { return }
        if isVideo {
            videoFrames += 1
            keyframes += media.role == .keyframe ? 1 : 0
        } else {
            audioFrames += 1
        }
    }
}
