// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What the relay knows of one connection, in a table with the runner's own index.
///
/// To read a field through the optional in the table may copy all of the slot, with a reference count for every array and
/// string inside. So what happens for every message or every player is a `mutating` method, which works on the slot
/// where it lies. `Benchmarks/count` finds what copies.
struct Slot: Sendable {
    /// Who made the connection.
    enum Role: Sendable, Hashable {
        /// Not in use.
        case free
        /// A peer connected to us.
        case inbound
        /// We connected to publish a stream; an index into the relay's pushes.
        case push(Int)
        /// We connected to play a stream; an index into the relay's upstreams.
        case upstream(Int)
    }

    /// A stream that the peer plays or publishes, and on which message stream.
    struct Use: Sendable, Hashable {
        var messageStream: MessageStreamID
        var stream: Int
    }

    /// What serving a player has to know of its connection; as it stands here, that the connection is gone.
    struct Way: Sendable, Hashable {
        var isBlocked = false
        var isCalled = false
        /// Whether nothing of its own waits to be sent.
        var isClear = false
    }

    var id: ConnectionID
    var role: Role
    /// The number that log lines give the connection.
    var number: Int
    var peer: SocketEndpoint
    var session: ServerSession?
    /// What the peer said in connect.
    var app = ""
    var capabilities = EnhancedCapabilities()

    /// Bytes for this peer only, ahead of anything from a log; those before `pendingStart` are sent.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// Bytes of its own that wait to be sent.
    private(set) var pendingCount = 0
    /// Whether the link took less than it was offered, and `writable` has not come yet.
    var isBlocked = false
    var isReadingPaused = false
    /// Whether it is among the connections to flush in this turn.
    var isDirty = false
    /// Whether it is being flushed, so that its players are served though no media is due.
    var isCalled = false
    /// Close once everything pending is sent.
    var closesWhenFlushed = false
    /// Close at this instant unless something new began.
    var closeAt: Instant?

    var plays: [Use] = []
    /// What it played to the end and was told so, as long as it has not taken all of it.
    var told: [Use] = []
    var publishes: [Use] = []
    /// Recordings that it plays, or asked for.
    var playbacks: [Int] = []
    /// Milliseconds that it buffers, when it has said so.
    var buffer: UInt32?
    /// Set while it waits to be handed over to another shard.
    var move: Move?

    let since: Instant
    var lastReceived: Instant
    var lastSent: Instant
    var lastPing: Instant

    init(id: ConnectionID, role: Role, number: Int, peer: SocketEndpoint, session: ServerSession?, at now: Instant) {
        self.id = id
        self.role = role
        self.number = number
        self.peer = peer
        self.session = session
        since = now
        lastReceived = now
        lastSent = now
        lastPing = now
    }

    /// Bytes came.
    mutating func received(at now: Instant) -> Role {
        lastReceived = now
        return role
    }

    /// Whether it is on its way to another shard, so that what comes is for that one.
    mutating func isMoving() -> Bool { !closesWhenFlushed && move != nil }

    /// The next event of its session. Whoever is to be closed begins nothing new.
    mutating func nextEvent(
        from bytes: Span<UInt8>, at position: inout Int
    ) throws(RTMPError) -> ServerSession.LentEvent? {
        closesWhenFlushed ? nil : try session?.nextInPlace(from: bytes, at: &position)
    }

    /// The stream that the peer publishes on a message stream.
    mutating func stream(publishedOn messageStream: MessageStreamID) -> Int? {
        for index in publishes.indices where publishes[index].messageStream == messageStream {
            return publishes[index].stream
        }
        return nil
    }

    /// Moves what its session has to say to the pending bytes; others than inbound ones have a session elsewhere.
    @discardableResult
    mutating func collectOutput() -> Role {
        if let output = session?.takeOutput(), !output.isEmpty { enqueue(output) }
        return role
    }

    /// Memory that is held for it alone.
    ///
    /// `mutating`, as other questions here, so that a slot is asked where it lies: a getter would copy it out of its
    /// table.
    mutating func held() -> Int { pending.count + (session?.unfinishedBytes ?? 0) }

    /// Bytes of its own that wait to be sent.
    mutating func waiting() -> Int { pendingCount }

    /// Whether it is among the connections to flush now, and was not before.
    mutating func becomesDirty() -> Bool {
        defer { isDirty = true }
        return !isDirty
    }

    /// What serving a player of it has to know.
    mutating func way() -> Way { Way(isBlocked: isBlocked, isCalled: isCalled, isClear: pendingCount == 0) }

    /// Notes that the link took `taken` bytes of `offered`.
    mutating func took(_ taken: Int, of offered: Int, at now: Instant) {
        if taken > 0 { lastSent = now }
        if taken < offered { isBlocked = true }
    }

    /// The pending bytes, and where those begin that are not sent.
    mutating func lendPending() -> (bytes: [UInt8], start: Int) { (pending, pendingStart) }

    /// Appends bytes of its own.
    mutating func enqueue(_ bytes: [UInt8]) {
        if pendingCount == 0 {
            pending = bytes
            pendingStart = 0
        } else {
            pending += bytes
        }
        pendingCount += bytes.count
    }

    /// Puts the rest of a half-sent message in front of everything else.
    mutating func enqueueFirst(_ bytes: [UInt8]) {
        pending.replaceSubrange(0..<pendingStart, with: bytes)
        pendingStart = 0
        pendingCount = pending.count
    }

    /// Marks `count` pending bytes as sent; an empty buffer gives its memory back.
    mutating func sent(_ count: Int) {
        pendingStart += count
        pendingCount -= count
        if pendingCount == 0 {
            pending = []
            pendingStart = 0
        } else if pendingStart > 65_536, pendingStart > pending.count / 2 {
            // A peer that is always a little behind never empties it.
            pending.removeSubrange(0..<pendingStart)
            pendingStart = 0
        }
    }
}
