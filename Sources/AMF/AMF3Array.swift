// SPDX-License-Identifier: Apache-2.0

/// An AMF3 array: named elements, then numbered ones (AMF3 §3.11).
public struct AMF3Array: Sendable, Hashable {
    /// The named elements, in the order of the wire. A name must not be empty.
    public var associative: [AMF3Property]
    /// The elements 0, 1, 2 and so on.
    public var dense: [AMF3Value]

    /// An array.
    public init(associative: [AMF3Property] = [], dense: [AMF3Value] = []) {
        self.associative = associative
        self.dense = dense
    }
}

extension AMF3Array: ExpressibleByArrayLiteral {
    /// An array without names.
    public init(arrayLiteral elements: AMF3Value...) { self.init(dense: elements) }
}

/// A key and its value in an AMF3 dictionary (AMF3 §3.16).
public struct AMF3DictionaryEntry: Sendable, Hashable {
    /// The key, of any type.
    public var key: AMF3Value
    /// The value.
    public var value: AMF3Value

    /// An entry.
    public init(key: AMF3Value, value: AMF3Value) {
        self.key = key
        self.value = value
    }
}
