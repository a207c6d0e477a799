// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// The relay as a pure machine: it takes publishers, serves players, pushes to and pulls from other hosts, and records.
///
/// Streams are logs and players are cursors: whatever arrives is appended to its stream's log once, and once per turn
/// every player is sent what lies between its cursor and the log's head. This file is the machine's outline; the
/// extensions beside it hold one concern each.
public struct Relay: Program, ~Copyable {
    let configuration: RelayConfiguration
    private let sessionConfiguration: ServerSession.Configuration
    var random: SplitMix64

    /// Connections, by the runner's index.
    var slots: [Slot?] = []
    var connectionCount = 0
    /// Streams; a nil place is free for the next.
    var streams: [LiveStream?] = []
    /// Which stream a path means at present.
    var directory: [String: Int] = [:]
    /// Streams that we publish to other hosts.
    var pushes: [Push?] = []
    /// Streams that we play from other hosts.
    var upstreams: [Upstream?] = []
    /// As the first shard: paths of streams that have a URL with a name.
    var claims: [RTMPURL: String] = [:]
    var nextAttempt = 0
    var fileNumbers = FileNumbers()
    /// Which stream a file is of, as far as it was looked for already.
    var recordedStreams: [FileID: Int] = [:]
    /// Recordings of streams that are over, until their files are closed.
    var finishing: [Recorder] = []
    /// What is done with files that are complete.
    var housekeeping: Housekeeping?

    /// Recordings that are played.
    var playbacks: [Int: Playback] = [:]
    var nextPlayback = 0
    /// Whose a file is that is played, or opened to be.
    var playbackFiles: [FileID: Int] = [:]
    /// Those that may have something to send.
    var readyPlaybacks: [Int] = []
    /// When it is to be looked who is due.
    var nextPlaybackTick = Instant.never
    /// Requests that wait for a stream's home to say whether the stream is live.
    var inquiries: [Int: PlayRequest] = [:]
    var nextInquiry = 0

    /// Streams of ours that mirror one at home on another shard, by the mirror's number.
    var mirrors: [Int: Int] = [:]
    var nextMirror = 0
    /// What other shards are told after this turn.
    var postings: [Posting<RelayNote>] = []
    /// Connections that move to another shard after this turn.
    var moving: [ConnectionID] = []

    var dirtyConnections: [ConnectionID] = []
    var dirtyStreams: [Int] = []
    /// Streams with messages that wait to be sent together with the next ones.
    var heldStreams: [Int] = []
    var window: FlushWindow
    /// How many nanoseconds sound waits for the picture that it goes with.
    let audioPatience: Int64
    /// When the last turn began that sent media.
    var lastMediaTurn = Instant(nanoseconds: .min)
    /// Whether media came in each of the last two windows, so that it is likely to come in the next one.
    var isCrowded = false
    var nextSweep = Instant.never
    /// Whether more is kept than allowed, and nobody could be made to give it up.
    var isShortOfMemory = false
    var openListeners = 0
    /// How the relay ends, once everything is closed.
    var ending: Ending?
    var endsAt = Instant.never
    /// Until when the relay waits for its clients to go elsewhere; nil while it does not.
    var drainsUntil: Instant?
    /// Shards, this one among them, that said that they are drained.
    var drainedShards: Set<Int> = []

    /// A relay that begins when its runner starts it.
    public init(_ configuration: RelayConfiguration) {
        self.configuration = configuration
        var session = ServerSession.Configuration()
        session.chunkSize = StreamLog.chunkSize
        session.limits = configuration.limits
        session.answersStreamLength = configuration.vodDirectory == nil
        sessionConfiguration = session
        random = SplitMix64(seed: configuration.seed &+ UInt64(configuration.shard.index) &* 0x9E37_79B9_7F4A_7C15)
        housekeeping = configuration.recording.map { Housekeeping($0, wallClock: configuration.wallClock) }
        window = FlushWindow(limit: configuration.maxMerge)
        audioPatience = min(configuration.maxMerge, Self.longestAudioPatience).wholeNanoseconds
    }

