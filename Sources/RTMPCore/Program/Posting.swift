// SPDX-License-Identifier: Apache-2.0

/// Something that one shard of a program tells another one, and perhaps a connection that goes with it.
///
/// A program may run as several equal shards, one to a loop, each with its own connections. They share nothing; what
/// one has to tell another is a note. Notes from one shard to another arrive in order.
public struct Posting<Note: Sendable>: Sendable {
    /// The number of the shard that it goes to, from 0 on; never the program's own.
    public var shard: Int
    /// What to tell it.
    public var note: Note
    /// A connection that the other shard is to have from now on; nil for a note alone. This shard hears no fact about
    /// it any more, the other one is told ``Program/adopted(_:with:from:at:_:)``.
    public var connection: ConnectionID?

    /// A note to `shard`, together with `connection` when that is not nil.
    public init(to shard: Int, _ note: Note, with connection: ConnectionID? = nil) {
        self.shard = shard
        self.note = note
        self.connection = connection
    }
}

extension Program where Self: ~Copyable {
    /// A program that runs alone is told nothing.
    public mutating func note(_ note: Note, from shard: Int, at now: Instant, _ wishes: inout Wishes) {}

    /// A program that runs alone is given nothing, and would not know what to do with it.
    public mutating func adopted(
        _ connection: ConnectionID, with note: Note, from shard: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        wishes.append(.abort(connection))
    }

    /// A program that runs alone tells nothing.
    public mutating func takePostings() -> [Posting<Note>] { [] }
}
