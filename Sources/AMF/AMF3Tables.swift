// SPDX-License-Identifier: Apache-2.0

/// The texts and classes that occurred in a message and that may be written as their number from then on (AMF3 §1.3.2). The
/// tables hold for a whole message: some peers refer from one value to another.
struct AMF3Tables {
    private(set) var strings: [AMFString] = []
    private(set) var traits: [AMF3Traits] = []

    /// The empty string is never in the table.
    mutating func add(_ text: AMFString) {
        if !text.isEmpty { strings.append(text) }
    }

    mutating func add(_ traits: AMF3Traits) {
        self.traits.append(traits)
    }
}

/// A class as an AMF3 object announces it (AMF3 §3.12).
struct AMF3Traits: Hashable {
    enum Kind: Hashable { case sealed, dynamic, externalizable }

    var className: AMF3String
    var members: [AMF3String]
    var kind: Kind
}

extension AMF3Traits {
    init(of object: AMF3Object) {
        self.init(
            className: object.className, members: object.sealed.map(\.name),
            kind: object.dynamic == nil ? .sealed : .dynamic)
    }
}
