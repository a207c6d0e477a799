// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What ``PlayProgram`` plays, where it writes it, and when it is done.
public struct PlayConfiguration: Sendable {
    /// The stream to play. Its name must not be empty.
    public var url: RTMPURL
    /// Where and how it is recorded; the path `-` is standard output.
    ///
    /// A file is created when the first media arrives, so a refused stream leaves nothing behind. A single one that exists
    /// and may not be replaced is refused before anybody is connected to.
    public var recording: RecordingPlan
    /// Whether to wait for a peer that cannot be reached yet and for a stream that nobody publishes yet.
    public var wait = false
    /// How long the peer may take for each step until media comes: to be reached, to answer, to send the first media.
    public var timeout = Duration.seconds(10)
    /// Where in a recorded stream to begin; nil leaves it to the server.
    public var start: Duration?
    /// Whether a file that exists is continued where it ends, as far as the server can begin there: the stream is asked
    /// for from the last keyframe of the file on, and what is in the file already is passed over. What is at another place
    /// or differs ends it, with the file as it was. Only for a single file.
    public var resumes = false
    /// So many keyframes before the last one the server is asked to begin.
    public var skippedKeyframes = 0
    /// Ends after this much media, with what was there before when a file is continued; nil is no limit.
    public var duration: Duration?
    /// Ends before the files together grow beyond so many bytes; nil is no limit.
    public var size: Int64?
    /// Whether timestamps stay as they come instead of beginning at zero.
    public var keepTimestamps = false
    /// Whether a connection that is lost is made again, with the rest of the stream in the same file.
    public var reconnects = false
    /// Whether only a live stream will do, which some networks must be told; otherwise a recording of that name is
    /// welcome too.
    public var isLive = false
    /// What is said to the peer beside URL and name.
    public var session = ClientSession.Configuration(purpose: .play)
    /// Milliseconds since 1970 at `Instant(nanoseconds: 0)`: names of files may carry the time of day.
    public var wallClock: Int64 = 0
    /// Where the program's random numbers begin.
    public var seed: UInt64 = 0

    /// Plays `url` into one file.
    public init(url: RTMPURL, output: FileRequest) {
        self.init(url: url, recording: RecordingPlan(.file(output)))
    }

    /// Plays `url`, and records it by a plan.
    public init(url: RTMPURL, recording: RecordingPlan) {
        self.url = url
        self.recording = recording
    }
}
