// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What the relay knows of one connection, in a table with the runner's own index.
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
    var pending: [UInt8] = []
    var pendingStart = 0
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
    var publishes: [Use] = []
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

    /// Bytes of its own that wait to be sent.
    var pendingCount: Int { pending.count - pendingStart }

    /// Moves what its session has to say to the pending bytes.
    mutating func collectOutput() {
        guard session?.hasOutput == true, let output = session?.takeOutput() else { return }
        enqueue(output)
    }

    /// Appends bytes of its own.
    mutating func enqueue(_ bytes: [UInt8]) {
        if pendingCount == 0 {
            pending = bytes
            pendingStart = 0
        } else {
            pending += bytes
        }
    }

    /// Puts the rest of a half-sent message in front of everything else.
    mutating func enqueueFirst(_ bytes: [UInt8]) {
        pending.replaceSubrange(0..<pendingStart, with: bytes)
        pendingStart = 0
    }

    /// Marks `count` pending bytes as sent; an empty buffer gives its memory back.
    mutating func sent(_ count: Int) {
        pendingStart += count
        if pendingStart == pending.count {
            pending = []
            pendingStart = 0
        }
    }
}
