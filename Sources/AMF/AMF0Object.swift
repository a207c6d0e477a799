// SPDX-License-Identifier: Apache-2.0

/// The properties of an AMF0 object, ECMA array or typed object, in the order of the wire.
///
/// A name may occur twice, and both are kept so that bytes survive; looking a name up gives the last one.
public struct AMF0Object: Sendable, Hashable {
    /// A name and its value.
    public struct Property: Sendable, Hashable {
        /// The name; at most 65,535 bytes can be written. May be empty.
        public var name: AMFString
        /// The value.
        public var value: AMF0Value

        /// A property.
        public init(name: AMFString, value: AMF0Value) {
            self.name = name
            self.value = value
        }
    }

    /// All properties, in the order in which they are written.
    public var properties: [Property]

    /// An object with these properties.
    public init(_ properties: [Property] = []) {
        self.properties = properties
    }

    /// The value of the last property of that name. Setting replaces that value or appends a property; setting `nil`
    /// removes every property of that name. Takes time in proportion to the number of properties.
    public subscript(name: String) -> AMF0Value? {
        get { properties.last { $0.name == name }?.value }
        set {
            guard let newValue else { return properties.removeAll { $0.name == name } }
            if let index = properties.lastIndex(where: { $0.name == name }) {
                properties[index].value = newValue
            } else {
                properties.append(Property(name: AMFString(name), value: newValue))
            }
        }
    }
}

extension AMF0Object: ExpressibleByDictionaryLiteral {
    /// The properties of a literal, in its order.
    public init(dictionaryLiteral elements: (AMFString, AMF0Value)...) {
        properties = elements.map { Property(name: $0.0, value: $0.1) }
    }
}
