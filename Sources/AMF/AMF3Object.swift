// SPDX-License-Identifier: Apache-2.0

/// A name and its value, in an AMF3 object or array.
public struct AMF3Property: Sendable, Hashable {
    /// The name.
    public var name: AMF3String
    /// The value.
    public var value: AMF3Value

    /// A property.
    public init(name: AMF3String, value: AMF3Value) {
        self.name = name
        self.value = value
    }
}

/// An AMF3 object: the members its class declares, and those it has of its own (AMF3 §3.12).
///
/// Equality leaves ``traitsReference`` out: it is about how the object is written.
public struct AMF3Object: Sendable {
    /// The name of the class; empty for an anonymous object.
    public var className: AMF3String
    /// The members that the class declares, in its order. A name may be empty.
    public var sealed: [AMF3Property]
    /// The properties of this object alone, in the order of the wire; `nil` where the class does not allow any. A name must
    /// not be empty.
    public var dynamic: [AMF3Property]?
    /// The number, from 0, of an earlier object's class description by which this one was or shall be written. An encoder uses
    /// it only where it means the same class in the message being written.
    public var traitsReference: Int?

    /// An object; without arguments an anonymous empty one.
    public init(
        className: AMF3String = "", sealed: [AMF3Property] = [], dynamic: [AMF3Property]? = [],
        traitsReference: Int? = nil
    ) {
        self.className = className
        self.sealed = sealed
        self.dynamic = dynamic
        self.traitsReference = traitsReference
    }

    /// The declared members, then the dynamic ones.
    public var properties: [AMF3Property] { sealed + (dynamic ?? []) }

    /// The value of the last property of that name, dynamic before declared.
    public subscript(name: String) -> AMF3Value? {
        (dynamic?.last { $0.name.text == name } ?? sealed.last { $0.name.text == name })?.value
    }
}

extension AMF3Object: Hashable {
    /// Whether both have the same class and properties.
    public static func == (left: AMF3Object, right: AMF3Object) -> Bool {
        left.className == right.className && left.sealed == right.sealed && left.dynamic == right.dynamic
    }

    /// Feeds class and properties to `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(className)
        hasher.combine(sealed)
        hasher.combine(dynamic)
    }
}

extension AMF3Object: ExpressibleByDictionaryLiteral {
    /// An anonymous object with dynamic properties in the order of the literal.
    public init(dictionaryLiteral elements: (AMF3String, AMF3Value)...) {
        self.init(dynamic: elements.map { AMF3Property(name: $0.0, value: $0.1) })
    }
}

/// An AMF3 object whose class writes its own content, where that content is known to be exactly one value (AMF3 §3.12).
///
/// Equality leaves ``traitsReference`` out: it is about how the object is written.
public struct AMF3Externalizable: Sendable {
    /// The classes whose content is one value. Any other class ends the decoding: only it knows where it ends.
    public static let knownClassNames: [AMFString] = [
        "flex.messaging.io.ArrayCollection", "flex.messaging.io.ObjectProxy",
    ]

    /// The name of the class.
    public var className: AMF3String
    /// The content.
    public var value: AMF3Value
    /// As in ``AMF3Object/traitsReference``.
    public var traitsReference: Int?

    /// An object of a class in ``knownClassNames``.
    public init(className: AMF3String, value: AMF3Value, traitsReference: Int? = nil) {
        self.className = className
        self.value = value
        self.traitsReference = traitsReference
    }
}

extension AMF3Externalizable: Hashable {
    /// Whether both have the same class and content.
    public static func == (left: AMF3Externalizable, right: AMF3Externalizable) -> Bool {
        left.className == right.className && left.value == right.value
    }

    /// Feeds class and content to `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(className)
        hasher.combine(value)
    }
}
