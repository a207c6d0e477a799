// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// Recording every stream to a file of its own.
extension Relay {
    mutating func startRecording(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let directory = configuration.recordDirectory, let name = streams[stream]?.name else { return }
        let start = UTCTime(milliseconds: configuration.wallClock + now.milliseconds)
        let path = "\(directory)/\(name.path)-\(start.fileName).flv"
        nextFile += 1
        let file = FileID(nextFile)
        recordings[file] = stream
        streams[stream]?.recorder = Recorder(file, path: path, sync: configuration.recordSync)
    }

    mutating func record(_ packet: MediaPacket, as entry: LogEntry, of stream: Int) {
        guard let log = streams[stream]?.log else { return }
        var packet = packet
        // The log took `@setDataFrame` off.
        if entry.kind == .metadata { packet.payload = log.payload(of: entry) }
        streams[stream]?.recorder?.append(packet, as: entry, hasVideo: log.hasVideo)
    }

    /// Writes what the turn brought.
    mutating func writeRecording(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        streams[stream]?.recorder?.sink.flush(at: now, &wishes)
    }

    /// The stream is over, so its file is too.
    mutating func finishRecording(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard var recorder = streams[stream]?.recorder.take() else { return }
        recorder.sink.finish(at: now, &wishes)
        if recorder.sink.isFinished {
            recordings[recorder.sink.file] = nil
        } else {
            finishing[recorder.sink.file] = recorder
        }
    }

    mutating func recordingFact(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        if finishing[file] != nil {
            finishing[file]?.sink.happened(fact, at: now, &wishes)
        } else if let stream = recordings[file], streams[stream]?.recorder?.sink.file == file {
            streams[stream]?.recorder?.sink.happened(fact, at: now, &wishes)
        }
        switch fact {
        case .opened(path: let path, isSeekable: _, size: _):
            wishes.log(.info, "record \(name(of: recordings[file] ?? -1)) to \(path)")
        case .failed(let failure), .stuck(_, let failure):
            wishes.log(.error, "record \(name(of: recordings[file] ?? -1)): \(failure.reason)")
        default: break
        }
        guard let recorder = finishing[file] ?? streamRecorder(of: file), recorder.sink.isFinished else { return }
        let recording = recorder.sink.recording
        let lost = recorder.lost > 0 ? ", \(recorder.lost) messages lost because the disk was too slow" : ""
        wishes.log(
            recorder.lost > 0 ? .warning : .info,
            "record end \(recorder.path): \(recording.totals.mediaMilliseconds) ms, \(recording.totals.bytes) bytes\(lost)"
        )
        if let stream = recordings[file], finishing[file] == nil { streams[stream]?.recorder = nil }
        finishing[file] = nil
        recordings[file] = nil
    }

    private func streamRecorder(of file: FileID) -> Recorder? {
        guard let stream = recordings[file], let recorder = streams[stream]?.recorder, recorder.sink.file == file
        else { return nil }
        return recorder
    }
}
