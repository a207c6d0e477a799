// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Where a track of a recording stood last.
struct RecordingTrack: Sendable {
    var isVideo: Bool
    var id: UInt8
    /// On the stream's clock, in milliseconds.
    var time: Int64
}

/// One recording in several files, each of which can be played alone.
extension Recording {
    /// Whether a file can begin with this message: a keyframe of the default track, or sound where there are no pictures.
    public func canBeSplit(before kind: FLVTag.Kind, _ payload: Span<UInt8>) -> Bool {
        guard totals.bytes > 0 else { return false }
        if kind == .video {
            let media = MediaClass(video: payload)
            return media.role == .keyframe && media.trackID == 0
        }
        guard kind == .audio, facts.video == nil, !totals.hasVideo else { return false }
        let media = MediaClass(audio: payload)
        return media.role == .audioFrame && media.trackID == 0
    }

    /// How far into the file a frame with this timestamp will lie, in milliseconds.
    public func elapsed(at timestamp: UInt32) -> Int64 { timeline.elapsed(at: timestamp) }

    /// Finishes this file.
    ///
    /// The next one begins with metadata and configurations as they are now. The frame that it is split at lies at 0 there,
    /// or a little later when other tracks lag behind it: so no frame must be moved to the front, and `begin` added to the
    /// times of a file gives those of one long file again.
    ///
    /// - Parameter timestamp: of the frame with which the next file begins, which is to be appended to it.
    /// - Returns: the next file.
    public mutating func split(at timestamp: UInt32) -> Recording {
        finish()
        var next = Recording(headSize: headSize)
        let isVideo = facts.video != nil || totals.hasVideo
        let others = tracks.filter { $0.isVideo != isVideo || $0.id != 0 }.map(\.time)
        let offset: Int64
        (next.timeline, offset) = timeline.next(at: timestamp, others: others)
        next.begin = begin &+ offset
        next.facts = facts
        next.prologue = prologue
        for message in prologue.configurations {
            next.appendOther(message.kind, timestamp: timestamp, payload: message.payload.span)
        }
        next.repeatedTags = prologue.configurations.count
        return next
    }

    /// Name, profile and level of the default tracks' codecs, as far as they are known.
    public var codecs: (video: CodecDescription?, audio: CodecDescription?) {
        var result: (video: CodecDescription?, audio: CodecDescription?)
        if let codec = facts.video {
            let configuration = prologue.configuration(of: .video).flatMap { try? VideoMessage(decoding: $0.span) }
            result.video = CodecDescription(.video(codec), configuration: configuration?.tracks.first?.body)
        }
        if let codec = facts.audio {
            let configuration = prologue.configuration(of: .audio).flatMap { try? AudioMessage(decoding: $0.span) }
            result.audio = CodecDescription(.audio(codec), configuration: configuration?.tracks.first?.body)
        }
        return result
    }
}
