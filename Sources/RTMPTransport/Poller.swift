// SPDX-License-Identifier: Apache-2.0

/// What a descriptor is ready for.
struct Readiness: OptionSet, Sendable {
    var rawValue: UInt8
    static let read = Readiness(rawValue: 1)
    static let write = Readiness(rawValue: 2)
    /// The peer sends nothing more; there may still be bytes to read.
    static let ended = Readiness(rawValue: 4)
    /// Broken, or closed in both directions.
    static let failed = Readiness(rawValue: 8)
}

/// One descriptor became ready.
struct PollEvent {
    var tag: UInt64
    var readiness: Readiness
}

/// Which descriptors to wait for.
enum PollSet {
    /// Those that were never moved: listeners, mailboxes, and connections that do not carry media.
    case control
    /// All of them.
    case everything
}

/// Waits until descriptors become ready, and says so once: at the edge.
///
/// There are two sets, so that a loop can leave media alone for a while and still hear at once who comes.
///
/// After an event the loop works until the system says "would block" and then calls `rearm`. A poller whose system
/// finds the edges by itself ignores that.
protocol Poller: AnyObject {
    /// Whether `rearm` does anything; asked once, so that the hot path need not call.
    var needsRearming: Bool { get }

    /// Watches a descriptor, among those for control.
    ///
    /// - Parameters:
    ///   - directions: What it has to be ready for; for an output that has not blocked yet `.read` alone is enough.
    ///   - isOneWay: It never carries output, and nobody wants to hear of it.
    func add(_ descriptor: Int32, tag: UInt64, for directions: Readiness, isOneWay: Bool) throws(SystemError)

    /// Has a descriptor wait with those that carry media. What it is ready for now is told again.
    func moveToMedia(_ descriptor: Int32, tag: UInt64) throws(SystemError)

    /// The system said "would block" in these directions: the next readiness is an edge again.
    func rearm(_ descriptor: Int32, for directions: Readiness)

    /// Stops watching; called before the descriptor is closed.
    func remove(_ descriptor: Int32)

    /// Stops watching a descriptor that stays open.
    func release(_ descriptor: Int32)

    /// Waits at most `nanoseconds`, for ever when that is nil, and appends to `events` what became ready.
    func collect(_ set: PollSet, nanoseconds: Int64?, into events: inout [PollEvent]) throws(SystemError)
}

extension Int64 {
    /// Nanoseconds as whole milliseconds for calls that know nothing finer, never too early.
    var roundedUpMilliseconds: Int32 { Int32(clamping: self / 1_000_000 + (self % 1_000_000 > 0 ? 1 : 0)) }
}
