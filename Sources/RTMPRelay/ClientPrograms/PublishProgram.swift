// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Sends an FLV file or pipe to one host or several, paced like a live encoder: `rtmpctl publish`.
///
/// The input fills one log; each destination is a cursor in it with its own connection, so that a slow or dead one
/// harms nobody. Paced, the clock starts with the first destination that is up and goes on whatever happens; a
/// destination that falls too far behind leaves out messages up to a keyframe. At full speed the input waits for the
/// slowest destination that is up. One that never came up and fails is given up; one that was up is tried again for as
/// long as the input lasts.
public struct PublishProgram: Program, ~Copyable {
    private enum Stage {
        /// Until the input shows its first message: nobody is bothered with a file that is none.
        case opening
        /// Until a destination is up.
        case connecting
        case sending
        /// The input is used up; what is in the log leaves.
        case draining(Ending?)
        case done
    }

    /// How far a destination may be behind before it skips.
    private static let longestLag = Duration.seconds(10)
    /// Memory of the log above which those behind skip, in bytes.
    private static let logLimit = 64 << 20
    /// How many bytes the input may be ahead of the slowest destination at full speed.
    private static let lead = 1 << 20

    private let configuration: PublishConfiguration
    private var stage = Stage.opening
    private var source: FLVSource
    private var log = StreamLog()
    private var destinations: [Destination] = []
    private var pacer: Pacer?
    private var lastAttempt = 0
    /// Whether the input waits for the slowest destination.
    private var isHeldBack = false
    /// How much too late the input gave its newest frame.
    private var inputLag = Duration.zero
    private var nextReport = Instant.never
    private var progress = Progress()
    private var firstTime: Int64?

    /// A program that has not begun.
    public init(_ configuration: PublishConfiguration) {
        self.configuration = configuration
        source = FLVSource(FileID(0), configuration)
        if case .paced(let rate) = configuration.rate { pacer = Pacer(rate: rate) }
        for (index, url) in configuration.urls.enumerated() {
            var outgoing = Outgoing(
                url, .publish, session: configuration.session, seed: configuration.seed &+ UInt64(index))
            outgoing.kind = configuration.kind
            outgoing.timeouts.reach = configuration.timeout
            outgoing.timeouts.handshake = configuration.timeout
            outgoing.timeouts.answer = configuration.timeout
            destinations.append(Destination(outgoing))
        }
    }

    /// Opens the input.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        nextReport = now + .seconds(1)
        source.open(&wishes)
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

