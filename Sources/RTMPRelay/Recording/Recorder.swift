// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// The recording of one stream. A disk that is slow or full never holds up the stream: the recording then has a gap,
/// which ends at a keyframe.
struct Recorder: Sendable {
    var sink: FileSink
    let path: String
    /// Messages that are not in the file because the disk was too slow.
    private(set) var lost = 0
    private var awaitsKeyframe = false

    init(_ file: FileID, path: String, sync: FileSync) {
        sink = FileSink(
            file, .create(path: path, replacing: false, makingDirectories: true), recording: Recording(), sync: sync)
        self.path = path
    }

    mutating func append(_ packet: MediaPacket, as entry: LogEntry, hasVideo: Bool) {
        if awaitsKeyframe, sink.backlog < FileSink.backlogLimit / 2 {
            awaitsKeyframe = hasVideo && entry.kind != .keyframe
        }
        if sink.backlog > FileSink.backlogLimit { awaitsKeyframe = true }
        // What is needed to decode the frames behind the gap is kept in any case; it is small.
        guard !awaitsKeyframe || entry.kind == .configuration || entry.kind == .metadata else {
            lost += 1
            return
        }
        sink.append(packet, timestamp: entry.timestamp)
    }
}
