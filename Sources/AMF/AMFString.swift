// SPDX-License-Identifier: Apache-2.0

/// Text as a peer wrote it: bytes that should be UTF-8.
///
/// Metadata in Latin-1 or GBK exists, and a relay must pass it on unharmed, so the bytes are kept and compared as they
/// are. ``string`` is for people: it replaces what is not UTF-8.
public struct AMFString: Sendable, Hashable {
    /// The bytes, without length and without an end mark. A zero byte is legal.
    public var bytes: [UInt8]

    /// Text from bytes, valid UTF-8 or not.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The UTF-8 bytes of `text`.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The text, with U+FFFD for what is not UTF-8.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether there are no bytes.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Whether the bytes are exactly the UTF-8 of `text`.
    public static func == (text: AMFString, other: String) -> Bool { text.bytes.elementsEqual(other.utf8) }
}

extension AMFString: ExpressibleByStringLiteral {
    /// The UTF-8 bytes of a literal.
    public init(stringLiteral value: String) { self.init(value) }
}

extension AMFString: CustomStringConvertible, CustomDebugStringConvertible {
    /// The text, with U+FFFD for what is not UTF-8. It may contain control characters: a log wants ``debugDescription``.
    public var description: String { string }

    /// The text in quotes with control characters escaped.
    public var debugDescription: String { string.debugDescription }
}