    /// A destination is reached: asks to publish.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        guard let index = destinations.firstIndex(where: { $0.outgoing.attempt == attempt }) else {
            wishes.append(.abort(connection))
            return
        }
        if let outcome = destinations[index].outgoing.connected(connection, at: now, &wishes) {
            take(outcome, of: index, at: now, &wishes)
        }
    }

    /// A destination cannot be reached.
    public mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let index = destinations.firstIndex(where: { $0.outgoing.attempt == attempt }) else { return }
        let reason = destinations[index].outgoing.connectFailed(reason: reason)
        take(.down(reason), of: index, at: now, &wishes)
    }

    /// Takes in what a destination answers.
    public mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let index = index(of: connection) else { return }
        var position = 0
        while let outcome = destinations[index].outgoing.nextOutcome(
            from: bytes, at: &position, now: now, &wishes)
        {
            take(outcome, of: index, at: now, &wishes)
        }
    }

    /// A destination has room again.
    public mutating func writable(_ connection: ConnectionID) {
        if let index = index(of: connection) { destinations[index].outgoing.writable() }
    }

    /// A connection is gone.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let index = index(of: connection) else { return }
        if let outcome = destinations[index].outgoing.closed(reason, at: now, &wishes) {
            take(outcome, of: index, at: now, &wishes)
        }
    }

    /// Something happened to the input.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        if file == source.file { source.happened(fact, &wishes) }
    }

    /// Ends the stream properly; asked a second time, ends at once.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        let ending: Ending
        switch interruption {
        case .interrupt: ending = Ending(.interrupted)
        case .terminate: ending = Ending(.terminated)
        // Nothing goes to standard output here.
        case .outputClosed: return
        }
        if case .draining = stage {
            stage = .done
            wishes.append(.finish(ending))
        } else {
            drain(ending, at: now, &wishes)
        }
    }

    /// Feeds the log by the clock and the destinations from the log.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        if case .done = stage { return .never }
        begin(at: now, &wishes)
        for index in destinations.indices {
            if let outcome = destinations[index].outgoing.due(at: now, numbering: &lastAttempt, &wishes) {
                take(outcome, of: index, at: now, &wishes)
            }
        }
        var next = feed(at: now, &wishes)
        // What the link took at full speed makes room for more.
        while send(&link, at: now, &wishes), isHeldBack { next = feed(at: now, &wishes) }
        trim(at: now)
        finishWhenDrained(at: now, &wishes)
        if case .done = stage { return .never }
        if nextReport <= now {
            wishes.append(.report(report(at: now)))
            nextReport = now + .seconds(1)
        }
        return destinations.reduce(min(next, nextReport)) { min($0, $1.deadline) }
    }

    private func index(of connection: ConnectionID) -> Int? {
        destinations.firstIndex { $0.outgoing.connection == connection }
    }

    /// Goes on to the next stage when what it waits for is there.
    private mutating func begin(at now: Instant, _ wishes: inout Wishes) {
        if case .opening = stage {
            if source.peek(&wishes) != nil {
                stage = .connecting
                for index in destinations.indices {
                    lastAttempt += 1
                    destinations[index].outgoing.open(ConnectAttempt(lastAttempt), &wishes)
                }
            } else if source.isFinished {
                finish(source.failure ?? Ending(.badInput, "\(configuration.input) is empty"), &wishes)
            }
        }
        // A file at full speed may be over before the second destination has answered: all get their first chance.
        if case .connecting = stage, destinations.contains(where: \.isUp),
            pacer != nil || !destinations.contains(where: \.isTryingFirst)
        {
            stage = .sending
        }
    }

    private mutating func take(
        _ outcome: Outgoing.Outcome, of index: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        switch outcome {
        case .up:
            destinations[index].becameUp(log, at: now)
            wishes.log(.info, "publishing to \(destinations[index].outgoing.url)")
        case .ended(let code):
            destinations[index].outgoing.abort(&wishes)
            down(.lost("the peer ended the stream with \(code.rawValue)"), of: index, at: now, &wishes)
        case .moved:
            let url = destinations[index].outgoing.url
            destinations[index].becameDown(log, "the input ended on the way to \(url), where the server had sent us")
            wishes.log(.info, "the server sends us on to \(url)")
        case .down(let reason):
            down(reason, of: index, at: now, &wishes)
        case .media, .mediaInPlace, .paused:
            break
        }
    }

    private mutating func down(_ reason: DownReason, of index: Int, at now: Instant, _ wishes: inout Wishes) {
        let sentence = reason.sentence(.publish, destinations[index].outgoing.url)
        destinations[index].becameDown(log, sentence)
        let hasServed = destinations[index].hasServed
        if case .draining = stage {
            destinations[index].giveUp(.incomplete, sentence)
        } else if hasServed || configuration.wait && reason.isWorthAnotherAttempt(hasServed: false) {
            let tenths = (destinations[index].outgoing.retry(at: now) - now).wholeMilliseconds / 100
            wishes.log(
                hasServed ? .warning : .info, "\(sentence); trying again in \(tenths / 10).\(tenths % 10) s")
        } else {
            destinations[index].giveUp(reason.exitStatus, sentence)
            if let ending = endingOfAll {
                finish(ending, &wishes)
            } else {
                wishes.log(.error, sentence)
            }
        }
    }

    /// How the program ends when no destination is left; nil while there is one.
    private var endingOfAll: Ending? {
        var first: Ending?
        for destination in destinations {
            guard case .incomplete(let status, let sentence) = destination.end else { return nil }
            first = first ?? Ending(status, sentence)
        }
        return first
    }

    /// Moves what is due from the input to the log.
    ///
    /// - Returns: when more is due.
    private mutating func feed(at now: Instant, _ wishes: inout Wishes) -> Instant {
        isHeldBack = false
        guard case .sending = stage else { return .never }
        while let item = source.peek(&wishes) {
            if pacer == nil {
                let slowest = destinations.lazy.filter { $0.isUp }.map { [log] in $0.behind(log) }.max()
                guard let slowest, slowest < Self.lead else {
                    isHeldBack = true
                    return .never
                }
            } else if item.isFrame, let due = pacer?.due(item.time, at: now) {
                guard due <= now else { return due }
                inputLag = now - due
            }
            source.pop()
            append(item, at: now)
        }
        if source.isFinished { drain(source.failure, at: now, &wishes) }
        return .never
    }

    private mutating func append(_ item: FLVSource.Item, at now: Instant) {
        let packet = item.packet
        let timestamp = packet.timestamp.milliseconds
        switch packet.kind {
        case .audio, .video:
            log.append(typeID: packet.typeID, timestamp: timestamp, payload: packet.payload.span, at: now)
        case .data, .dataAMF3:
            log.appendData(typeID: packet.typeID, timestamp: timestamp, payload: packet.payload, at: now)
        }
        guard item.isFrame else { return }
        let first = firstTime ?? item.time
        firstTime = first
        progress.mediaMilliseconds = max(progress.mediaMilliseconds, item.time &- first)
        progress.bytes += Int64(packet.payload.count)
        if packet.kind == .video { progress.videoFrames += 1 }
    }

    /// Lets every destination take what it can.
    ///
    /// - Returns: whether any took something.
    private mutating func send<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Bool {
        var hasMoved = false
        for index in destinations.indices {
            let before = destinations[index].needs(log)
            if let reason = destinations[index].serve(&link, log, at: now, &wishes) {
                down(reason, of: index, at: now, &wishes)
            }
            if destinations[index].needs(log) != before { hasMoved = true }
        }
        return hasMoved
    }

    /// Lets those skip that are too far behind, and drops what nobody needs.
    private mutating func trim(at now: Instant) {
        let isFull = log.memorySize > Self.logLimit
        for index in destinations.indices
        where isFull || pacer != nil && destinations[index].lag(log, at: now) > Self.longestLag {
            destinations[index].skipToJoinPoint(log)
        }
        log.trim(upTo: destinations.map { $0.needs(log) }.min() ?? log.head)
        if log.memorySize > Self.logLimit {
            // One group of pictures larger than all that may be kept.
            log.dropJoinPoint()
            log.trim(upTo: log.head - Self.logLimit / 2)
        }
    }

    /// No more input: everybody gets the rest of the log and then the proper end.
    private mutating func drain(_ ending: Ending?, at now: Instant, _ wishes: inout Wishes) {
        guard case .done = stage else {
            stage = .draining(ending)
            source.close(&wishes)
            for index in destinations.indices { destinations[index].drain(at: now, &wishes) }
            return
        }
    }

    private mutating func finishWhenDrained(at now: Instant, _ wishes: inout Wishes) {
        guard case .draining(let ending) = stage else { return }
        var failures: [String] = []
        for destination in destinations {
            switch destination.end {
            case nil: return
            case .complete: break
            case .incomplete(_, let sentence): failures.append(sentence)
            }
        }
        wishes.append(.report(report(at: now)))
        if let ending {
            finish(ending, &wishes)
        } else if let failure = failures.first {
            let count = "\(failures.count) of \(destinations.count) destinations did not get the whole stream: "
            finish(Ending(.incomplete, (destinations.count > 1 ? count : "") + failure), &wishes)
        } else {
            finish(Ending(.done), &wishes)
        }
    }

    private mutating func finish(_ ending: Ending, _ wishes: inout Wishes) {
        source.close(&wishes)
        stage = .done
        wishes.append(.finish(ending))
    }

    private func report(at now: Instant) -> Progress {
        var progress = progress
        progress.skipped = destinations.reduce(0) { $0 + Int64($1.skipped) }
        let lag = destinations.reduce(inputLag) { max($0, $1.lag(log, at: now)) }
        progress.lagMilliseconds = lag.wholeMilliseconds
        switch stage {
        case .opening: progress.state = "waiting for input"
        case .connecting: progress.state = "connecting"
        case .sending: progress.state = destinations.contains(where: \.isUp) ? "sending" : "reconnecting"
        case .draining, .done: progress.state = "finishing"
        }
        return progress
    }
}
