// SPDX-License-Identifier: Apache-2.0

extension AMF0Value: ExpressibleByStringLiteral {
    /// A string.
    public init(stringLiteral value: String) { self = .string(AMFString(value)) }
}

extension AMF0Value: ExpressibleByFloatLiteral {
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
}

extension AMF0Value: ExpressibleByIntegerLiteral {
    /// A number; whole numbers are exact up to 2^53.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
}

extension AMF0Value: ExpressibleByBooleanLiteral {
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension AMF0Value: ExpressibleByArrayLiteral {
    /// A strict array.
    public init(arrayLiteral elements: AMF0Value...) { self = .strictArray(elements) }
}

extension AMF0Value: ExpressibleByDictionaryLiteral {
    /// An object with the properties in the order of the literal.
    public init(dictionaryLiteral elements: (AMFString, AMF0Value)...) {
        self = .object(AMF0Object(elements.map { .init(name: $0.0, value: $0.1) }))
    }
}
