// SPDX-License-Identifier: Apache-2.0

/// What a value means to somebody who expects a certain type; the same conversions as in AMF0.
extension AMF3Value {
    /// The text of a string or XML, with U+FFFD for what is not UTF-8.
    public var string: String? { text?.string }

    /// The bytes of a string or XML.
    public var text: AMFString? {
        switch self {
        case .string(let string): string.text
        case .xmlDocument(let text), .xml(let text): text
        default: nil
        }
    }

    /// A number; also of text that spells one, and 1 or 0 of a boolean.
    public var number: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .double(let number): number
        case .boolean(let boolean): boolean ? 1 : 0
        case .string(let string): string.text.spelledNumber
        default: nil
        }
    }

    /// ``number`` without its fraction; `nil` where that is not an `Int`.
    public var int: Int? { number.flatMap { Int(withoutFraction: $0) } }

    /// A boolean; also whether a number is neither 0 nor NaN, and the texts "true" and "false".
    public var boolean: Bool? {
        switch self {
        case .boolean(let boolean): boolean
        case .integer(let integer): integer != 0
        case .double(let number): number != 0 && !number.isNaN
        case .string(let string): string.text.spelledBoolean
        default: nil
        }
    }

    /// The properties of an object, or the named elements of an array.
    public var properties: [AMF3Property]? {
        switch self {
        case .object(let object): object.properties
        case .array(let array): array.associative
        case .externalizable(let object): object.value.properties
        default: nil
        }
    }

    /// The value of the last property of that name, where this is an object or an array.
    public subscript(name: String) -> AMF3Value? {
        switch self {
        case .object(let object): object[name]
        case .array(let array): array.associative.last { $0.name.text == name }?.value
        case .externalizable(let object): object.value[name]
        default: nil
        }
    }
}

extension AMF3Value: ExpressibleByStringLiteral {
    /// A string.
    public init(stringLiteral value: String) { self = .string(AMF3String(AMFString(value))) }
}

extension AMF3Value: ExpressibleByFloatLiteral {
    /// A double.
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension AMF3Value: ExpressibleByIntegerLiteral {
    /// An integer, or a double where it has more than 29 bits.
    public init(integerLiteral value: Int) {
        if let small = Int32(exactly: value), Self.integerRange.contains(small) {
            self = .integer(small)
        } else {
            self = .double(Double(value))
        }
    }
}

extension AMF3Value: ExpressibleByBooleanLiteral {
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension AMF3Value: ExpressibleByDictionaryLiteral {
    /// An anonymous object with dynamic properties in the order of the literal.
    public init(dictionaryLiteral elements: (AMF3String, AMF3Value)...) {
        self = .object(AMF3Object(dynamic: elements.map { AMF3Property(name: $0.0, value: $0.1) }))
    }
}
