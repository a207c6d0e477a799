// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport

/// What a scripted server does, and what it saw. The test holds it and may change it at any time.
final class ServerScript {
    enum Answer {
        case accept
        case reject(StatusCode)
        /// Rejected, and sent to another tcUrl.
        case redirect(String)
        case silence
        case close
    }

    enum End {
        /// Nothing more comes, and the connection stays.
        case silence
        /// UnpublishNotify, StreamEOF, Play.Stop.
        case proper
        /// StreamEOF alone, as nginx-rtmp sends it.
        case pause
        /// The connection is closed.
        case close
    }

    /// Sent instead of a handshake.
    var greeting: [UInt8]?
    var connectAnswer = Answer.accept
    var streamAnswer = Answer.accept
    /// Sent to each player, at this time after its Play.Start.
    var media: [(at: Duration, packet: MediaPacket)] = []
    /// What happens so long after the last of them.
    var end = End.proper
    var readsMedia = true
    /// Whether players get what they want from the last keyframe before the place on that they ask for.
    var seeks = false
    /// Whether everything is sent at once.
    var isFast = false
    /// Whether players are told that they get a recording.
    var saysRecorded = false
    /// Each publisher and player is asked so long after it was accepted to connect there; nil means here.
    var sendsOn: (at: Duration, to: String?)?

    /// Names that were asked for, in order.
    var requests: [String] = []
    /// Where players wanted to begin.
    var starts: [Double] = []
    /// What each publisher sent.
    var published: [[MediaPacket]] = []
    /// How many streams were ended by FCUnpublish or deleteStream.
    var properEnds = 0
    var connections = 0
    /// Connections that are open now.
    var open = 0

    init() {}

    init(media: [(at: Duration, packet: MediaPacket)], end: End = .proper) {
        self.media = media
        self.end = end
    }
}

/// A server that does what its script says, made of ``ServerSession``.
struct ScriptedServer: Program, ~Copyable {
    private struct Peer {
        var session: ServerSession
        var playing: (stream: MessageStreamID, since: Instant, next: Int)?
        var publisher: Int?
        var pending: [UInt8] = []
        var isClosing = false
        var sendsOnAt = Instant.never
    }

    private let script: ServerScript
    private let port: UInt16
    private var peers: [ConnectionID: Peer] = [:]
    private var random = SeededGenerator(seed: 99)

    init(_ script: ServerScript, port: UInt16 = 1935) {
        self.script = script
        self.port = port
    }

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.listen(ListenerID(0), ListenAddress(host: nil, port: port)))
    }

    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}

    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        script.connections += 1
        script.open += 1
        var peer = Peer(session: ServerSession(configuration: .init(), random: &random))
        if let greeting = script.greeting { peer.pending = greeting }
        peers[connection] = peer
    }

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {}
    mutating func writable(_ connection: ConnectionID) {}
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}

    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        guard script.greeting == nil, var peer = peers[connection], !peer.isClosing else { return }
        var position = 0
        do {
            while let event = try peer.session.next(from: bytes, at: &position) {
                try handle(event, of: &peer, connection, at: now, &wishes)
            }
        } catch {
            wishes.log(.error, "\(error)")
            wishes.append(.abort(connection))
            forget(connection)
            return
        }
        peers[connection] = peer
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        forget(connection)
    }

    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.terminated)))
    }

    mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        var next = Instant.never
        for connection in peers.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard var peer = peers[connection] else { continue }
            next = min(next, play(&peer, at: now))
            if peer.sendsOnAt <= now {
                try? peer.session.requestReconnect(to: script.sendsOn?.to)
                peer.sendsOnAt = .never
            }
            next = min(next, peer.sendsOnAt)
            peer.pending += peer.session.takeOutput()
            let taken = link.send(connection, peer.pending.span)
            peer.pending.removeFirst(taken)
            if peer.isClosing, peer.pending.isEmpty {
                wishes.append(.close(connection))
                forget(connection)
            } else {
                peers[connection] = peer
            }
        }
        return next
    }

    private mutating func forget(_ connection: ConnectionID) {
        if peers.removeValue(forKey: connection) != nil { script.open -= 1 }
    }

    private func handle(
        _ event: ServerSession.Event, of peer: inout Peer, _ connection: ConnectionID, at now: Instant,
        _ wishes: inout Wishes
    ) throws {
        switch event {
        case .connect(let request, _):
            _ = try answer(script.connectAnswer, request, &peer)
        case .publish(let request, let command):
            script.requests.append(command.name)
            guard try answer(script.streamAnswer, request, &peer) else { return }
            if let wait = script.sendsOn?.at { peer.sendsOnAt = now + wait }
            peer.publisher = script.published.count
            script.published.append([])
            if !script.readsMedia { wishes.append(.pauseReading(connection)) }
        case .play(let request, let command):
            script.requests.append(command.name)
            guard try answer(script.streamAnswer, request, &peer) else { return }
            if let wait = script.sendsOn?.at { peer.sendsOnAt = now + wait }
            script.starts.append(command.start)
            let first = firstIndex(command.start)
            let ago = script.isFast ? .seconds(86_400) : first > 0 ? script.media[first].at : .zero
            peer.playing = (command.stream, now + (.zero - ago), first)
            if script.saysRecorded {
                // StreamIsRecorded, which our sessions do not say.
                peer.pending += peer.session.takeOutput()
                peer.pending += [2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1]
            }
        case .media(let packet, _):
            if let publisher = peer.publisher { script.published[publisher].append(packet) }
        case .streamClosed:
            script.properEnds += 1
            peer.playing = nil
        default:
            break
        }
    }

    private func answer(
        _ answer: ServerScript.Answer, _ request: ServerSession.RequestID, _ peer: inout Peer
    ) throws -> Bool {
        switch answer {
        case .accept:
            try peer.session.accept(request)
            return true
        case .reject(let code):
            try peer.session.reject(request, code: code, description: "the script says so")
            peer.isClosing = true
        case .redirect(let target):
            let place: AMF0Value = ["code": 302, "redirect": .string(AMFString(target))]
            try peer.session.reject(
                request, code: .connectRejected, description: "elsewhere", details: ["ex": place])
            peer.isClosing = true
        case .close:
            peer.isClosing = true
        case .silence:
            break
        }
        return false
    }

    private func firstIndex(_ start: Double) -> Int {
        guard script.seeks, start > 0 else { return 0 }
        return script.media.lastIndex { at, packet in
            Double(at.wholeMilliseconds) <= start && packet.kind == .video && packet.payload.starts(with: [0x17, 1])
        } ?? 0
    }

    private func play(_ peer: inout Peer, at now: Instant) -> Instant {
        guard let (stream, since, sent) = peer.playing else { return .never }
        var next = sent
        while next < script.media.count, since + script.media[next].at <= now {
            try? peer.session.send(script.media[next].packet, on: stream)
            next += 1
        }
        peer.playing = (stream, since, next)
        if next < script.media.count { return since + script.media[next].at }
        guard next > 0 || script.media.isEmpty else { return .never }
        switch script.end {
        case .silence: return .never
        case .proper: peer.session.endPlay(stream)
        case .pause: peer.session.sendStreamEOF(stream)
        case .close: peer.isClosing = true
        }
        peer.playing = nil
        return .never
    }
}
