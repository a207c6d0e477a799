// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// The recording of one stream of a relay. A disk that is slow or full never holds up the stream: the recording then has a
/// gap, which ends at a keyframe. One that failed is begun anew after some time.
struct Recorder: Sendable {
    /// How long a recording that failed rests, and how long at most when it fails again and again.
    private static let firstRest = Duration.seconds(10)
    private static let longestRest = Duration.seconds(300)

    /// What is missing at the moment.
    private struct Gap: Sendable {
        /// Where it is in the recording.
        var at: Int64
        var since: Instant
        var messages: Int64 = 0
    }

    let name: StreamName
    private let plan: RecordingPlan
    private let wallClock: Int64
    private(set) var series: RecordingSeries
    /// Unwritten bytes above which the disk counts as too slow.
    var backlogLimit = RecordingSeries.backlogLimit
    /// When a recording that failed begins anew.
    private var resumesAt: Instant?
    private var rest = firstRest
    private var gap: Gap?
    private var awaitsKeyframe = false
    private var lines: [(level: LogLevel, line: String)] = []

    /// - Parameter wallClock: milliseconds since 1970 at `Instant(nanoseconds: 0)`.
    init(_ plan: RecordingPlan, of name: StreamName, wallClock: Int64) {
        self.plan = plan
        self.name = name
        self.wallClock = wallClock
        series = RecordingSeries(plan, of: name, wallClock: wallClock)
    }

    /// Whether there is a file to write to, or will be with the next frame.
    private var isRunning: Bool { resumesAt == nil }

    /// Takes in a message of the stream.
    mutating func append(
        _ kind: FLVTag.Kind, _ payload: Span<UInt8>, as entry: LogEntry, hasVideo: Bool, at now: Instant,
        _ numbers: inout FileNumbers
    ) {
        guard isRunning else { return }
        let canBegin = !hasVideo || entry.kind == .keyframe
        if awaitsKeyframe, series.backlog < backlogLimit / 2 { awaitsKeyframe = !canBegin }
        if series.backlog > backlogLimit { awaitsKeyframe = true }
        // What is needed to decode the frames behind the gap is kept in any case; it is small.
        guard !awaitsKeyframe || entry.kind == .configuration || entry.kind == .metadata else {
            if gap == nil {
                gap = Gap(at: series.totals.mediaMilliseconds, since: now)
                lines.append(
                    (.warning, "record \(name.path): the disk is too slow; what comes is lost until it has caught up"))
            }
            gap?.messages += 1
            return
        }
        if entry.kind.isFrame { endGap(at: now) }
        series.append(kind: kind, timestamp: entry.timestamp, payload: payload, at: now, &numbers)
    }

    /// Begins anew after a failure, once that is due and this message can begin a file.
    ///
    /// - Returns: whether the file needs the stream's prologue in front of the message.
    mutating func resume(with entry: LogEntry, hasVideo: Bool, at now: Instant) -> Bool {
        guard let resumesAt, resumesAt <= now, entry.kind.isFrame, !hasVideo || entry.kind == .keyframe,
            series.isFinished
        else { return false }
        self.resumesAt = nil
        series = RecordingSeries(plan, of: name, wallClock: wallClock)
        return true
    }

    /// Takes in what the stream needs before its next frame.
    mutating func begin(with prologue: Prologue, timestamp: UInt32, at now: Instant, _ numbers: inout FileNumbers) {
        for message in prologue.messages {
            let kind = FLVTag.Kind(message.typeID)
            series.append(kind: kind, timestamp: timestamp, payload: message.payload.span, at: now, &numbers)
        }
    }

    /// Writes what was gathered.
    mutating func flush(at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        series.flush(at: now, &numbers, &wishes)
        tell(&wishes)
    }

    /// The stream is over.
    mutating func finish(why: String, at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        endGap(at: now)
        resumesAt = nil
        series.finish(why: why, at: now, &numbers, &wishes)
        tell(&wishes)
    }

    /// Takes in what happened to a file.
    ///
    /// - Returns: whether the file belongs to this recording.
    mutating func happened(
        _ file: FileID, _ fact: FileFact, at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes
    ) -> Bool {
        let hadFailed = series.failure != nil
        guard series.happened(file, fact, at: now, &numbers, &wishes) else { return false }
        if case .opened(path: let path, _, _) = fact {
            rest = Self.firstRest
            lines.append((.info, "record \(name.path) to \(path)"))
        }
        if !hadFailed, let failure = series.failure {
            lines.append((.error, "record \(name.path): \(failure.reason)"))
            resumesAt = now + rest
            rest = min(rest * 2, Self.longestRest)
        }
        tell(&wishes)
        return true
    }

    /// The files that are complete, or ended otherwise, each with a line for the log.
    mutating func takeFinished(_ wishes: inout Wishes) -> [RecordedFile] {
        let files = series.takeFinished()
        for file in files {
            let lost = file.gaps.reduce(0) { $0 + ($1.messages ?? 0) }
            var line = "record end \(file.path): \(file.totals.mediaMilliseconds) ms, \(file.totals.bytes) bytes"
            if file.longestLag >= 1_000 { line += ", the disk was up to \(file.longestLag) ms behind" }
            if lost > 0 {
                line += ", \(lost) messages lost in \(file.gaps.count) gap\(file.gaps.count == 1 ? "" : "s")"
                line += " because the disk was too slow"
            }
            wishes.log(lost > 0 || !file.isComplete ? .warning : .info, line)
        }
        return files
    }

    private mutating func endGap(at now: Instant) {
        guard let gap else { return }
        self.gap = nil
        series.note(
            Progress.Gap(
                at: gap.at, length: (now - gap.since).wholeMilliseconds, messages: gap.messages,
                why: "the disk was too slow"))
    }

    private mutating func tell(_ wishes: inout Wishes) {
        for (level, line) in lines { wishes.log(level, line) }
        lines = []
    }
}
