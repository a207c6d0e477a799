// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What became of a crowd of hostile peers.
public final class HostileRecord {
    /// What became of the peers of one kind.
    public struct Tally: Sendable {
        /// Connections that came up.
        public var connected = 0
        /// Connections that the server closed.
        public var closed = 0
        /// Bytes that the system took for the server.
        public var sent = 0
    }

    private var tallies: [HostileKind: Tally] = [:]
    /// The most connections that were up at once.
    public internal(set) var mostConnected = 0

    /// Nothing yet.
    public init() {}

    /// What became of the peers of a kind.
    public internal(set) subscript(kind: HostileKind) -> Tally {
        get { tallies[kind, default: Tally()] }
        set { tallies[kind] = newValue }
    }
}

/// Many hostile peers of one server, of every kind at once, each of which comes again when it was thrown out.
///
/// It is a program, so that the same crowd attacks over sockets and in the simulated network.
public struct HostileCrowd: Program, ~Copyable {
    private struct Peer {
        var script: HostileScript
        var connection: ConnectionID?
        var output: [UInt8] = []
        var sentCount = 0
        var isBlocked = false
        /// When to connect, or to take the next step.
        var due: Instant
        var isLast = false
    }

    private let record: HostileRecord
    private let target: NetworkAddress
    private let app: String
    private let stream: String
    private let duration: Duration
    private var random: SeededGenerator
    private var peers: [Peer] = []
    private var byConnection: [ConnectionID: Int] = [:]
    private var ends = Instant.never

    /// A crowd of `count` that attacks for so long, while others publish `app/stream` honestly.
    public init(
        of count: Int, kinds: [HostileKind] = HostileKind.allCases, at target: NetworkAddress, app: String,
        stream: String, for duration: Duration, seed: UInt64, record: HostileRecord
    ) {
        self.record = record
        self.target = target
        self.app = app
        self.stream = stream
        self.duration = duration
        random = SeededGenerator(seed: seed)
        for index in 0..<count {
            let script = HostileScript(
                kinds[index % kinds.count], app: app, stream: stream, seed: random.next())
            peers.append(Peer(script: script, due: .never))
        }
    }

    /// The attack begins within a second.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        ends = now + duration
        for index in peers.indices { peers[index].due = now + .milliseconds(random.integer(in: 0..<1_000)) }
    }

    /// A peer is through.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        let index = attempt.rawValue
        let kind = peers[index].script.kind
        record[kind].connected += 1
        peers[index].connection = connection
        peers[index].due = now
        byConnection[connection] = index
        record.mostConnected = max(record.mostConnected, byConnection.count)
        if kind.isDeaf { wishes.append(.pauseReading(connection)) }
    }

    /// A peer tries again.
    public mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {
        comeAgain(attempt.rawValue, at: now)
    }

    /// A peer goes on sending.
    public mutating func writable(_ connection: ConnectionID) {
        if let index = byConnection[connection] { peers[index].isBlocked = false }
    }

    /// A peer was thrown out, and comes again.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let index = byConnection.removeValue(forKey: connection) else { return }
        record[peers[index].script.kind].closed += 1
        comeAgain(index, at: now)
    }

    /// Has every peer take its next step when it is due.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        guard now < ends else {
            for connection in byConnection.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                wishes.append(.abort(connection))
            }
            byConnection = [:]
            wishes.append(.finish(Ending(.done)))
            return .never
        }
        var next = ends
        for index in peers.indices {
            if peers[index].due <= now { act(index, at: now, &wishes) }
            flush(index, &link, at: now, &wishes)
            next = min(next, peers[index].due)
        }
        return next
    }

    private mutating func act(_ index: Int, at now: Instant, _ wishes: inout Wishes) {
        peers[index].due = .never
        guard peers[index].connection != nil else {
            return wishes.append(.connect(ConnectAttempt(index), target, timeout: .seconds(10)))
        }
        // Who is not listened to says nothing more, or this process would hold what it says.
        guard peers[index].output.count - peers[index].sentCount < 1_000_000 else {
            peers[index].due = now + .milliseconds(100)
            return
        }
        let step = peers[index].script.next()
        peers[index].output += step.bytes
        peers[index].isLast = step.isLast
        peers[index].due = step.pause.map { now + $0 } ?? .never
    }

    private mutating func flush<L: Link & ~Copyable>(
        _ index: Int, _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let connection = peers[index].connection else { return }
        if !peers[index].isBlocked, peers[index].sentCount < peers[index].output.count {
            let output = peers[index].output
            let taken = link.send(connection, output.span.extracting(peers[index].sentCount..<output.count))
            peers[index].sentCount += taken
            record[peers[index].script.kind].sent += taken
            peers[index].isBlocked = peers[index].sentCount < output.count
        }
        guard peers[index].sentCount == peers[index].output.count else { return }
        peers[index].output = []
        peers[index].sentCount = 0
        guard peers[index].isLast else { return }
        byConnection[connection] = nil
        wishes.append(peers[index].script.kind == .resetStorm ? .abort(connection) : .close(connection))
        comeAgain(index, at: now)
    }

    /// The same peer with a new connection, a little later.
    private mutating func comeAgain(_ index: Int, at now: Instant) {
        let script = peers[index].script
        peers[index] = Peer(
            script: HostileScript(script.kind, app: app, stream: stream, seed: random.next()),
            due: now + .milliseconds(random.integer(in: 20..<400)))
    }

    /// Nobody listens.
    public mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {}
    /// Nobody listens to peers.
    public mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    /// Nobody listens to peers.
    public mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    /// Nobody listens to peers.
    public mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    /// There are no files.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    /// The end of the time is the end.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {}
}
