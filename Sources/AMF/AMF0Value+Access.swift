// SPDX-License-Identifier: Apache-2.0

/// What a value means to somebody who expects a certain type. Peers write numbers as text and booleans as numbers, so these
/// convert where the meaning is plain; a `switch` over the value sees the difference. They look through ``avmPlus(_:)``.
extension AMF0Value {
    /// The text of a string or XML document, with U+FFFD for what is not UTF-8.
    public var string: String? { text?.string }

    /// The bytes of a string or XML document.
    public var text: AMFString? {
        switch self {
        case .string(let text), .longString(let text), .xmlDocument(let text): text
        case .avmPlus(let value): value.text
        default: nil
        }
    }

    /// A number; also of text that spells one, and 1 or 0 of a boolean.
    public var number: Double? {
        switch self {
        case .number(let number): number
        case .boolean(let boolean): boolean ? 1 : 0
        case .string(let text), .longString(let text): text.spelledNumber
        case .avmPlus(let value): value.number
        default: nil
        }
    }

    /// ``number`` without its fraction; `nil` where that is not an `Int`.
    public var int: Int? { number.flatMap { Int(withoutFraction: $0) } }

    /// A boolean; also whether a number is neither 0 nor NaN, and the texts "true" and "false".
    public var boolean: Bool? {
        switch self {
        case .boolean(let boolean): boolean
        case .number(let number): number != 0 && !number.isNaN
        case .string(let text), .longString(let text): text.spelledBoolean
        case .avmPlus(let value): value.boolean
        default: nil
        }
    }

    /// The properties of an object, ECMA array or typed object: peers use them alike. Those of an AMF3 object or array are
    /// wrapped one by one in ``avmPlus(_:)``.
    public var object: AMF0Object? {
        switch self {
        case .object(let object), .ecmaArray(let object, _), .typedObject(_, let object): object
        case .avmPlus(let value):
            value.properties.map { properties in
                AMF0Object(properties.map { .init(name: $0.name.text, value: .avmPlus($0.value)) })
            }
        default: nil
        }
    }

    /// The elements of a strict array, or the dense ones of an AMF3 array, wrapped one by one in ``avmPlus(_:)``.
    public var array: [AMF0Value]? {
        switch self {
        case .strictArray(let values): values
        case .avmPlus(.array(let array)): array.dense.map { .avmPlus($0) }
        default: nil
        }
    }

    /// The value of the last property of that name, where this is an object of any kind.
    public subscript(name: String) -> AMF0Value? {
        if case .avmPlus(let value) = self { return value[name].map { .avmPlus($0) } }
        return object?[name]
    }

    /// Whether this is null or undefined, in AMF0 or AMF3: peers use them alike for "nothing here".
    public var isNull: Bool {
        switch self {
        case .null, .undefined, .avmPlus(.null), .avmPlus(.undefined): true
        default: false
        }
    }
}

extension AMFString {
    /// The finite number that this text spells. Longer text than any number needs is not looked at.
    var spelledNumber: Double? {
        guard bytes.count <= 64, let number = Double(string), number.isFinite else { return nil }
        return number
    }

    var spelledBoolean: Bool? {
        self == "true" ? true : self == "false" ? false : nil
    }
}

extension Int {
    /// The whole part of `number`, where an `Int` can hold it. (`rounded()` would make every program link libm.)
    init?(withoutFraction number: Double) {
        guard number >= -0x1p63, number < 0x1p63 else { return nil }
        self.init(exactly: Int64(number))
    }
}
