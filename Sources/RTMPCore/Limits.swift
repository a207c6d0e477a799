// SPDX-License-Identifier: Apache-2.0

public import AMF

/// How much a peer may make us keep, do or wait for.
///
/// Every number that a peer controls meets one of these before anything allocates, loops or recurses. "Accepted" means
/// that a publish or play of the connection was accepted: until then the peer is a stranger and gets little.
public struct Limits: Sendable, Hashable {
    // Chunk stream

    /// Largest chunk size that a peer may announce, in bytes. Servers derived from FMS announce up to 0x7FFFFFFF;
    /// whatever is announced, at most 16,777,215 is used, because no message is longer.
    public var chunkSize = 0x7FFF_FFFF
    /// Longest message, in bytes. The wire cannot say more than 16,777,215.
    public var messageLength = 16 << 20
    /// Chunk streams that a peer may use before it is accepted.
    public var chunkStreams = 64
    /// Chunk streams that a peer may use after it was accepted.
    public var acceptedChunkStreams = 256
    /// Bytes of unfinished messages, all chunk streams together, before the peer is accepted.
    public var partialBytes = 64 << 10
    /// Bytes of unfinished messages, all chunk streams together, after the peer was accepted.
    public var acceptedPartialBytes = 32 << 20

    // Session

    /// Bytes that a peer may send before it is accepted.
    public var bytesBeforeAcceptance = 256 << 10
    /// Bytes that we hold for a peer that does not read; more ends reading from it.
    public var unreadOutput = 64 << 10
    /// Message streams that a peer may create.
    public var messageStreams = 64
    /// Calls of ours that a peer may leave unanswered.
    public var outstandingCalls = 256
    /// Longest URL, app, name or other text of identity, in bytes.
    public var nameLength = 4_096
    /// Time for the whole handshake.
    public var handshakeTime: Duration = .seconds(10)
    /// Time from the end of the handshake to the first command.
    public var commandTime: Duration = .seconds(10)

    // AMF

    /// How deep the values of a command or of metadata may nest, and how many there may be.
    public var amf = AMFLimits()

    /// The defaults, which suit a server that strangers can reach.
    public init() {}
}
