// SPDX-License-Identifier: Apache-2.0

extension ClientSession {
    /// What is known about the way the server speaks.
    public struct Peer: Sendable, Hashable {
        /// How hands were shaken; nil before that.
        public var handshake: Handshake.Scheme?
        /// The size of its chunks now, in bytes.
        public var chunkSize: Int
        /// How many bytes it wants acknowledged at a time; nil when it did not say.
        public var acknowledgementWindow: UInt32?
    }

    /// What is known about the way the server speaks.
    public var peer: Peer {
        Peer(
            handshake: connection.scheme, chunkSize: connection.peerChunkSize, acknowledgementWindow: connection.window)
    }
}
