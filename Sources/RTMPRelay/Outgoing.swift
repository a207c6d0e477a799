// SPDX-License-Identifier: Apache-2.0

package import RTMPCore

/// One connection to another host, kept up as long as its owner wants: for a push, a pull, and the client commands.
///
/// The owner is a ``Program``. It forwards the facts about this connection, calls ``due(at:numbering:_:)`` whenever
/// ``deadline`` has come and ``flush(_:_:)`` when it serves, and is told what comes of it as ``Outcome`` values. Whether
/// a connection that is down is made again is the owner's choice: ``retry(at:)``.
///
/// ```swift
/// outgoing.open(ConnectAttempt(1), at: now, &wishes)
/// // connected:
/// _ = outgoing.connected(connection, at: now)
/// // received:
/// var position = 0
/// while let outcome = outgoing.nextOutcome(from: bytes, at: &position, now: now, &wishes) { … }
/// // serve:
/// if outgoing.flush(&link, &wishes) { /* the way is free for media */ }
/// ```
package struct Outgoing: Sendable {
    /// What the connection is for.
    package enum Purpose: Sendable, Hashable {
        /// To send a stream.
        case publish
        /// To receive a stream; `start` is the third argument of play, in milliseconds (RTMP §7.2.2.1).
        case play(start: Double)
    }

    /// How far an open connection is.
    package enum Phase: Sendable, Hashable {
        /// Bytes are exchanged to find out whether the peer speaks RTMP.
        case handshake
        /// The connect command waits for its answer.
        case connect
        /// createStream, and publish or play, wait for theirs.
        case request
        /// The stream flows.
        case up(MessageStreamID)
        /// The stream is ended by us; what is left to send leaves.
        case finishing
    }

    /// What the owner is told.
    package enum Outcome: Sendable {
        /// The peer said yes: media may be sent, or will come.
        case up(MessageStreamID)
        /// A message of the stream that we play.
        case media(MediaPacket)
        /// Sound or picture of the stream that we play, in the bytes that were lent. Only for owners that ask for it.
        case mediaInPlace(MessageInPlace)
        /// The peer says that the stream is over. The connection is still open.
        case ended(StatusCode)
        /// The peer says that nothing comes for the time being (nginx-rtmp: the publisher left, another may come).
        case paused
        /// The peer has sent us on: ``Outgoing/url`` is where to. The connection is gone, and the next one will be made
        /// at once.
        case moved
        /// The connection is not there, or not any more. Nothing happens until ``retry(at:)`` or `open`.
        case down(DownReason)
    }

    /// How long the peer may take.
    package struct Timeouts: Sendable, Hashable {
        /// To be reached.
        package var reach = Duration.seconds(10)
        /// From there to its answer to connect.
        package var handshake = Duration.seconds(10)
        /// From there to its answer to publish or play; nil waits for ever.
        package var answer: Duration? = .seconds(10)
        /// To take what is left to send when we end the stream.
        package var finish = Duration.seconds(10)

        /// The defaults.
        package init() {}
    }

    enum State {
        case stopped
        case waiting(until: Instant)
        case connecting(ConnectAttempt)
        case open(ConnectionID, Phase, since: Instant)
    }

    /// Whom to connect to, and the app and name there: what the owner gave, or where a peer has sent us since.
    package internal(set) var url: RTMPURL
    /// What for.
    package let purpose: Purpose
    /// What the peer is asked to do with a stream that we send.
    package var kind = PublishCommand.Kind.live
    /// How long the peer may take.
    package var timeouts = Timeouts()
    /// Whether a peer may send us on. Not when all that is left is to end the stream.
    package var obeysRedirects = true

    /// Whether the owner can take media from where they lie.
    package var takesMediaInPlace = false

    let home: RTMPURL
    /// How often peers have sent us on without good service in between.
    var redirects = 0
    /// Whether the stream flowed at the present ``url`` and no attempt there has failed since.
    var hasServedHere = false
    var configuration: ClientSession.Configuration
    var state = State.stopped
    /// There while the state is `open`. It stands beside the state so that it is changed where it lies.
    var session: ClientSession?
    /// What the peer said when it took the connection.
    package private(set) var connectResult: ConnectResult?
    private var output = PendingOutput()
    var backoff = Backoff()
    private var random: SplitMix64

    /// A connection that is not opened yet.
    package init(
        _ url: RTMPURL, _ purpose: Purpose, session configuration: ClientSession.Configuration, seed: UInt64
    ) {
        self.url = url
        home = url
        self.purpose = purpose
        self.configuration = configuration
        self.configuration.capabilities.extensions = (configuration.capabilities.extensions ?? []).union(.reconnect)
        random = SplitMix64(seed: seed)
    }

    /// The attempt that is under way.
    package var attempt: ConnectAttempt? {
        if case .connecting(let attempt) = state { attempt } else { nil }
    }

    /// The open connection.
    package var connection: ConnectionID? {
        if case .open(let connection, _, _) = state { connection } else { nil }
    }

    /// The message stream that flows.
    package var streamID: MessageStreamID? {
        if case .open(_, .up(let stream), _) = state { stream } else { nil }
    }

    /// Whether nothing is open and nothing is planned.
    package var isStopped: Bool {
        if case .stopped = state { true } else { false }
    }

    /// The chunk size that the peer was told to expect from us, once the stream flows.
    package var chunkSize: Int { configuration.chunkSize }

    /// Whether the peer has said that what it plays is a recording.
    package var playsRecording: Bool { session?.playsRecording ?? false }

    /// Bytes of the session that the link has not taken yet.
    package var outputCount: Int { output.count + (session?.outputCount ?? 0) }

    /// When ``due(at:numbering:_:)`` has something to do.
    package var deadline: Instant {
        switch state {
        case .stopped, .connecting: .never
        case .waiting(let until): until
        case .open(_, let phase, let since): timeout(in: phase).map { since + $0 } ?? .never
        }
    }

    /// Begins to connect now.
    package mutating func open(_ attempt: ConnectAttempt, _ wishes: inout Wishes) {
        state = .connecting(attempt)
        wishes.append(.connect(attempt, url.address, timeout: timeouts.reach))
    }

    /// Plans another attempt after a failure. Where a peer has sent us and nobody serves us, the owner's URL is next.
    ///
    /// - Returns: when it will be made.
    package mutating func retry(at now: Instant) -> Instant {
        if !hasServedHere { url = home }
        hasServedHere = false
        redirects = 0
        let until = now + backoff.nextDelay(random: &random)
        state = .waiting(until: until)
        return until
    }

    /// The wished connection is up.
    package mutating func connected(_ connection: ConnectionID, at now: Instant, _ wishes: inout Wishes) -> Outcome? {
        var session = ClientSession(configuration: configurationHere, random: &random)
        output = PendingOutput()
        state = .open(connection, .handshake, since: now)
        do {
            try session.connect(to: url)
        } catch {
            return down(.lost("\(error)"), at: now, &wishes)
        }
        self.session = session
        return nil
    }

    /// The wished connection could not be made.
    package mutating func connectFailed(reason: String) -> DownReason {
        state = .stopped
        return .unreachable(reason)
    }

    /// What the next of these bytes mean; nil when all are used up.
    package mutating func nextOutcome(
        from input: Span<UInt8>, at position: inout Int, now: Instant, _ wishes: inout Wishes
    ) -> Outcome? {
        while case .open(_, let phase, _) = state, phase != .finishing {
            do {
                switch try session?.nextInPlace(from: input, at: &position) {
                case .media(let message, on: _):
                    return takesMediaInPlace ? .mediaInPlace(message) : .media(MediaPacket(message, in: input))
                case .event(let event):
                    if let outcome = try outcome(of: event, at: now, &wishes) { return outcome }
                case nil:
                    return nil
                }
            } catch let error as RTMPError {
                return down(.protocolError(error), at: now, &wishes)
            } catch {
                return down(.lost("\(error)"), at: now, &wishes)
            }
        }
        position = input.count
        return nil
    }

    /// The connection is gone.
    package mutating func closed(_ reason: CloseReason, at now: Instant, _ wishes: inout Wishes) -> Outcome? {
        guard case .open(_, let phase, let since) = state else { return nil }
        let exactPhase = exact(phase)
        session = nil
        state = .stopped
        switch phase {
        case .finishing:
            return nil
        case .up:
            backoff.served(for: now - since)
            switch reason {
            case .endOfStream: return .down(.lost("the peer closed it"))
            case .failed(let sentence): return .down(.lost(sentence))
            }
        case .handshake, .connect, .request:
            return .down(.closedDuring(exactPhase))
        }
    }

    /// Does what time asks for: the next attempt, or giving up on a silent peer.
    ///
    /// - Parameter lastAttempt: the number of the owner's newest attempt; counted up when one is made.
    package mutating func due(
        at now: Instant, numbering lastAttempt: inout Int, _ wishes: inout Wishes
    ) -> Outcome? {
        guard deadline <= now else { return nil }
        switch state {
        case .waiting:
            lastAttempt += 1
            open(ConnectAttempt(lastAttempt), &wishes)
            return nil
        case .open(_, .finishing, _):
            return down(.lost("it did not take the end of the stream"), at: now, &wishes)
        case .open(_, let phase, _):
            return down(.noAnswer(exact(phase)), at: now, &wishes)
        case .stopped, .connecting:
            return nil
        }
    }

    /// Sends a message of the stream that we publish.
    package mutating func send(_ packet: MediaPacket) throws(UsageError) {
        guard let streamID else { return }
        try session?.send(packet, on: streamID)
    }

    /// Ends the stream properly and closes once everything has left; drops an attempt that is not up yet.
    package mutating func finish(at now: Instant, _ wishes: inout Wishes) {
        switch state {
        case .stopped:
            break
        case .waiting:
            state = .stopped
        case .connecting(let attempt):
            wishes.append(.cancelConnect(attempt))
            state = .stopped
        case .open(_, .finishing, _):
            break
        case .open(let connection, _, _):
            session?.finish()
            state = .open(connection, .finishing, since: now)
        }
    }

    /// Drops the connection, whatever is on its way.
    package mutating func abort(_ wishes: inout Wishes) {
        if let attempt { wishes.append(.cancelConnect(attempt)) }
        if let connection { wishes.append(.abort(connection)) }
        session = nil
        state = .stopped
    }

    /// Puts what the session has to say on the link.
    ///
    /// - Returns: whether everything was taken, so that the owner may put media behind it.
    package mutating func flush<L: Link & ~Copyable>(_ link: inout L, _ wishes: inout Wishes) -> Bool {
        guard case .open(let connection, let phase, _) = state else { return false }
        if session?.hasOutput == true, let bytes = session?.takeOutput() { output.append(bytes) }
        guard output.flush(&link, to: connection) else { return false }
        if phase == .finishing {
            wishes.append(.close(connection))
            session = nil
            state = .stopped
        }
        return true
    }

    /// The link has room again.
    package mutating func writable() { output.isBlocked = false }

    private mutating func outcome(
        of event: ClientSession.Event, at now: Instant, _ wishes: inout Wishes
    ) throws(UsageError) -> Outcome? {
        switch event {
        case .connected(let result):
            connectResult = result
            switch purpose {
            case .publish: try session?.publish(url.name.value, kind: kind)
            case .play(let start): try session?.play(url.name.value, start: start)
            }
            enter(.request, at: now)
            return nil
        case .publishing(let stream), .playing(let stream):
            if streamID != nil { return nil }
            enter(.up(stream), at: now)
            hasServedHere = true
            return .up(stream)
        case .media(let packet, _):
            return .media(packet)
        case .reconnectRequested(let target):
            return move(to: target, at: now, &wishes)
        case .rejected(let status):
            if streamID == nil, let target = status.redirect, let moved = move(to: target, at: now, &wishes) {
                return moved
            }
            return down(.refused(status), at: now, &wishes)
        case .ended(let code):
            return .ended(code)
        case .streamEOF:
            return .paused
        case .closed:
            return closed(.endOfStream, at: now, &wishes)
        default:
            return nil
        }
    }

    private mutating func enter(_ phase: Phase, at now: Instant) {
        if case .open(let connection, _, _) = state { state = .open(connection, phase, since: now) }
    }

    private mutating func down(_ reason: DownReason, at now: Instant, _ wishes: inout Wishes) -> Outcome {
        if case .open(let connection, let phase, let since) = state {
            if case .up = phase { backoff.served(for: now - since) }
            wishes.append(.abort(connection))
        }
        session = nil
        state = .stopped
        return .down(reason)
    }

    /// The session alone knows when hands are shaken; until connect is answered one time runs for both.
    private func exact(_ phase: Phase) -> Phase {
        phase == .handshake && session?.phase == .connect ? .connect : phase
    }

    private func timeout(in phase: Phase) -> Duration? {
        switch phase {
        case .handshake, .connect: timeouts.handshake
        case .request: timeouts.answer
        case .up: nil
        case .finishing: timeouts.finish
        }
    }
}

extension Outgoing {
    /// Takes what the session has to say, for an owner that puts it on the connection by itself.
    package mutating func takeOutput() -> [UInt8] { session?.hasOutput == true ? session?.takeOutput() ?? [] : [] }

    /// Closes a connection whose stream is ended, once its owner has sent everything.
    ///
    /// - Returns: whether it is closed.
    package mutating func closeIfFinished(_ wishes: inout Wishes) -> Bool {
        guard case .open(let connection, .finishing, _) = state else { return false }
        wishes.append(.close(connection))
        session = nil
        state = .stopped
        return true
    }
}
