// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// The recording of one stream, in one file or in several that follow each other without a lost or repeated frame.
///
/// Whoever owns it hands it messages and what happens to files, and takes out what is complete. Files are opened with the
/// first frame.
struct RecordingSeries: Sendable {
    /// Unwritten bytes above which no more should be taken in.
    static let backlogLimit = 8 << 20
    /// How many names that other files have are tried.
    private static let attemptLimit = 10_000

    private struct Entry: Sendable {
        var sink: FileSink
        var index: Int
        /// Milliseconds since 1970.
        var startedAt: Int64
        /// How it is called when it is complete.
        var path = ""
        /// Names that turned out to be taken.
        var attempts = 0
        var gaps: [Progress.Gap] = []
        var ended = ""
    }

    private let plan: RecordingPlan
    private let stream: StreamName?
    private let wallClock: Int64
    private let keepsTimestamps: Bool
    private let headSize: Int
    private var current: Entry?
    /// Earlier files that are not closed yet.
    private var closing: [Entry] = []
    private var isFinishing = false
    private var lastIndex = 0
    /// What the files before the current one have together.
    private var before = RecordingTotals()
    private var finished: [RecordedFile] = []
    /// What went wrong; nothing is written any more.
    private(set) var failure: FileFailure?
    /// Everything that is missing, in the time of the whole recording.
    private(set) var gaps: [Progress.Gap] = []
    /// The longest time that something waited for the disk.
    private(set) var longestLag = Duration.zero
    /// Codecs of the default tracks, once there were files.
    private var lastCodecs: (video: CodecDescription?, audio: CodecDescription?)

    /// - Parameters:
    ///   - wallClock: milliseconds since 1970 at `Instant(nanoseconds: 0)`.
    ///   - headSize: bytes at the front of each file.
    init(
        _ plan: RecordingPlan, of stream: StreamName?, wallClock: Int64, keepTimestamps: Bool = false,
        headSize: Int = Recording.defaultHeadSize
    ) {
        self.plan = plan
        keepsTimestamps = keepTimestamps
        self.headSize = headSize
        self.stream = stream
        self.wallClock = wallClock
    }

    /// How far all files together go.
    var totals: RecordingTotals { current.map { before.adding($0.sink.recording) } ?? before }

    /// Codecs of the default tracks, as far as they are known.
    var codecs: (video: String?, audio: String?) {
        let codecs = current?.sink.recording.codecs ?? lastCodecs
        return (codecs.video?.shortest, codecs.audio?.shortest)
    }

    /// Bytes that are not written yet.
    var backlog: Int { closing.reduce(current?.sink.backlog ?? 0) { $0 + $1.sink.backlog } }

    /// Whether everything is closed, and nothing more will come.
    var isFinished: Bool { isFinishing && current == nil && closing.isEmpty }

    /// Paths of files that are being written, as they are called now and when they are complete.
    var openPaths: [String] {
        (closing + (current.map { [$0] } ?? [])).flatMap { [$0.path, $0.path + FileRequest.partSuffix] }
    }

    /// The files that are complete, or ended otherwise, since this was asked last.
    mutating func takeFinished() -> [RecordedFile] {
        defer { finished = [] }
        return finished
    }

    /// Takes in a message.
    mutating func append(
        kind: FLVTag.Kind, timestamp: UInt32, payload: Span<UInt8>, at now: Instant, _ numbers: inout FileNumbers
    ) {
        guard !isFinishing else { return }
        if current == nil {
            begin(Recording(keepTimestamps: keepsTimestamps, headSize: headSize), at: now, &numbers)
        } else if isDue(kind, payload, timestamp) {
            split(at: timestamp, now, &numbers)
        }
        current?.sink.append(kind: kind, timestamp: timestamp, payload: payload)
    }

    /// Goes on with the file of the plan, which exists, and which `recording` has recorded so far.
    mutating func extend(_ recording: Recording, at now: Instant, _ numbers: inout FileNumbers) {
        begin(recording, at: now, isExtending: true, &numbers)
    }

