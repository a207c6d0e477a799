// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// Writes a damaged FLV file anew: `rtmpctl repair`.
///
/// The input is read once and only read. What is whole in it goes into a new file with duration, file size and keyframe
/// index; a report of what was wrong and what was done goes to standard output. It ends with done when a file was
/// written; with bad input when nothing in the input is a tag.
public struct RepairProgram: Program, ~Copyable {
    private enum Stage {
        case reading
        /// No more input: the new file is completed.
        case finishing(Ending)
        case done
    }

    private static let input = FileID(0)
    private static let output = FileID(1)
    /// Read at a time.
    private static let readSize = 256 << 10
    /// Unwritten bytes above which nothing is read.
    private static let backlogLimit = 1 << 20

    private let path: String
    private let outputPath: String
    private let form: ReportForm
    private var stage = Stage.reading
    private var repair = Repair()
    private var sink: FileSink
    private var report = ReportSink(FileID(2))
    /// The next piece was asked for and is not there.
    private var isReading = false
    private var hasInput = false
    private var nextReport = Instant.never

    /// A program that will write what is whole in `path` (`-` is standard input) to `output`.
    public init(path: String, output: String, replacing: Bool, form: ReportForm) {
        self.path = path
        outputPath = output
        self.form = form
        sink = FileSink(
            Self.output, .create(path: output, replacing: replacing, makingDirectories: false),
            recording: Recording())
    }

    /// Opens the input.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        nextReport = now + .seconds(1)
        wishes.append(.open(Self.input, .read(path: path)))
    }

    /// Nothing listens here.
    public mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}

    /// Nothing listens here.
    public mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}

    /// Nobody connects here.
    public mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        wishes.append(.abort(connection))
    }

    /// Nobody is connected to.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        wishes.append(.abort(connection))
    }

    /// Nobody is connected to.
    public mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {}

    /// There are no peers.
    public mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {}

    /// There are no peers.
    public mutating func writable(_ connection: ConnectionID) {}

    /// There are no peers.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {}

    /// A piece of the input is there, or something was written.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        switch file {
        case Self.input: read(fact, at: now, &wishes)
        case Self.output:
            sink.happened(fact, at: now, &wishes)
            guard let failure = sink.failure else { return }
            finish(Self.ending(for: failure), at: now, &wishes)
        default: report.happened(fact, &wishes)
        }
    }

    /// Completes the new file as far as it is; asked a second time, ends at once.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        let ending =
            switch interruption {
            case .interrupt: Ending(.interrupted)
            case .terminate: Ending(.terminated)
            case .outputClosed: Ending(.done)
            }
        if case .reading = stage, interruption != .outputClosed {
            finish(ending, at: now, &wishes)
        } else if interruption != .outputClosed || report.hasBegun {
            stage = .done
            wishes.append(.finish(ending))
        }
    }

    /// Asks for more input when there is room for what comes of it.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        sink.flush(at: now, &wishes)
        switch stage {
        case .done: return .never
        case .finishing(let ending):
            if sink.isFinished { tell(ending, &wishes) }
            return .never
        case .reading: break
        }
        if hasInput, !isReading, sink.backlog < Self.backlogLimit {
            isReading = true
            wishes.append(.read(Self.input, upTo: Self.readSize))
        }
        if nextReport <= now {
            wishes.append(.report(progress))
            nextReport = now + .seconds(1)
        }
        return nextReport
    }

    private mutating func read(_ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        guard case .reading = stage else { return }
        switch fact {
        case .opened: hasInput = true
        case .read(let bytes):
            isReading = false
            repair.receive(bytes.span)
            take()
        case .end:
            repair.receiveEnd()
            take()
            hasInput = false
            wishes.append(.closeFile(Self.input))
            let isEmpty = repair.report.tags == 0
            finish(isEmpty ? Ending(.badInput, "\(name) holds no whole tag") : Ending(.done), at: now, &wishes)
        case .failed(let failure):
            hasInput = false
            finish(
                Ending(failure.kind == .inputOutput ? .inputOutput : .badInput, failure.reason), at: now, &wishes)
        default: break
        }
    }

    private mutating func take() {
        while let tag = repair.nextTag() { sink.append(tag) }
    }

    private mutating func finish(_ ending: Ending, at now: Instant, _ wishes: inout Wishes) {
        guard case .reading = stage else { return }
        stage = .finishing(ending)
        if hasInput { wishes.append(.closeFile(Self.input)) }
        sink.finish(at: now, &wishes)
    }

    private mutating func tell(_ ending: Ending, _ wishes: inout Wishes) {
        guard !report.hasBegun else { return }
        // A file that could not be written matters more than anything else.
        let ending = sink.failure.map(Self.ending(for:)) ?? ending
        wishes.append(.report(progress))
        let hasOutput = sink.written.bytes > 0
        let text: String
        switch form {
        case .text:
            guard hasOutput else {
                stage = .done
                wishes.append(.finish(ending))
                return
            }
            text = lines.joined(separator: "\n") + "\n"
        case .json:
            let entries: [Fact.Entry] = [
                .init("command", .text("repair")), .init("status", .count(Int64(ending.status.rawValue))),
                .init("message", .optional(ending.message)), .init("input", .text(name)),
                .init("output", hasOutput ? .text(outputPath) : .unknown),
                .init("outputBytes", .count(sink.written.bytes)),
                .init("durationSeconds", .seconds(sink.recording.totals.mediaMilliseconds)),
            ]
            text = Fact.table(entries + repair.report.facts).json + "\n"
        }
        report.write(text, then: ending, &wishes)
    }

    private static func ending(for failure: FileFailure) -> Ending {
        switch failure.kind {
        case .cannotOpen, .exists: Ending(.cannotCreate, failure.reason)
        case .inputOutput, .brokenPipe: Ending(.inputOutput, failure.reason)
        }
    }

    private var lines: [String] {
        let found = repair.report.lines
        let totals = sink.recording.totals
        let seconds = "\(totals.mediaMilliseconds / 1000).\(totals.mediaMilliseconds % 1000 / 100) s"
        let dropped = repair.report.droppedBytes
        let left = dropped > 0 ? ", \(dropped) bytes left out" : ", nothing left out"
        let done = "\(outputPath): \(repair.report.tags) tags, \(seconds), \(totals.bytes) bytes\(left)"
        return [name] + (found.isEmpty ? ["  nothing is wrong with it"] : found.map { "  " + $0 }) + [done]
    }

    private var name: String { path == "-" ? "standard input" : path }

    private var progress: Progress {
        var progress = Progress()
        progress.mediaMilliseconds = sink.recording.totals.mediaMilliseconds
        progress.bytes = sink.recording.totals.bytes
        progress.videoFrames = sink.recording.totals.videoFrames
        progress.state = "repairing"
        return progress
    }
}
