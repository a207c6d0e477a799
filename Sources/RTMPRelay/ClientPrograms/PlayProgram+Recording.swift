// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import FLV
internal import RTMPCore

/// What comes, on its way into files.
extension PlayProgram {
    mutating func record(
        _ typeID: MessageTypeID, timestamp: RTMPTimestamp, payload: Span<UInt8>, at now: Instant,
        _ wishes: inout Wishes
    ) {
        let kind = FLVTag.Kind(typeID)
        let isFrame: Bool
        switch kind {
        case .audio: isFrame = Self.isFrame(MediaClass(audio: payload))
        case .video: isFrame = Self.isFrame(MediaClass(video: payload))
        default:
            guard !Self.isForPlayersOnly(payload) else { return }
            isFrame = false
        }
        if isFrame {
            silence = now + longestSilence
            endOfPause = .never
        }
        let due = timestamp.milliseconds
        guard let timestamp = place(kind, due, payload, isFrame: isFrame, at: now, &wishes) else { return }
        if isFrame {
            hasMedia = true
            playsRecording = outgoing.playsRecording
            whatIsGoingOn = "recording"
            closeGap(at: now, &wishes)
        }
        let bytes = max(series.totals.bytes, Int64(Self.headSize(configuration)))
        if let size = configuration.size, bytes + Int64(payload.count) + 15 > size {
            return end(Ending(.done), why: "the wished size is reached", at: now, &wishes)
        }
        series.append(kind: kind, timestamp: timestamp, payload: payload, at: now, &numbers)
        if let duration = configuration.duration, series.totals.mediaMilliseconds >= duration.wholeMilliseconds {
            end(Ending(.done), why: "the wished duration is reached", at: now, &wishes)
        }
    }

    /// Nothing comes from now on that should.
    mutating func openGap(why: String, at now: Instant) {
        if gap == nil { gap = OpenGap(at: series.totals.mediaMilliseconds, since: now, why: why) }
    }

    private mutating func closeGap(at now: Instant, _ wishes: inout Wishes) {
        guard let gap else { return }
        self.gap = nil
        let length = (now - gap.since).wholeMilliseconds
        series.note(Progress.Gap(at: gap.at, length: length, why: gap.why))
        let tenths = length / 100
        wishes.log(.warning, "recording again; \(tenths / 10).\(tenths % 10) s are missing behind \(gap.at) ms")
    }

    /// Reads no more from the peer while the disk or the reader of the pipe does not keep up.
    mutating func holdBack(at now: Instant, _ wishes: inout Wishes) {
        guard let connection = outgoing.connection else { return }
        let backlog = series.backlog
        if !isReadingPaused, backlog > RecordingSeries.backlogLimit {
            isReadingPaused = true
            silence = .never
            wishes.append(.pauseReading(connection))
        } else if isReadingPaused, backlog < RecordingSeries.backlogLimit / 2 {
            isReadingPaused = false
            silence = now + longestSilence
            wishes.append(.resumeReading(connection))
        }
    }

    /// Has done what is to be done with files that are complete.
    mutating func keepHouse(at now: Instant, _ wishes: inout Wishes) {
        for file in series.takeFinished() {
            if file.isComplete { files.append(file.path) }
            if case .directory = configuration.recording.place {
                wishes.log(file.isComplete ? .info : .warning, "recorded \(file.path)")
            }
            housekeeping.take(file, &numbers, &wishes)
        }
        housekeeping.look(at: now, &numbers, &wishes)
    }

    var progress: Progress {
        let totals = series.totals
        let codecs = series.codecs
        var progress = Progress()
        progress.mediaMilliseconds = totals.mediaMilliseconds
        progress.bytes = totals.bytes
        progress.tags = totals.tags
        progress.videoFrames = totals.videoFrames
        progress.keyframes = totals.keyframes
        progress.videoCodec = codecs.video
        progress.audioCodec = codecs.audio
        progress.gaps = series.gaps
        progress.files = files
        progress.state = whatIsGoingOn
        return progress
    }

    static func ending(for failure: FileFailure) -> Ending {
        switch failure.kind {
        case .cannotOpen, .exists: Ending(.cannotCreate, failure.reason)
        case .inputOutput: Ending(.inputOutput, failure.reason)
        case .brokenPipe: Ending(.done)
        }
    }

    /// A file that is to be small has a small head.
    static func headSize(_ configuration: PlayConfiguration) -> Int {
        let share = configuration.size.map { Int(clamping: max(1_024, $0 / 20)) } ?? .max
        return min(Recording.defaultHeadSize, share)
    }

    /// Whether a message carries sound or pictures, not what a decoder must know before.
    private static func isFrame(_ media: MediaClass) -> Bool {
        switch media.role {
        case .keyframe, .interFrame, .audioFrame, .unknown: true
        default: false
        }
    }

    /// Data messages that say something to a player and do not belong to the stream.
    private static func isForPlayersOnly(_ payload: Span<UInt8>) -> Bool {
        let payload = [UInt8](copying: payload)
        return ["onStatus", "onPlayStatus"].contains { name in
            payload.starts(with: [0x02, 0x00, UInt8(truncatingIfNeeded: name.utf8.count)] + Array(name.utf8))
        }
    }
}
