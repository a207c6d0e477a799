// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a message says, its body looked into. Where and when it is said stays in its ``RawMessage``.
///
/// What has no name here, and what is carried without being looked into, is ``other(_:_:)``: unknown is data, not an
/// error.
public enum RTMPMessage: Sendable, Hashable {
    /// Chunks of the sender hold so many bytes of payload from here on (RTMP §5.4.1).
    case setChunkSize(UInt32)
    /// The unfinished message of a chunk stream will not be finished (RTMP §5.4.2).
    case abort(ChunkStreamID)
    /// The sender has received so many bytes in all, modulo 2^32 (RTMP §5.4.3). Peers count differently: a hint.
    case acknowledgement(UInt32)
    /// An event (RTMP §5.4, §7.1.7).
    case userControl(UserControlEvent)
    /// The receiver is to acknowledge whenever so many bytes have come (RTMP §5.4.4).
    case windowAcknowledgementSize(UInt32)
    /// The receiver is to have at most so many bytes under way that are not acknowledged (RTMP §5.4.5).
    case setPeerBandwidth(UInt32, PeerBandwidthLimit)
    /// The body of an FLV audio tag.
    case audio([UInt8])
    /// The body of an FLV video tag.
    case video([UInt8])
    /// Data such as metadata, of either AMF message type.
    case data([AMF0Value])
    /// A command, of either AMF message type.
    case command(Command)
    /// Changes of a shared object, of either AMF message type.
    case sharedObject(SharedObject)
    /// A type that has no case here, and its body.
    case other(MessageTypeID, [UInt8])
}
