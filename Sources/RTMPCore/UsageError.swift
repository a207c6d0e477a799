// SPDX-License-Identifier: Apache-2.0

/// What our own caller did wrong. Never thrown because of what a peer sent.
///
/// Nothing was changed and nothing was written when it is thrown.
public struct UsageError: Error, Sendable, Hashable {
    /// The kind of mistake. An open set: new codes may appear.
    public struct Code: Sendable, Hashable {
        private enum Kind: String {
            case invalidChunkSize = "invalid chunk size"
            case invalidChunkStream = "invalid chunk stream"
            case messageTooLarge = "message too large"
            case invalidMessage = "message cannot be written"
            case unknownRequest = "unknown request"
            case wrongState = "not possible in this state"
            case unknownStream = "unknown message stream"
            case notAnnounced = "not announced by the peer"
            case tooManyCalls = "too many calls"
        }

        private let kind: Kind

        /// A chunk size outside 1…0x7FFFFFFF.
        public static let invalidChunkSize = Self(kind: .invalidChunkSize)
        /// A chunk stream ID outside 2…65,599.
        public static let invalidChunkStream = Self(kind: .invalidChunkStream)
        /// A payload of more than 16,777,215 bytes.
        public static let messageTooLarge = Self(kind: .messageTooLarge)
        /// A message that has no form on the wire, such as a text that is too long for its length field.
        public static let invalidMessage = Self(kind: .invalidMessage)
        /// A request that was answered already, or never was.
        public static let unknownRequest = Self(kind: .unknownRequest)
        /// Something that must come earlier or later, such as media before the stream was accepted.
        public static let wrongState = Self(kind: .wrongState)
        /// A message stream that does not exist.
        public static let unknownStream = Self(kind: .unknownStream)
        /// Something that only peers understand that say so in connect, and this one did not.
        public static let notAnnounced = Self(kind: .notAnnounced)
        /// More calls than ``Limits/outstandingCalls`` that the peer has not answered.
        public static let tooManyCalls = Self(kind: .tooManyCalls)
    }

    /// The kind of mistake.
    public var code: Code
    /// What was asked for.
    public var context: String

    /// A mistake of this kind.
    public init(_ code: Code, in context: String) {
        self.code = code
        self.context = context
    }
}

extension UsageError: CustomStringConvertible {
    /// The mistake and what was asked for, in one line.
    public var description: String { "\(code): \(context)" }
}

extension UsageError.Code: CustomStringConvertible {
    /// The mistake in words.
    public var description: String { kind.rawValue }
}
