// SPDX-License-Identifier: Apache-2.0

/// One whole message as the chunk stream carries it, its payload not looked into (RTMP §6.1).
public struct RawMessage: Sendable, Hashable {
    /// What it is.
    public var typeID: MessageTypeID
    /// Which stream of the connection it belongs to.
    public var streamID: MessageStreamID
    /// When, on the clock of its stream.
    public var timestamp: RTMPTimestamp
    /// The body, at most 16,777,215 bytes.
    public var payload: [UInt8]

    /// A message of these parts.
    public init(typeID: MessageTypeID, streamID: MessageStreamID, timestamp: RTMPTimestamp, payload: [UInt8]) {
        self.typeID = typeID
        self.streamID = streamID
        self.timestamp = timestamp
        self.payload = payload
    }
}
