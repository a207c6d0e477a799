// SPDX-License-Identifier: Apache-2.0

/// A whole audio or video message whose payload was left where it came in: in the bytes that its reader was lent.
///
/// It says where in those bytes the payload lies, so that whoever stores it elsewhere copies it once.
public struct MessageInPlace: Sendable, Hashable {
    /// ``MessageTypeID/audio`` or ``MessageTypeID/video``.
    public let typeID: MessageTypeID
    /// Which stream of the connection it belongs to.
    public let streamID: MessageStreamID
    /// When, on the clock of its stream.
    public let timestamp: RTMPTimestamp
    /// Where its payload lies, which is not empty.
    public let payload: PayloadPlace
}

extension MessageInPlace {
    /// Calls `body` with the payload, which is copied only when it lies in pieces.
    package func withPayload(in input: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        if payload.isContiguous {
            body(input.extracting(payload.firstPiece))
        } else {
            let whole = [UInt8](payload, in: input)
            body(whole.span)
        }
    }
}

/// A message as a reader that was lent bytes gives it.
public enum LentMessage: Sendable, Hashable {
    /// Audio or video that lies whole in what was lent.
    case inPlace(MessageInPlace)
    /// Anything else, and whatever was cut by the end of what was lent.
    case collected(RawMessage)
}

extension RawMessage {
    /// A message of its own, from one in place and the bytes that it was found in.
    public init(_ message: MessageInPlace, in input: Span<UInt8>) {
        self.init(
            typeID: message.typeID, streamID: message.streamID, timestamp: message.timestamp,
            payload: [UInt8](message.payload, in: input))
    }
}
