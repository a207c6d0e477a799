// SPDX-License-Identifier: Apache-2.0

/// The name part of a URL that we publish to or play from: a secret, because most hosts let in whoever knows it.
///
/// Printing, interpolating, dumping or reflecting a key never shows it. Code that must put it on the wire asks for
/// ``value``.
public struct StreamKey: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The key as it goes on the wire, its query included.
    public var value: String

    /// A key. No character is decoded or cut.
    public init(_ value: String) { self.value = value }

    /// A key.
    public init(stringLiteral value: String) { self.value = value }

    /// Whether there is no key at all.
    public var isEmpty: Bool { value.isEmpty }
}

extension StreamKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `***`, or nothing when the key is empty.
    public var description: String { isEmpty ? "" : "***" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
