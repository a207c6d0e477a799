// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// Plays a stream of another host into an FLV file or a pipe: `rtmpctl play` and `rtmpctl dump`.
///
/// It ends with a finished file and one of these: the stream ended or a limit was reached (done), the connection was
/// lost (incomplete, unless it may be made again), the peer cannot be reached or sends nothing, it refuses, it does
/// not speak the protocol, the file cannot be created or written, or somebody interrupted.
public struct PlayProgram: Program, ~Copyable {
    private enum Stage {
        /// A file of the wished name must not be there.
        case probing
        case running
        /// The stream and the file are being closed.
        case finishing(Ending)
        case done
    }

    /// How long the peer may send no media once some came, before the connection counts as lost.
    private static let longestSilence = Duration.seconds(30)
    /// How long after "nothing comes for the time being" the stream counts as ended.
    private static let pauseBeforeEnd = Duration.seconds(2)
    private static let probe = FileID(0)
    private static let output = FileID(1)

    private let configuration: PlayConfiguration
    private var stage = Stage.running
    private var outgoing: Outgoing
    private var sink: FileSink
    private var timeline = Timeline()
    private var lastAttempt = 0
    /// Whether a frame came, ever: only then there is a file.
    private var hasMedia = false
    private var isReadingPaused = false
    /// When silence ends the connection.
    private var silence = Instant.never
    /// When the stream counts as ended, after the peer said that nothing comes for the time being.
    private var endOfPause = Instant.never
    private var nextReport = Instant.never
    private var whatIsGoingOn = "connecting"

    /// A program that has not begun.
    public init(_ configuration: PlayConfiguration) {
        self.configuration = configuration
        var session = configuration.session
        session.isLive = configuration.isLive
        outgoing = Outgoing(
            configuration.url, .play(start: configuration.isLive ? -1000 : -2000), session: session,
            seed: configuration.seed)
        outgoing.timeouts.reach = configuration.timeout
        outgoing.timeouts.handshake = configuration.timeout
        // A server may keep its answer back until somebody publishes (nginx-rtmp with play_restart).
        outgoing.timeouts.answer = configuration.wait ? nil : configuration.timeout
        let recording = Recording(
            keepTimestamps: configuration.keepTimestamps, headSize: Self.headSize(configuration))
        sink = FileSink(Self.output, configuration.output, recording: recording, sync: configuration.sync)
    }

    /// Begins: makes sure that no file is in the way, then connects.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        nextReport = now + .seconds(1)
        if case .create(let path, replacing: false, _) = configuration.output, path != "-" {
            stage = .probing
            wishes.append(.open(Self.probe, .read(path: path)))
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
        var position = 0
        while let outcome = outgoing.nextOutcome(from: bytes, at: &position, now: now, &wishes) {
            take(outcome, at: now, &wishes)
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

    /// Something happened to the file.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        guard file == Self.output else {
            probed(fact, &wishes)
            return
        }
        sink.happened(fact, at: now, &wishes)
        if let failure = sink.failure { end(Self.ending(for: failure), at: now, &wishes) }
    }

