// SPDX-License-Identifier: Apache-2.0

/// Why FLV bytes could not be read, or a value could not be written.
public struct FLVError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public var code: Code
    /// Where: for ``FLVReader`` the byte of the file, counted from its first byte; for a message, a tag body or a codec
    /// configuration the byte counted from its own first byte.
    public var offset: Int
    /// The structure that was being read or written, outermost first.
    public var context: String

    init(_ code: Code, at offset: Int, in context: String) {
        self.code = code
        self.offset = offset
        self.context = context
    }

    /// One line for a log: `FLV tag: the bytes end too early, at byte 39812`.
    public var description: String { "\(context): \(code), at byte \(offset)" }
}

extension FLVError {
    /// The kinds of FLV faults. More may be added, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: Sendable, Hashable {
            case badSignature, badHeader, notATag, tagTooLarge, truncated
            case invalidLength, invalidValue, tooManyParts, unrepresentable
        }

        private var kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// The bytes do not start with "FLV".
        public static let badSignature = Code(.badSignature)
        /// A file header that announces a length nobody can mean.
        public static let badHeader = Code(.badHeader)
        /// Bytes that cannot be a tag where a tag should start.
        public static let notATag = Code(.notATag)
        /// A tag longer than ``FLVLimits/tagSize``.
        public static let tagTooLarge = Code(.tagTooLarge)
        /// The bytes end inside a structure.
        public static let truncated = Code(.truncated)
        /// A length that does not fit into the structure around it.
        public static let invalidLength = Code(.invalidLength)
        /// A field with a value that the format forbids.
        public static let invalidValue = Code(.invalidValue)
        /// More parts, such as tracks or parameter sets, than anybody needs.
        public static let tooManyParts = Code(.tooManyParts)
        /// Encoding only: a value that its field cannot express, or parts that contradict each other.
        public static let unrepresentable = Code(.unrepresentable)

        /// The fault in words, for a log.
        public var description: String {
            switch kind {
            case .badSignature: "this is not FLV"
            case .badHeader: "impossible header length"
            case .notATag: "these bytes are not a tag"
            case .tagTooLarge: "larger than the limit"
            case .truncated: "the bytes end too early"
            case .invalidLength: "a length that does not fit"
            case .invalidValue: "a forbidden value"
            case .tooManyParts: "too many parts"
            case .unrepresentable: "the format cannot express this"
            }
        }
    }
}