    /// Notes that something is missing at this point.
    mutating func note(_ gap: Progress.Gap) {
        gaps.append(gap)
        guard let begin = current?.sink.recording.begin else { return }
        var inFile = gap
        inFile.milliseconds = max(0, gap.milliseconds - begin)
        current?.gaps.append(inFile)
    }

    /// Writes what was gathered.
    mutating func flush(at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        advanceAll(at: now, &wishes)
        settle(&numbers, &wishes)
    }

    /// Ends the recording.
    ///
    /// - Parameter why: in a few words.
    mutating func finish(why: String, at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        guard !isFinishing else { return }
        isFinishing = true
        if var entry = current.take() {
            entry.ended = why
            entry.sink.finish(at: now, &wishes)
            retire(entry)
        }
        flush(at: now, &numbers, &wishes)
    }

    /// Takes in what happened to a file.
    ///
    /// - Returns: whether the file belongs to this recording.
    mutating func happened(
        _ file: FileID, _ fact: FileFact, at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes
    ) -> Bool {
        if var entry = current.take() {
            let isMeant = entry.sink.file == file
            if isMeant { tell(fact, to: &entry, at: now, &numbers, &wishes) }
            current = entry
            if isMeant {
                settle(&numbers, &wishes)
                return true
            }
        }
        guard let index = closing.firstIndex(where: { $0.sink.file == file }) else { return false }
        var entry = closing.remove(at: index)
        tell(fact, to: &entry, at: now, &numbers, &wishes)
        closing.insert(entry, at: index)
        settle(&numbers, &wishes)
        return true
    }

    // Segments

    private func isDue(_ kind: FLVTag.Kind, _ payload: Span<UInt8>, _ timestamp: UInt32) -> Bool {
        guard let segment = plan.segment, let recording = current?.sink.recording else { return false }
        switch segment {
        case .duration(let duration):
            guard recording.elapsed(at: timestamp) >= duration.wholeMilliseconds else { return false }
        case .size(let size):
            guard recording.totals.bytes >= size else { return false }
        }
        return (kind == .audio || kind == .video) && recording.canBeSplit(before: kind, payload)
    }

    private mutating func split(at timestamp: UInt32, _ now: Instant, _ numbers: inout FileNumbers) {
        guard var entry = current.take() else { return }
        let next = entry.sink.split(at: timestamp)
        entry.ended = "the next file began"
        retire(entry)
        begin(next, at: now, &numbers)
    }

    private mutating func begin(
        _ recording: Recording, at now: Instant, isExtending: Bool = false, _ numbers: inout FileNumbers
    ) {
        lastIndex += 1
        let sink = FileSink(numbers.next(), recording: recording, sync: plan.sync, isExtending: isExtending)
        current = Entry(sink: sink, index: lastIndex, startedAt: wallClock + now.milliseconds)
    }

    private mutating func retire(_ entry: Entry) {
        before = before.adding(entry.sink.recording)
        lastCodecs = entry.sink.recording.codecs
        closing.append(entry)
    }

    // Files

    private mutating func advanceAll(at now: Instant, _ wishes: inout Wishes) {
        if !closing.isEmpty {
            var entries: [Entry] = []
            swap(&entries, &closing)
            for index in entries.indices { advance(&entries[index], at: now, &wishes) }
            closing = entries
        }
        if var entry = current.take() {
            advance(&entry, at: now, &wishes)
            current = entry
        }
    }

    private mutating func advance(_ entry: inout Entry, at now: Instant, _ wishes: inout Wishes) {
        if entry.sink.wantsOpening { open(&entry, &wishes) }
        entry.sink.flush(at: now, &wishes)
    }