    /// Opens the listeners, if it is the first shard, and begins the routes that are at home here.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        nextSweep = now + Self.sweepInterval
        if configuration.shard.index == 0 {
            for (index, address) in configuration.listeners.enumerated() {
                wishes.append(.listen(ListenerID(index), address))
            }
        }
        startRoutes(at: now, &wishes)
    }

    /// Says where it listens.
    public mutating func listening(
        _ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes
    ) {
        openListeners += 1
        let room = configuration.connectionLimit.map { ", room for \($0) connections" } ?? ""
        wishes.log(.info, "listening on \(address)\(room)")
        if !address.isLoopback {
            wishes.log(.warning, "open to everybody who can reach \(address): anyone may publish and play")
        }
    }

    /// A relay that cannot listen where it was told to ends.
    public mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.failed, reason)))
    }

    /// Greets a peer.
    public mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        guard ending == nil, drainsUntil == nil else { return wishes.append(.abort(connection)) }
        let session = ServerSession(configuration: sessionConfiguration, random: &random)
        add(connection, as: .inbound, to: peer, session: session, at: now)
    }

    /// A wished connection is up.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        outgoingConnected(connection, for: attempt, to: peer, at: now, &wishes)
    }

    /// A wished connection could not be made.
    public mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {
        outgoingFailed(attempt, reason: reason, at: now, &wishes)
    }

    /// Hands bytes to the session of their connection.
    public mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let slot = slot(of: connection) else { return }
        switch slots[slot]?.received(at: now) {
        case .inbound: receivedInbound(connection, bytes, at: now, &wishes)
        case .push(let push): receivedPush(push, bytes, at: now, &wishes)
        case .upstream(let upstream): receivedUpstream(upstream, bytes, at: now, &wishes)
        case .free, nil: break
        }
        collectOutput(of: connection, &wishes)
    }

    /// Has a connection served again.
    public mutating func writable(_ connection: ConnectionID) {
        guard let slot = slot(of: connection) else { return }
        slots[slot]?.isBlocked = false
        markDirty(connection)
    }

    /// A connection is gone.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let slot = slot(of: connection) else { return }
        switch slots[slot]?.role {
        case .inbound: closedInbound(connection, reason, at: now, &wishes)
        case .push(let push): closedPush(push, reason, at: now, &wishes)
        case .upstream(let upstream): closedUpstream(upstream, reason, at: now, &wishes)
        case .free, nil: break
        }
        slots[slot] = nil
    }

    /// Something happened to a recording that is written or played.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        if playbackFact(file, fact, &wishes) { return }
        recordingFact(file, fact, at: now, &wishes)
    }

    /// A command that was run for a recording has ended.
    public mutating func ran(_ run: RunID, _ result: RunResult, at now: Instant, _ wishes: inout Wishes) {
        housekeeping?.ran(run, result, &wishes)
    }

    /// Another shard has or wants something of a stream.
    public mutating func note(_ note: RelayNote, from shard: Int, at now: Instant, _ wishes: inout Wishes) {
        told(note, by: shard, at: now, &wishes)
    }

    /// A connection from another shard wants to publish a stream that is at home here.
    public mutating func adopted(
        _ connection: ConnectionID, with note: RelayNote, from shard: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        guard case .handOver(let handOver) = note.content, ending == nil else {
            return wishes.append(.abort(connection))
        }
        take(handOver, as: connection, at: now, &wishes)
    }

    /// Notes and connections for other shards.
    public mutating func takePostings() -> [Posting<RelayNote>] {
        if !moving.isEmpty { packMoving() }
        var taken: [Posting<RelayNote>] = []
        swap(&taken, &postings)
        return taken
    }

    /// Opens the window the busier the loop is.
    public mutating func worked(from start: Instant, to end: Instant) { window.worked(from: start, to: end) }

    /// Sends what waits, to everybody.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        if now >= nextSweep { sweep(at: now, &wishes) }
        if drainsUntil != nil, isDrained(at: now) { interrupted(.terminate, at: now, &wishes) }
        let deadline = min(serveOutgoing(at: now, &wishes), releaseMedia(at: now))
        servePlaybacks(at: now, &wishes)
        serveDirty(&link, at: now, &wishes)
        // Whoever was served may have made more work, an unpublish at the end of a push for one.
        if !dirtyConnections.isEmpty || !dirtyStreams.isEmpty { serveDirty(&link, at: now, &wishes) }
        if let ending, now >= endsAt || isIdle {
            for slot in slots.indices { leave(slot, why: "did not take the rest in time", at: now, &wishes) }
            wishes.append(.finish(ending))
            return .never
        }
        guard dirtyConnections.isEmpty, dirtyStreams.isEmpty, readyPlaybacks.isEmpty else { return now }
        return min(nextSweep, deadline, nextPlaybackTick)
    }
}
