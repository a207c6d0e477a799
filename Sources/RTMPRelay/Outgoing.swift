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
    package internal(set) var connectResult: ConnectResult?
    var output = PendingOutput()
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

    /// The link has room again.
    package mutating func writable() { output.isBlocked = false }

    mutating func down(_ reason: DownReason, at now: Instant, _ wishes: inout Wishes) -> Outcome {
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
