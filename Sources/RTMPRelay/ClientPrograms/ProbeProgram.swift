// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// Says what a stream of another host is, and how far one gets on the way to it: `rtmpctl probe URL`.
///
/// It plays the stream for a while, keeps nothing of it, and writes a report to standard output whatever happens. It
/// ends with done when there were media for as long as wanted or until the stream ended; else as `play` does.
public struct ProbeProgram: Program, ~Copyable {
    private let configuration: ProbeConfiguration
    private var outgoing: Outgoing
    private var stream = StreamInspection()
    private var facts = ProbeReport(from: .never)
    private var report = ReportSink(FileID(0))
    private var lastAttempt = 1
    /// How to end once the peer is told.
    private var ending: Ending?
    /// When it was looked at for long enough, or media must have come.
    private var deadline = Instant.never
    private var hasMedia = false

    /// A program that has not begun.
    public init(_ configuration: ProbeConfiguration) {
        self.configuration = configuration
        outgoing = Outgoing(
            configuration.url, .play(start: -2000), session: configuration.session, seed: configuration.seed)
        outgoing.timeouts.reach = configuration.timeout
        outgoing.timeouts.handshake = configuration.timeout
        outgoing.timeouts.answer = configuration.timeout
        outgoing.timeouts.finish = .seconds(1)
    }

    /// Connects.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        facts = ProbeReport(from: now)
        outgoing.open(ConnectAttempt(lastAttempt), &wishes)
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

    /// The peer is reached.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        guard attempt == outgoing.attempt else {
            wishes.append(.abort(connection))
            return
        }
        facts.endpoint = peer
        facts.reached(.reach, at: now)
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
        facts.received(bytes.count, at: now)
        var position = 0
        while let outcome = outgoing.nextOutcome(from: bytes, at: &position, now: now, &wishes) {
            note(at: now)
            take(outcome, at: now, &wishes)
        }
        note(at: now)
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

    /// The report is written.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        if file == report.file { report.happened(fact, &wishes) }
    }

    /// Reports what is known so far; asked a second time, ends at once.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        let ending =
            switch interruption {
            case .interrupt: Ending(.interrupted)
            case .terminate: Ending(.terminated)
            case .outputClosed: Ending(.done)
            }
        if self.ending == nil, interruption != .outputClosed {
            end(ending, at: now, &wishes)
        } else {
            wishes.append(.finish(ending))
        }
    }

    /// Sends what the session has to say, and looks at the clock.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        if let outcome = outgoing.due(at: now, numbering: &lastAttempt, &wishes) { take(outcome, at: now, &wishes) }
        if ending == nil, deadline <= now {
            if hasMedia {
                end(Ending(.done), at: now, &wishes)
            } else {
                let seconds = configuration.timeout.wholeMilliseconds / 1000
                let what = "no media from \(outgoing.url) within \(seconds) s"
                end(Ending(.unavailable, "\(what); check the name, and whether it is published"), at: now, &wishes)
            }
        }
        _ = outgoing.flush(&link, &wishes)
        if let ending, outgoing.isStopped { tell(ending, &wishes) }
        return ending == nil ? min(outgoing.deadline, deadline) : outgoing.deadline
    }

    /// Looks how far the session has come.
    private mutating func note(at now: Instant) {
        guard let session = outgoing.session else { return }
        facts.peer = session.peer
        facts.server = outgoing.connectResult
        switch session.phase {
        case .idle, .handshake: break
        case .connect: facts.reached(.handshake, at: now)
        case .connected, .createStream, .play: facts.reached(.connect, at: now)
        case .publish, .publishing, .playing, .ended: break
        }
    }

    private mutating func take(_ outcome: Outgoing.Outcome, at now: Instant, _ wishes: inout Wishes) {
        guard ending == nil else { return }
        switch outcome {
        case .up:
            facts.reached(.play, at: now)
            deadline = now + configuration.timeout
        case .media(let packet):
            inspect(packet, at: now)
        case .paused, .mediaInPlace:
            break  // Media in place were not asked for.
        case .ended where hasMedia:
            end(Ending(.done), at: now, &wishes)
        case .ended(let code):
            let sentence = DownReason.refused(Status(code, "", level: .error)).sentence(
                outgoing.purpose, outgoing.url)
            end(Ending(.refused, sentence), at: now, &wishes)
        case .moved:
            deadline = .never
            facts.redirects += 1
            wishes.log(.info, "the server sends us on to \(outgoing.url)")
        case .down(let reason):
            let status = reason.exitStatus == .incomplete && !hasMedia ? .unavailable : reason.exitStatus
            end(Ending(status, reason.sentence(outgoing.purpose, outgoing.url)), at: now, &wishes)
        }
    }

    private mutating func inspect(_ packet: MediaPacket, at now: Instant) {
        let frames = stream.tracks.reduce(0) { $0 + $1.frames }
        let timestamp = packet.timestamp.milliseconds
        switch packet.kind {
        case .audio: stream.add(.audio, timestamp: timestamp, packet.payload.span)
        case .video: stream.add(.video, timestamp: timestamp, packet.payload.span)
        case .data: stream.add(.scriptData, timestamp: timestamp, packet.payload.span)
        case .dataAMF3: break
        }
        if !hasMedia, stream.tracks.reduce(0, { $0 + $1.frames }) > frames {
            hasMedia = true
            facts.reached(.media, at: now)
            deadline = now + configuration.duration
        }
        if stream.hasKeyframe { facts.reached(.keyframe, at: now) }
    }

    private mutating func end(_ ending: Ending, at now: Instant, _ wishes: inout Wishes) {
        self.ending = ending
        outgoing.finish(at: now, &wishes)
    }

    private mutating func tell(_ ending: Ending, _ wishes: inout Wishes) {
        guard !report.hasBegun else { return }
        let text: String
        switch configuration.form {
        case .text:
            let lines = facts.lines(isUsable: hasMedia) + (hasMedia ? stream.lines : [])
            text = (["\(outgoing.url)"] + lines).joined(separator: "\n") + "\n"
        case .json:
            let facts = facts.facts(outgoing.url, ending, isUsable: hasMedia) + stream.facts
            text = Fact.table(facts).json + "\n"
        }
        report.write(text, then: ending, &wishes)
    }
}
