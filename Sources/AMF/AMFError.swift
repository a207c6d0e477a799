// SPDX-License-Identifier: Apache-2.0

/// Why AMF bytes could not be read, or a value could not be written.
public struct AMFError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public var code: Code
    /// The byte where the fault was noticed: counted from the first byte handed to the decoder, or, when encoding, from
    /// the first byte this encoding would have added to the output.
    public var offset: Int
    /// The structure that was being read or written, outermost first: `value 3, AMF0 string`.
    public var context: String

    init(_ code: Code, at offset: Int, in context: String) {
        self.code = code
        self.offset = offset
        self.context = context
    }

    /// One line for a log: `value 3, AMF0 string: the bytes end too early, at byte 17`.
    public var description: String { "\(context): \(code), at byte \(offset)" }

    /// The same fault, seen from the structure around it.
    func inside(_ outer: String) -> AMFError {
        AMFError(code, at: offset, in: "\(outer), \(context)")
    }
}

extension AMFError {
    /// The kinds of AMF faults. More may be added, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: Sendable, Hashable {
            case truncated, trailingBytes, unknownMarker, unexpectedObjectEnd, missingObjectEnd, invalidReference
            case unknownExternalizable, tooDeep, tooManyElements
            case lengthTooLarge, integerOutOfRange, emptyName
        }

        private var kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// The bytes end inside a value, or a length or count promises more than there is.
        public static let truncated = Code(.truncated)
        /// Bytes follow where exactly one value was asked for.
        public static let trailingBytes = Code(.trailingBytes)
        /// A marker that is reserved or that nobody defined; nothing behind it can be read.
        public static let unknownMarker = Code(.unknownMarker)
        /// An object end where a value should be.
        public static let unexpectedObjectEnd = Code(.unexpectedObjectEnd)
        /// The bytes end after a whole property, and the end of the object is missing. Only
        /// ``AMF0Value/decodePrefix(_:limits:)`` reports it, together with the object; elsewhere it is ``truncated``.
        public static let missingObjectEnd = Code(.missingObjectEnd)
        /// A reference to something that was not there before it.
        public static let invalidReference = Code(.invalidReference)
        /// An externalizable object of a class whose private format is not known (AMF3 §3.12).
        public static let unknownExternalizable = Code(.unknownExternalizable)
        /// More values inside values than ``AMFLimits/depth``.
        public static let tooDeep = Code(.tooDeep)
        /// More values than ``AMFLimits/elements``.
        public static let tooManyElements = Code(.tooManyElements)
        /// Encoding only: text or a count that its length field cannot express.
        public static let lengthTooLarge = Code(.lengthTooLarge)
        /// Encoding only: an AMF3 integer that does not fit into 29 bits (AMF3 §3.6); write a double.
        public static let integerOutOfRange = Code(.integerOutOfRange)
        /// Encoding only: an AMF3 property without a name, which on the wire means the end of the list.
        public static let emptyName = Code(.emptyName)

        /// The fault in words, for a log.
        public var description: String {
            switch kind {
            case .truncated: "the bytes end too early"
            case .trailingBytes: "bytes follow the value"
            case .unknownMarker: "unknown marker"
            case .unexpectedObjectEnd: "object end without an object"
            case .missingObjectEnd: "the object end is missing"
            case .invalidReference: "reference to nothing"
            case .unknownExternalizable: "externalizable class of unknown format"
            case .tooDeep: "nested too deeply"
            case .tooManyElements: "too many values"
            case .lengthTooLarge: "longer than its length field can say"
            case .integerOutOfRange: "integer of more than 29 bits"
            case .emptyName: "property without a name"
            }
        }
    }
}