    private mutating func open(_ entry: inout Entry, _ wishes: inout Wishes) {
        switch plan.place {
        case .file(let request):
            entry.path = request.path
            entry.sink.open(entry.sink.isExtending ? .extend(path: request.path) : request, &wishes)
        case .directory(let directory, let template):
            if entry.attempts > 0, template.hasIndex {
                lastIndex += 1
                entry.index = lastIndex
            }
            let time = UTCTime(milliseconds: entry.startedAt)
            var name = template.expanded(stream, index: entry.index, at: time)
            if entry.attempts > 0, !template.hasIndex { name = NameTemplate.numbered(name, entry.attempts + 1) }
            entry.path = directory.isEmpty ? name : "\(directory)/\(name)"
            entry.sink.open(
                .createPart(path: entry.path, replacing: plan.isReplacing),
                completedAs: FileSink.Name(path: entry.path, isReplacing: plan.isReplacing), &wishes)
        }
    }

    private mutating func tell(
        _ fact: FileFact, to entry: inout Entry, at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes
    ) {
        if case .failed(let failure) = fact, failure.kind == .exists, entry.sink.isOpening, entry.sink.name != nil,
            entry.attempts < Self.attemptLimit
        {
            // Somebody has a file of that name: the next one will do.
            entry.attempts += 1
            entry.sink = entry.sink.retried(as: numbers.next())
            open(&entry, &wishes)
        } else {
            entry.sink.happened(fact, at: now, &wishes)
        }
    }

    /// Sorts out what has come to its end.
    private mutating func settle(_ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        if current?.sink.failure != nil, let entry = current.take() {
            isFinishing = true
            retire(entry)
        }
        while let index = closing.firstIndex(where: { $0.sink.isFinished }) {
            let entry = closing.remove(at: index)
            longestLag = max(longestLag, entry.sink.longestLag)
            if let failure = entry.sink.failure {
                self.failure = self.failure ?? failure
                isFinishing = true
            }
            guard entry.sink.wasOpened else { continue }
            let file = file(entry)
            if entry.sink.failure != nil, entry.sink.written.bytes == 0, file.path != "-" {
                // Not even the first frame fitted.
                wishes.append(.remove(numbers.next(), [file.path]))
            } else {
                finished.append(file)
            }
        }
    }

    private func file(_ entry: Entry) -> RecordedFile {
        let recording = entry.sink.recording
        let codecs = recording.codecs
        let isPart = entry.sink.name != nil
        return RecordedFile(
            path: isPart ? entry.path + FileRequest.partSuffix : entry.path, stream: stream?.path ?? "",
            index: entry.index, startedAt: entry.startedAt, begin: recording.begin, totals: recording.totals,
            videoCodec: codecs.video?.shortest, audioCodec: codecs.audio?.shortest, gaps: entry.gaps,
            longestLag: entry.sink.longestLag.wholeMilliseconds, ended: entry.sink.failure?.reason ?? entry.ended,
            isComplete: entry.sink.failure == nil)
    }
}

/// Numbers for files and commands, each given once.
struct FileNumbers: Sendable {
    private var last = 0

    mutating func next() -> FileID {
        last += 1
        return FileID(last)
    }

    mutating func nextRun() -> RunID {
        last += 1
        return RunID(last)
    }
}

extension RecordingTotals {
    /// What one more file of a series makes of it.
    fileprivate func adding(_ recording: Recording) -> RecordingTotals {
        var sum = recording.totals
        // Only the first file has metadata and configurations for the first time.
        sum.tags += bytes == 0 ? 0 : tags - Int64(recording.repeatedTags) - (sum.tags > 0 ? 1 : 0)
        sum.bytes += bytes
        sum.videoFrames += videoFrames
        sum.audioFrames += audioFrames
        sum.keyframes += keyframes
        sum.mediaMilliseconds = max(mediaMilliseconds, recording.begin + sum.mediaMilliseconds)
        sum.lastMilliseconds = max(lastMilliseconds, recording.begin + sum.lastMilliseconds)
        sum.hasAudio = sum.hasAudio || hasAudio
        sum.hasVideo = sum.hasVideo || hasVideo
        return sum
    }
}

extension CodecDescription {
    /// With profile and level where they are known, otherwise the name.
    fileprivate var shortest: String { codecString ?? name }
}
