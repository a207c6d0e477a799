// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// Plays a stream of another host into an FLV file or a pipe: `rtmpctl play` and `rtmpctl dump`.
///
/// It ends with a finished file and one of these: the stream ended or a limit was reached (done), the connection was
/// lost (incomplete, unless it may be made again), the peer cannot be reached or sends nothing, it refuses, it does
/// not speak the protocol, the file cannot be created or written, or somebody interrupted.
public struct PlayProgram: Program, ~Copyable {
    enum Stage {
        /// A file of the wished name must not be there.
        case probing
        /// A file that is to be continued is read.
        case reading
        case running
        /// The stream and the file are being closed.
        case finishing(Ending)
        case done
    }

    /// What is missing at the moment.
    struct OpenGap {
        /// Where it is in the recording.
        var at: Int64
        var since: Instant
        var why: String
    }

    /// How long the peer may send no media once some came, before the connection counts as lost.
    static let longestSilence = Duration.seconds(30)
    /// How long after "nothing comes for the time being" the stream counts as ended.
    private static let pauseBeforeEnd = Duration.seconds(2)
    /// How long a file has what comes gathered in the kernel: to read often is most of what a recording costs.
    private static let gatherTime = Duration.milliseconds(10)

    let configuration: PlayConfiguration
    var stage = Stage.running
    var outgoing: Outgoing
    var series: RecordingSeries
    var housekeeping: Housekeeping
    var numbers = FileNumbers()
    /// The file that must not be there.
    var probe: FileID?
    /// Reads a file that is to be continued.
    var reader: RecordingReader?
    /// Finds the place where it ends.
    var resumption: Resumption?
    var timeline = Timeline()
    private var lastAttempt = 0
    /// Whether a frame came, ever: only then there is a file.
    var hasMedia = false
    /// Whether the server has said that the stream is a recording, which begins anew when it is asked for again.
    var playsRecording = false
    var gap: OpenGap?
    /// Files that are complete.
    var files: [String] = []
    var isReadingPaused = false
    /// Until when the runner may leave the stream alone; a player behind a pipe does not wait.
    public private(set) var mediaOpens = Instant(nanoseconds: .min)
    private var hasRead = false
    /// When silence ends the connection.
    var silence = Instant.never
    /// When the stream counts as ended, after the peer said that nothing comes for the time being.
    var endOfPause = Instant.never
    private var nextReport = Instant.never
    var whatIsGoingOn = "connecting"

    /// A program that has not begun.
    public init(_ configuration: PlayConfiguration) {
        self.configuration = configuration
        outgoing = Self.outgoing(configuration, start: configuration.start)
        series = RecordingSeries(
            configuration.recording,
            of: try? StreamName(app: configuration.url.app, name: configuration.url.name.value),
            wallClock: configuration.wallClock, keepTimestamps: configuration.keepTimestamps,
            headSize: Self.headSize(configuration))
        housekeeping = Housekeeping(configuration.recording, wallClock: configuration.wallClock)
    }

    /// Begins: makes sure that no file is in the way, then connects.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        nextReport = now + .seconds(1)
        if case .file(.create(let path, let isReplacing, _)) = configuration.recording.place, path != "-",
            !isReplacing || configuration.resumes
        {
            stage = configuration.resumes ? .reading : .probing
            let file = numbers.next()
            probe = file
            wishes.append(.open(file, .read(path: path)))
        } else {
            connect(&wishes)
        }
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

