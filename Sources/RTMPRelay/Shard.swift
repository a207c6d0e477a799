// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Which part of a relay one ``Relay`` is, when several of them run as one: each on its own loop, with connections of
/// its own.
///
/// Every stream has a home, the same in the eyes of all shards. There it is published, recorded, pushed and pulled, and
/// there is decided who may have its name, by the same code as in a relay of one shard.
public struct Shard: Sendable, Hashable {
    /// From 0 to `count` - 1. The first one listens.
    public let index: Int
    /// How many there are.
    public let count: Int

    /// A relay that is in one piece.
    public static let only = Shard(0, of: 1)

    /// Shard `index` of `count`, at least 1.
    public init(_ index: Int, of count: Int) {
        precondition(index >= 0 && index < count, "shard \(index) of \(count)")
        self.index = index
        self.count = count
    }

    /// The shard at which a stream is at home: a hash of its path (FNV-1a), so that streams spread.
    public func home(of name: StreamName) -> Int {
        guard count > 1 else { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Equal paths must have one home, and Unicode has several spellings of one character; not so of ASCII.
        for character in name.path {
            hash = (hash ^ UInt64(character.asciiValue ?? 0)) &* 0x100_0000_01B3
        }
        // The low bits of the hash alone see only the low bits of the characters.
        return Int((hash >> 32) % UInt64(count))
    }
}
