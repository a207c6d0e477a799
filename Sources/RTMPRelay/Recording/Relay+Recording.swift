// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// Recording every stream to files of its own.
extension Relay {
    mutating func startRecording(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let plan = configuration.recording, let name = streams[stream]?.name else { return }
        streams[stream]?.recorder = Recorder(plan, of: name, wallClock: configuration.wallClock)
    }

    /// Takes in a message that went into a stream's log.
    mutating func record(
        _ typeID: MessageTypeID, _ payload: Span<UInt8>, as entry: LogEntry, of stream: Int, at now: Instant
    ) {
        let kind = FLVTag.Kind(typeID)
        streams[stream]?.record(kind, payload, as: entry, at: now, &fileNumbers)
    }

    /// Writes what the turn brought.
    mutating func writeRecording(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard streams[stream]?.isRecorded() == true else { return }
        streams[stream]?.recorder?.flush(at: now, &fileNumbers, &wishes)
        takeFinished(stream: stream, at: now, &wishes)
    }

    /// The stream is over, so its file is too.
    mutating func finishRecording(stream: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard var recorder = streams[stream]?.recorder.take() else { return }
        recorder.finish(why: why, at: now, &fileNumbers, &wishes)
        if !recorder.series.isFinished {
            finishing.append(recorder)
        } else {
            keepHouse(recorder.takeFinished(&wishes), at: now, &wishes)
        }
    }

    /// Once a second: writes what waits although nothing comes, shares out the room for slow disks, and removes old files.
    mutating func sweepRecordings(at now: Instant, _ wishes: inout Wishes) {
        guard configuration.recording != nil else { return }
        let count = streams.count { $0?.recorder != nil }
        let share = min(RecordingSeries.backlogLimit, configuration.recordingBacklog / max(count, 1))
        for stream in streams.indices where streams[stream]?.recorder != nil {
            streams[stream]?.recorder?.backlogLimit = share
            writeRecording(stream: stream, at: now, &wishes)
        }
        housekeeping?.look(at: now, &fileNumbers, &wishes)
    }

    mutating func recordingFact(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        if housekeeping?.awaits(file) == true {
            let open = openRecordings
            housekeeping?.happened(file, fact, open: open, at: now, &fileNumbers, &wishes)
            return
        }
        if let stream = recordedStreams[file],
            streams[stream]?.recorder?.happened(file, fact, at: now, &fileNumbers, &wishes) == true
        {
            return takeFinished(stream: stream, at: now, &wishes)
        }
        for stream in streams.indices where streams[stream]?.recorder != nil {
            guard streams[stream]?.recorder?.happened(file, fact, at: now, &fileNumbers, &wishes) == true else {
                continue
            }
            // There is a fact for every write: the next ones need not search.
            recordedStreams[file] = stream
            return takeFinished(stream: stream, at: now, &wishes)
        }
        for index in finishing.indices where finishing[index].happened(file, fact, at: now, &fileNumbers, &wishes) {
            keepHouse(finishing[index].takeFinished(&wishes), at: now, &wishes)
            if finishing[index].series.isFinished { finishing.remove(at: index) }
            return
        }
    }

    /// Whether all files are closed.
    var hasClosedRecordings: Bool {
        finishing.isEmpty && housekeeping?.isBusy != true && streams.allSatisfy { $0?.recorder == nil }
    }

    private var openRecordings: [String] {
        streams.flatMap { $0?.recorder?.series.openPaths ?? [] } + finishing.flatMap { $0.series.openPaths }
    }

    private mutating func takeFinished(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let files = streams[stream]?.recorder?.takeFinished(&wishes) else { return }
        keepHouse(files, at: now, &wishes)
    }

    private mutating func keepHouse(_ files: [RecordedFile], at now: Instant, _ wishes: inout Wishes) {
        guard !files.isEmpty else { return }
        // Files that were finished are forgotten, the others are found again.
        recordedStreams = [:]
        for file in files { housekeeping?.take(file, &fileNumbers, &wishes) }
        housekeeping?.look(at: now, &fileNumbers, &wishes)
    }
}

extension LiveStream {
    /// Takes a message of the log into the recording. Here, where the stream lies, so that nothing of it is copied.
    fileprivate mutating func record(
        _ kind: FLVTag.Kind, _ payload: Span<UInt8>, as entry: LogEntry, at now: Instant,
        _ numbers: inout FileNumbers
    ) {
        if recorder?.resume(with: entry, hasVideo: log.hasVideo, at: now) == true {
            recorder?.begin(with: log.prologue, timestamp: entry.timestamp, at: now, &numbers)
        }
        if entry.kind == .metadata {
            // The log took `@setDataFrame` off.
            let payload = log.payload(of: entry)
            recorder?.append(kind, payload.span, as: entry, hasVideo: log.hasVideo, at: now, &numbers)
        } else {
            recorder?.append(kind, payload, as: entry, hasVideo: log.hasVideo, at: now, &numbers)
        }
    }
}