    /// The peer is reached: asks for the stream.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        guard attempt == outgoing.attempt else {
            wishes.append(.abort(connection))
            return
        }
        isReadingPaused = false
        // We send next to nothing, so only probes find out that the peer's machine is gone.
        wishes.append(.keepAlive(connection))
        if let outcome = outgoing.connected(connection, at: now, &wishes) { take(outcome, at: now, &wishes) }
    }

    /// The peer cannot be reached.
    public mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {
        guard attempt == outgoing.attempt else { return }
        take(.down(outgoing.connectFailed(reason: reason)), at: now, &wishes)
    }

    /// Takes in what the peer sent.
    public mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        guard connection == outgoing.connection else { return }
        hasRead = true
        var position = 0
        while let outcome = outgoing.nextOutcome(from: bytes, at: &position, now: now, &wishes) {
            if case .mediaInPlace(let message) = outcome {
                guard case .running = stage else { continue }
                message.withPayload(in: bytes) {
                    record(message.typeID, timestamp: message.timestamp, payload: $0, at: now, &wishes)
                }
            } else {
                take(outcome, at: now, &wishes)
            }
        }
    }

    /// There is room again for what we say.
    public mutating func writable(_ connection: ConnectionID) { outgoing.writable() }

    /// The connection is gone.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        guard connection == outgoing.connection else { return }
        if let outcome = outgoing.closed(reason, at: now, &wishes) { take(outcome, at: now, &wishes) }
    }

    /// Something happened to a file.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        if file == probe {
            if case .reading = stage { return read(fact, at: now, &wishes) }
            return probed(fact, &wishes)
        }
        if housekeeping.awaits(file) {
            let open = series.openPaths
            return housekeeping.happened(file, fact, open: open, at: now, &numbers, &wishes)
        }
        _ = series.happened(file, fact, at: now, &numbers, &wishes)
        keepHouse(at: now, &wishes)
        if let failure = series.failure { end(Self.ending(for: failure), why: failure.reason, at: now, &wishes) }
    }

    /// A command that was run for a file has ended.
    public mutating func ran(_ run: RunID, _ result: RunResult, at now: Instant, _ wishes: inout Wishes) {
        housekeeping.ran(run, result, &wishes)
    }

    /// Finishes the file and ends; asked a second time, ends at once.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        let (ending, why) =
            switch interruption {
            case .interrupt: (Ending(.interrupted), "interrupted")
            case .terminate: (Ending(.terminated), "terminated")
            case .outputClosed: (Ending(.done), "the reader went away")
            }
        if case .finishing = stage, interruption != .outputClosed {
            stage = .done
            wishes.append(.finish(ending))
        } else {
            end(ending, why: why, at: now, &wishes)
        }
    }

    /// Sends what the session has to say, writes what came, and looks at the clock.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        if let outcome = outgoing.due(at: now, numbering: &lastAttempt, &wishes) { take(outcome, at: now, &wishes) }
        if case .running = stage { watch(at: now, &wishes) }
        _ = outgoing.flush(&link, &wishes)
        series.flush(at: now, &numbers, &wishes)
        keepHouse(at: now, &wishes)
        holdBack(at: now, &wishes)
        if case .finishing(let ending) = stage, outgoing.isStopped, series.isFinished, !housekeeping.isBusy {
            stage = .done
            wishes.append(.report(progress))
            wishes.append(.finish(ending))
        }
        if hasRead, !configuration.recording.isPipe { mediaOpens = now + Self.gatherTime }
        hasRead = false
        guard case .running = stage else { return outgoing.deadline }
        return min(outgoing.deadline, silence, endOfPause, nextReport)
    }

    /// - Parameter start: where to begin in a recorded stream.
    static func outgoing(_ configuration: PlayConfiguration, start: Duration?) -> Outgoing {
        var session = configuration.session
        session.isLive = configuration.isLive
        let place = start.map { Double($0.wholeMilliseconds) }
        var outgoing = Outgoing(
            configuration.url, .play(start: configuration.isLive ? -1000 : place ?? -2000), session: session,
            seed: configuration.seed)
        outgoing.takesMediaInPlace = true
        outgoing.timeouts.reach = configuration.timeout
        outgoing.timeouts.handshake = configuration.timeout
        // A server may keep its answer back until somebody publishes (nginx-rtmp with play_restart).
        outgoing.timeouts.answer = configuration.wait ? nil : configuration.timeout
        return outgoing
    }

    mutating func connect(_ wishes: inout Wishes) {
        stage = .running
        lastAttempt += 1
        outgoing.open(ConnectAttempt(lastAttempt), &wishes)
    }

    private mutating func probed(_ fact: FileFact, _ wishes: inout Wishes) {
        guard case .probing = stage else { return }
        switch fact {
        case .opened(_, isSeekable: false, _):
            // A device or a named pipe is always there, and loses nothing.
            if let probe { wishes.append(.closeFile(probe)) }
            connect(&wishes)
        case .opened(let path, _, _):
            if let probe { wishes.append(.closeFile(probe)) }
            stage = .done
            wishes.append(
                .finish(Ending(.cannotCreate, "\(path) exists; choose another name, or --force to replace it")))
        case .failed:
            // It is not there, or creating it will say what is wrong.
            connect(&wishes)
        default:
            break
        }
    }

    private mutating func take(_ outcome: Outgoing.Outcome, at now: Instant, _ wishes: inout Wishes) {
        guard case .running = stage else { return }
        switch outcome {
        case .up:
            if let connection = outgoing.connection { wishes.append(.media(connection, isSource: true)) }
            if hasMedia { timeline.beginSegment() }
            whatIsGoingOn = "waiting for the stream"
            silence = hasMedia ? now + longestSilence : configuration.wait ? .never : now + configuration.timeout
        case .media(let packet):
            record(packet.typeID, timestamp: packet.timestamp, payload: packet.payload.span, at: now, &wishes)
        case .mediaInPlace:
            break  // Dealt with where its bytes are.
        case .paused:
            if hasMedia { endOfPause = now + Self.pauseBeforeEnd }
        case .ended where hasMedia:
            end(Ending(.done), why: "the stream ended", at: now, &wishes)
        case .ended where resumption != nil:
            cannotResume("the stream ended before the place where the file ends", at: now, &wishes)
        case .ended(let code):
            outgoing.abort(&wishes)
            failed(.refused(Status(code, "", level: .error)), at: now, &wishes)
        case .moved:
            silence = .never
            endOfPause = .never
            whatIsGoingOn = "reconnecting"
            wishes.log(.info, "the server sends us on to \(outgoing.url)")
        case .down(let reason):
            failed(reason, at: now, &wishes)
        }
    }

    /// The connection is not there: tries again, or ends.
    mutating func failed(_ reason: DownReason, at now: Instant, _ wishes: inout Wishes) {
        guard case .running = stage else { return }
        silence = .never
        let sentence = reason.sentence(outgoing.purpose, outgoing.url)
        if endOfPause < .never {
            end(Ending(.done), why: "the stream ended", at: now, &wishes)
        } else if hasMedia
            ? configuration.reconnects && !playsRecording && resumption == nil
                && reason.isWorthAnotherAttempt(hasServed: true)
            : configuration.wait && reason.isWorthAnotherAttempt(hasServed: false)
        {
            whatIsGoingOn = hasMedia ? "reconnecting" : "waiting for the stream"
            if hasMedia { openGap(why: "the connection was lost", at: now) }
            let seconds = (outgoing.retry(at: now) - now).wholeMilliseconds / 100
            wishes.log(hasMedia ? .warning : .info, "\(sentence); trying again in \(seconds / 10).\(seconds % 10) s")
        } else if hasMedia {
            let status = reason.exitStatus == .protocolError ? ExitStatus.protocolError : .incomplete
            let advice = playsRecording ? "; --resume goes on with it" : ""
            end(Ending(status, "\(sentence); the file ends there\(advice)"), why: sentence, at: now, &wishes)
        } else {
            let status = reason.exitStatus == .incomplete ? ExitStatus.unavailable : reason.exitStatus
            end(Ending(status, sentence), why: sentence, at: now, &wishes)
        }
    }

    /// Looks whether the peer has been silent for too long, and reports once a second.
    private mutating func watch(at now: Instant, _ wishes: inout Wishes) {
        if endOfPause <= now {
            end(Ending(.done), why: "the stream ended", at: now, &wishes)
        } else if silence <= now {
            outgoing.abort(&wishes)
            if hasMedia {
                failed(.lost("nothing came for \(longestSilence.wholeMilliseconds / 1000) s"), at: now, &wishes)
            } else {
                let seconds = configuration.timeout.wholeMilliseconds / 1000
                let advice = "check the name, or wait for the stream with --wait"
                end(
                    Ending(.unavailable, "no media from \(outgoing.url) within \(seconds) s; \(advice)"),
                    why: "no media came", at: now, &wishes)
            }
        }
        if nextReport <= now {
            wishes.append(.report(progress))
            nextReport = now + .seconds(1)
        }
    }

    mutating func end(_ ending: Ending, why: String, at now: Instant, _ wishes: inout Wishes) {
        switch stage {
        case .done:
            return
        case .finishing(let earlier):
            // A file that could not be finished matters more than why it ended.
            if ending.status == .inputOutput, earlier.status != .inputOutput {
                stage = .finishing(ending)
                whatIsGoingOn = why
            }
        case .probing, .reading, .running:
            stage = .finishing(ending)
            whatIsGoingOn = why
            outgoing.finish(at: now, &wishes)
            series.finish(why: why, at: now, &numbers, &wishes)
        }
    }

    var longestSilence: Duration { max(Self.longestSilence, configuration.timeout) }
}