    /// Finishes the file and ends; asked a second time, ends at once.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        let ending =
            switch interruption {
            case .interrupt: Ending(.interrupted)
            case .terminate: Ending(.terminated)
            case .outputClosed: Ending(.done)
            }
        if case .finishing = stage, interruption != .outputClosed {
            stage = .done
            wishes.append(.finish(ending))
        } else {
            end(ending, at: now, &wishes)
        }
    }

    /// Sends what the session has to say, writes what came, and looks at the clock.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        if let outcome = outgoing.due(at: now, numbering: &lastAttempt, &wishes) { take(outcome, at: now, &wishes) }
        if case .running = stage { watch(at: now, &wishes) }
        _ = outgoing.flush(&link, &wishes)
        sink.flush(at: now, &wishes)
        holdBack(at: now, &wishes)
        if case .finishing(let ending) = stage, outgoing.isStopped, sink.isFinished {
            stage = .done
            wishes.append(.report(progress))
            wishes.append(.finish(ending))
        }
        guard case .running = stage else { return outgoing.deadline }
        return min(outgoing.deadline, silence, endOfPause, nextReport)
    }

    private mutating func connect(_ wishes: inout Wishes) {
        stage = .running
        lastAttempt += 1
        outgoing.open(ConnectAttempt(lastAttempt), &wishes)
    }

    private mutating func probed(_ fact: FileFact, _ wishes: inout Wishes) {
        guard case .probing = stage else { return }
        switch fact {
        case .opened(_, isSeekable: false, _):
            // A device or a named pipe is always there, and loses nothing.
            wishes.append(.closeFile(Self.probe))
            connect(&wishes)
        case .opened(let path, _, _):
            wishes.append(.closeFile(Self.probe))
            stage = .done
            wishes.append(
                .finish(Ending(.cannotCreate, "\(path) exists; choose another name, or --force to replace it")))
        case .failed:
            // It is not there, or creating it will say what is wrong.
            connect(&wishes)
        case .wrote, .stuck, .read, .end, .closed:
            break
        }
    }

    private mutating func take(_ outcome: Outgoing.Outcome, at now: Instant, _ wishes: inout Wishes) {
        guard case .running = stage else { return }
        switch outcome {
        case .up:
            if hasMedia { timeline.beginSegment() }
            whatIsGoingOn = "waiting for the stream"
            silence = hasMedia ? now + longestSilence : configuration.wait ? .never : now + configuration.timeout
        case .media(let packet):
            record(packet, at: now, &wishes)
        case .mediaInPlace:
            break  // Never asked for.
        case .paused:
            if hasMedia { endOfPause = now + Self.pauseBeforeEnd }
        case .ended where hasMedia:
            end(Ending(.done), at: now, &wishes)
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

    private mutating func record(_ packet: MediaPacket, at now: Instant, _ wishes: inout Wishes) {
        let isFrame: Bool
        switch packet.kind {
        case .data, .dataAMF3:
            guard !Self.isForPlayersOnly(packet) else { return }
            isFrame = false
        case .audio, .video:
            isFrame = Self.isFrame(packet)
        }
        if isFrame {
            hasMedia = true
            whatIsGoingOn = "recording"
            silence = now + longestSilence
            endOfPause = .never
        }
        let bytes = max(sink.recording.totals.bytes, Int64(Self.headSize(configuration)))
        if let size = configuration.size, bytes + Int64(packet.payload.count) + 15 > size {
            end(Ending(.done), at: now, &wishes)
            return
        }
        sink.append(packet, timestamp: timeline.map(packet.timestamp.milliseconds, isFrame: isFrame, at: now))
        if let duration = configuration.duration, sink.recording.totals.mediaMilliseconds >= duration.wholeMilliseconds
        {
            end(Ending(.done), at: now, &wishes)
        }
    }

    /// The connection is not there: tries again, or ends.
    private mutating func failed(_ reason: DownReason, at now: Instant, _ wishes: inout Wishes) {
        guard case .running = stage else { return }
        silence = .never
        let sentence = reason.sentence(outgoing.purpose, outgoing.url)
        if endOfPause < .never {
            end(Ending(.done), at: now, &wishes)
        } else if hasMedia
            ? configuration.reconnects && reason.isWorthAnotherAttempt(hasServed: true)
            : configuration.wait && reason.isWorthAnotherAttempt(hasServed: false)
        {
            whatIsGoingOn = hasMedia ? "reconnecting" : "waiting for the stream"
            let seconds = (outgoing.retry(at: now) - now).wholeMilliseconds / 100
            wishes.log(hasMedia ? .warning : .info, "\(sentence); trying again in \(seconds / 10).\(seconds % 10) s")
        } else if hasMedia {
            let status = reason.exitStatus == .protocolError ? ExitStatus.protocolError : .incomplete
            end(Ending(status, "\(sentence); the file ends there"), at: now, &wishes)
        } else {
            let status = reason.exitStatus == .incomplete ? ExitStatus.unavailable : reason.exitStatus
            end(Ending(status, sentence), at: now, &wishes)
        }
    }

    /// Looks whether the peer has been silent for too long, and reports once a second.
    private mutating func watch(at now: Instant, _ wishes: inout Wishes) {
        if endOfPause <= now {
            end(Ending(.done), at: now, &wishes)
        } else if silence <= now {
            outgoing.abort(&wishes)
            if hasMedia {
                failed(.lost("nothing came for \(longestSilence.wholeMilliseconds / 1000) s"), at: now, &wishes)
            } else {
                let seconds = configuration.timeout.wholeMilliseconds / 1000
                let advice = "check the name, or wait for the stream with --wait"
                end(
                    Ending(.unavailable, "no media from \(outgoing.url) within \(seconds) s; \(advice)"), at: now,
                    &wishes)
            }
        }
        if nextReport <= now {
            wishes.append(.report(progress))
            nextReport = now + .seconds(1)
        }
    }

    /// Reads no more from the peer while the disk or the reader of the pipe does not keep up.
    private mutating func holdBack(at now: Instant, _ wishes: inout Wishes) {
        guard let connection = outgoing.connection else { return }
        if !isReadingPaused, sink.backlog > FileSink.backlogLimit {
            isReadingPaused = true
            silence = .never
            wishes.append(.pauseReading(connection))
        } else if isReadingPaused, sink.backlog < FileSink.backlogLimit / 2 {
            isReadingPaused = false
            silence = now + longestSilence
            wishes.append(.resumeReading(connection))
        }
    }

    private mutating func end(_ ending: Ending, at now: Instant, _ wishes: inout Wishes) {
        switch stage {
        case .done:
            return
        case .finishing(let earlier):
            // A file that could not be finished matters more than why it ended.
            if ending.status == .inputOutput, earlier.status != .inputOutput { stage = .finishing(ending) }
        case .probing, .running:
            stage = .finishing(ending)
            whatIsGoingOn = "finishing"
            outgoing.finish(at: now, &wishes)
            sink.finish(at: now, &wishes)
        }
    }

    /// A file that is to be small has a small head.
    private static func headSize(_ configuration: PlayConfiguration) -> Int {
        let share = configuration.size.map { Int(clamping: max(1_024, $0 / 20)) } ?? .max
        return min(Recording.defaultHeadSize, share)
    }

    private var longestSilence: Duration { max(Self.longestSilence, configuration.timeout) }

    private var progress: Progress {
        var progress = Progress()
        progress.mediaMilliseconds = sink.recording.totals.mediaMilliseconds
        progress.bytes = sink.recording.totals.bytes
        progress.videoFrames = sink.recording.totals.videoFrames
        progress.state = whatIsGoingOn
        return progress
    }

    private static func ending(for failure: FileFailure) -> Ending {
        switch failure.kind {
        case .cannotOpen, .exists: Ending(.cannotCreate, failure.reason)
        case .inputOutput: Ending(.inputOutput, failure.reason)
        case .brokenPipe: Ending(.done)
        }
    }

    /// Whether a message carries sound or pictures, not what a decoder must know before.
    private static func isFrame(_ packet: MediaPacket) -> Bool {
        let media =
            packet.kind == .video ? MediaClass(video: packet.payload.span) : MediaClass(audio: packet.payload.span)
        return switch media.role {
        case .keyframe, .interFrame, .audioFrame, .unknown: true
        default: false
        }
    }

    /// Data messages that say something to a player and do not belong to the stream.
    private static func isForPlayersOnly(_ packet: MediaPacket) -> Bool {
        ["onStatus", "onPlayStatus"].contains { name in
            packet.payload.starts(with: [0x02, 0x00, UInt8(truncatingIfNeeded: name.utf8.count)] + Array(name.utf8))
        }
    }
}
