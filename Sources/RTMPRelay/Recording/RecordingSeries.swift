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
    struct Entry: Sendable {
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

    let plan: RecordingPlan
    let stream: StreamName?
    private let wallClock: Int64
    private let keepsTimestamps: Bool
    private let headSize: Int
    var current: Entry?
    /// Earlier files that are not closed yet.
    var closing: [Entry] = []
    var isFinishing = false
    var lastIndex = 0
    /// What the files before the current one have together.
    private var before = RecordingTotals()
    var finished: [RecordedFile] = []
    /// What went wrong; nothing is written any more.
    var failure: FileFailure?
    /// Everything that is missing, in the time of the whole recording.
    private(set) var gaps: [Progress.Gap] = []
    /// The longest time that something waited for the disk.
    var longestLag = Duration.zero
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

    mutating func retire(_ entry: Entry) {
        before = before.adding(entry.sink.recording)
        lastCodecs = entry.sink.recording.codecs
        closing.append(entry)
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
    var shortest: String { codecString ?? name }
}
