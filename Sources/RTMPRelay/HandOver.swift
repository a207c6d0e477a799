// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// A connection on its way to the shard at which the stream is at home that it wants to publish. It is a value: what the
/// peer said, what it was not sent yet, and what it sent behind its request go along, and the request is answered there.
struct HandOver: Sendable {
    var slot: Slot
    var move: Slot.Move
}

extension Slot {
    /// Where a connection goes, and what it asked for.
    struct Move: Sendable {
        /// A stream that it plays too, and is to join anew.
        struct Play: Sendable {
            var name: StreamName
            var player: Player
        }

        let shard: Int
        let request: ServerSession.RequestID
        let command: PublishCommand
        /// Bytes that were received behind the request and not looked at.
        var rest: [UInt8] = []
        var plays: [Play] = []
    }
}
