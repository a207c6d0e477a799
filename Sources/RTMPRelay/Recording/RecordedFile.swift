// SPDX-License-Identifier: Apache-2.0

public import FLV
public import RTMPCore

/// A file that a recording has finished with, and what is in it.
public struct RecordedFile: Sendable, Hashable {
    /// Its path.
    public var path: String
    /// The stream, as it is called where it comes from.
    public var stream: String
    /// Its number among the files of the recording, from 1.
    public var index: Int
    /// When its first frame came, in milliseconds since 1970.
    public var startedAt: Int64
    /// Where it begins in the recording, in milliseconds.
    public var begin: Int64
    /// How far it goes.
    public var totals: RecordingTotals
    /// The codec of the pictures, as RFC 6381 or else as people call it.
    public var videoCodec: String?
    /// The codec of the sound.
    public var audioCodec: String?
    /// Where something is missing, in the time of the file.
    public var gaps: [Progress.Gap]
    /// The longest time that something waited for the disk, in milliseconds.
    public var longestLag: Int64
    /// What ended it, in a few words.
    public var ended: String
    /// Whether it has everything that it should have, and its name for good.
    public var isComplete: Bool

    /// Everything, for programs.
    public var facts: Fact {
        .table([
            .init("file", .text(path)),
            .init("stream", .text(stream)),
            .init("index", .count(Int64(index))),
            .init("startedAt", .text(UTCTime(milliseconds: startedAt).text)),
            .init("beginSeconds", .seconds(begin)),
            .init("durationSeconds", .seconds(totals.mediaMilliseconds)),
            .init("bytes", .count(totals.bytes)),
            .init("tags", .count(totals.tags)),
            .init("videoFrames", .count(totals.videoFrames)),
            .init("keyframes", .count(totals.keyframes)),
            .init("videoCodec", .optional(videoCodec)),
            .init("audioCodec", .optional(audioCodec)),
            .init("gaps", .list(gaps.map(\.facts))),
            .init("longestLagSeconds", .seconds(longestLag)),
            .init("ended", .text(ended)),
            .init("complete", .truth(isComplete)),
        ])
    }
}

extension Progress.Gap {
    /// Everything, for programs.
    public var facts: Fact {
        .table([
            .init("atSeconds", .seconds(milliseconds)), .init("seconds", .seconds(length)),
            .init("messages", .optional(messages)), .init("why", .text(why)),
        ])
    }
}
