// SPDX-License-Identifier: Apache-2.0

/// Text in AMF3, where a text that occurred before may be written as its number (AMF3 §1.3.2, §3.8).
///
/// Equal and hashed by the text alone. Texts that were read by reference share their bytes in memory; code that looks at each
/// of them takes as long as if each were written in full.
public struct AMF3String: Sendable {
    /// The text, also when it was written by reference.
    public var text: AMFString
    /// The number, from 0, by which the text was or shall be written. An encoder writes it only where it means this text
    /// in the message being written, and else the text itself; so a stale number is harmless.
    public var reference: Int?

    /// A text, written in full unless `reference` says otherwise.
    public init(_ text: AMFString, reference: Int? = nil) {
        self.text = text
        self.reference = reference
    }
}

extension AMF3String: Hashable {
    /// Whether both are the same text.
    public static func == (left: AMF3String, right: AMF3String) -> Bool { left.text == right.text }

    /// Feeds the text to `hasher`.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension AMF3String: ExpressibleByStringLiteral {
    /// A text, written in full.
    public init(stringLiteral value: String) { self.init(AMFString(value)) }
}

extension AMF3String: CustomStringConvertible, CustomDebugStringConvertible {
    /// The text, with U+FFFD for what is not UTF-8.
    public var description: String { text.description }

    /// The text in quotes with control characters escaped.
    public var debugDescription: String { text.debugDescription }
}
