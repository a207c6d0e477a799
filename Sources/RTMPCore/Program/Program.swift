// SPDX-License-Identifier: Apache-2.0

/// A pure machine that talks to the world through facts, wishes and a link.
///
/// Whoever runs a program, a loop over real sockets or a simulated network, tells it facts by calling the methods
/// below, one at a time. The program answers with wishes. Once per turn the runner calls ``serve(_:at:_:)``, in which
/// the program puts bytes on connections. A program never waits, never reads a clock and never touches a socket or a
/// file, so years of it run in seconds under a seeded generator.
///
/// Rules of the runner: facts about a connection come in order, from `accepted` or `connected` to `closed`; after the
/// program has wished a connection closed no fact about it comes any more; identifiers are never used twice.
/// Bytes in a span are valid for the duration of the call only.
public protocol Program: ~Copyable {
    /// What shards of this program tell each other, when it runs as several: see ``Posting``.
    associatedtype Note: Sendable = Never

    /// The program begins. The first wishes go here: listeners, connections, files.
    mutating func start(at now: Instant, _ wishes: inout Wishes)

    /// A wished listener is open at `address`, with the port it really got.
    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes)

    /// A wished listener could not be opened. `reason` is a sentence for a person.
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes)

    /// A peer connected to a listener.
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes)

    /// A wished connection is up.
    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes)

    /// A wished connection could not be made. `reason` is a sentence for a person.
    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes)

    /// Bytes came from a peer.
    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes)

    /// A connection on which a `send` took less than it was offered has room again.
    mutating func writable(_ connection: ConnectionID)

    /// A connection is gone: the peer closed it, or it broke.
    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes)

    /// Something happened to a file that this program had wished open.
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes)

    /// A wished command has ended, or could not be started.
    mutating func ran(_ run: RunID, _ result: RunResult, at now: Instant, _ wishes: inout Wishes)

    /// Somebody asks the program to end: finish files, close streams properly, then wish ``Wish/finish(_:)``.
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes)

    /// Another shard of this program told this one something.
    mutating func note(_ note: Note, from shard: Int, at now: Instant, _ wishes: inout Wishes)

    /// Another shard gave this one a connection. All facts about it come here from now on, under this new identifier;
    /// what was sent and received before belongs to it as if it had been here.
    mutating func adopted(
        _ connection: ConnectionID, with note: Note, from shard: Int, at now: Instant, _ wishes: inout Wishes)

    /// Once per turn, after ``serve(_:at:_:)``: what the program has for its other shards, in order.
    mutating func takePostings() -> [Posting<Note>]

    /// The runner was busy with a turn from `start` to `end`, and waited before: what a program may go by that gathers
    /// work when there is much of it.
    mutating func worked(from start: Instant, to end: Instant)

    /// Until when the runner may leave connections alone that were wished to be ``Wish/media(_:isSource:)``: neither read
    /// from them nor tell that they are writable. Asked once per turn, after ``serve(_:at:_:)``. Everything else goes on.
    var mediaOpens: Instant { get }

    /// Once per turn, after all facts: put what waits on the link.
    ///
    /// - Returns: when `serve` must be called again at the latest, even if nothing happens until then.
    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant
}

extension Program where Self: ~Copyable {
    /// Most programs run no commands.
    public mutating func ran(_ run: RunID, _ result: RunResult, at now: Instant, _ wishes: inout Wishes) {}

    /// Most programs do not care.
    public mutating func worked(from start: Instant, to end: Instant) {}

    /// Most programs want to hear everything at once.
    public var mediaOpens: Instant { Instant(nanoseconds: .min) }
}

/// What a program writes to, given to it for the duration of ``Program/serve(_:at:_:)``.
///
/// A send takes as many bytes as the way to the peer has room for and says how many that were. Fewer than offered
/// means blocked: the program gets `writable` once there is room. An unknown or broken connection takes nothing;
/// its `closed` fact follows.
public protocol Link: ~Copyable {
    /// Sends bytes that lie anywhere.
    mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int

    /// Sends the bytes of a block list from `range.lowerBound` on.
    mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int
}

/// A connection, named by whoever runs the program: a slot that is used again, and a generation that is not.
public struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
    /// Generation in the high half, slot in the low half.
    public var rawValue: UInt64

    /// The connection in slot `index`, the `generation`th that used it.
    @inlinable public init(index: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    /// A small number, good as an index into a table.
    @inlinable public var index: Int { Int(UInt32(truncatingIfNeeded: rawValue)) }

    /// How many connections had the same index before.
    @inlinable public var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }

    /// Index and generation.
    public var description: String { "\(index).\(generation)" }
}

/// A listener, named by the program that wished it.
public struct ListenerID: Sendable, Hashable {
    /// The program's number.
    public var rawValue: Int
    /// The listener that the program calls `rawValue`.
    public init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// One attempt to connect, named by the program that wished it.
public struct ConnectAttempt: Sendable, Hashable {
    /// The program's number.
    public var rawValue: Int
    /// The attempt that the program calls `rawValue`.
    public init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// A file, named by the program that wished it open.
public struct FileID: Sendable, Hashable {
    /// The program's number.
    public var rawValue: Int
    /// The file that the program calls `rawValue`.
    public init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// Why a connection is gone.
public enum CloseReason: Sendable, Hashable {
    /// The peer closed its side.
    case endOfStream
    /// The connection broke; a sentence for a person.
    case failed(String)
}

/// Who asks a program to end.
public enum Interruption: Sendable, Hashable {
    /// SIGINT.
    case interrupt
    /// SIGTERM.
    case terminate
    /// Whoever reads our standard output went away.
    case outputClosed
}
