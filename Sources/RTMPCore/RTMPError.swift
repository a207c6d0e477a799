// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a peer did against the protocol, and where in its bytes.
///
/// The value that threw stays failed: its bytes can no longer be told apart, so it throws the same error again.
public struct RTMPError: Error, Sendable, Hashable {
    /// The kind of violation. An open set: new codes may appear.
    public struct Code: Sendable, Hashable {
        private enum Kind: String {
            case unsupportedVersion = "unsupported protocol version"
            case missingHeader = "chunk header refers to a message that never was"
            case invalidChunkSize = "invalid chunk size"
            case messageTooLarge = "message too large"
            case tooManyChunkStreams = "too many chunk streams"
            case tooManyPartialBytes = "too many bytes in unfinished messages"
            case invalidLength = "invalid length"
            case invalidAggregate = "invalid aggregate message"
            case invalidSharedObject = "invalid shared object message"
            case invalidCommand = "invalid command"
            case invalidAMF = "invalid AMF value"
            case unexpectedMessage = "unexpected message"
            case limitExceeded = "limit exceeded"
            case unexpectedEnd = "unexpected end of the stream"
        }

        private let kind: Kind

        /// The first byte is not a version of RTMP that we speak (RTMP §5.2.2).
        public static let unsupportedVersion = Self(kind: .unsupportedVersion)
        /// A chunk header of type 2 or 3 on a chunk stream on which no message was announced (RTMP §5.3.1.2).
        public static let missingHeader = Self(kind: .missingHeader)
        /// Set Chunk Size of zero, or beyond the limit (RTMP §5.4.1).
        public static let invalidChunkSize = Self(kind: .invalidChunkSize)
        /// A message is announced longer than ``Limits/messageLength``.
        public static let messageTooLarge = Self(kind: .messageTooLarge)
        /// More chunk streams than ``Limits/chunkStreams`` or ``Limits/acceptedChunkStreams``.
        public static let tooManyChunkStreams = Self(kind: .tooManyChunkStreams)
        /// More than ``Limits/partialBytes`` or ``Limits/acceptedPartialBytes``.
        public static let tooManyPartialBytes = Self(kind: .tooManyPartialBytes)
        /// A body is shorter than its type demands, or a length field contradicts what surrounds it.
        public static let invalidLength = Self(kind: .invalidLength)
        /// The tags inside of an aggregate message do not add up (RTMP §7.1.6).
        public static let invalidAggregate = Self(kind: .invalidAggregate)
        /// A shared object message cannot be read (RTMP §7.1.3).
        public static let invalidSharedObject = Self(kind: .invalidSharedObject)
        /// A command lacks what it cannot do without.
        public static let invalidCommand = Self(kind: .invalidCommand)
        /// AMF values cannot be read.
        public static let invalidAMF = Self(kind: .invalidAMF)
        /// A message that is not allowed in this state.
        public static let unexpectedMessage = Self(kind: .unexpectedMessage)
        /// One of the other ``Limits`` was reached; the context says which.
        public static let limitExceeded = Self(kind: .limitExceeded)
        /// The peer ended its stream in the middle of something.
        public static let unexpectedEnd = Self(kind: .unexpectedEnd)
    }

    /// The kind of violation.
    public var code: Code
    /// Position in the inbound stream, counted from the first byte the peer sent (C0/S0 is 0).
    public var offset: Int
    /// Where we were, outermost first, such as "chunk stream 4, message type 20".
    public var context: String
    /// The fault beneath, when AMF values were at fault. Its offset counts from the start of their message's payload,
    /// because a message lies in several chunks.
    public var underlying: AMFError?

    /// An error of this kind at `offset`, in the structure that `context` names.
    public init(_ code: Code, at offset: Int, in context: String, underlying: AMFError? = nil) {
        self.code = code
        self.offset = offset
        self.context = context
        self.underlying = underlying
    }
}

extension RTMPError: CustomStringConvertible {
    /// The violation, the place and the position, in one line.
    public var description: String {
        "\(code) in \(context) at byte \(offset)\(underlying.map { ": \($0)" } ?? "")"
    }
}

extension RTMPError.Code: CustomStringConvertible {
    /// The violation in words.
    public var description: String { kind.rawValue }
}
