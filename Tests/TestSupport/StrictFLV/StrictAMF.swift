// SPDX-License-Identifier: Apache-2.0

/// AMF0 by the letter, for files that are judged: no value that is cut off, no object without its end.
public struct StrictAMF: Sendable {
    /// A value.
    public indirect enum Value: Sendable {
        /// A number.
        case number(Double)
        /// A truth.
        case boolean(Bool)
        /// A text.
        case string(String)
        /// Properties, in order.
        case object([(name: String, value: Value)])
        /// Properties, in order, and how many are announced.
        case ecmaArray([(name: String, value: Value)], count: Int)
        /// Values, in order.
        case array([Value])
        /// A point in time.
        case date(Double)
        /// Nothing.
        case null

        /// The property called `name`.
        public subscript(name: String) -> Value? {
            switch self {
            case .object(let properties), .ecmaArray(let properties, _): properties.first { $0.name == name }?.value
            default: nil
            }
        }

        /// What a number is.
        public var number: Double? { if case .number(let number) = self { number } else { nil } }
        /// What a truth is.
        public var boolean: Bool? { if case .boolean(let boolean) = self { boolean } else { nil } }
        /// What an array holds.
        public var array: [Value]? { if case .array(let values) = self { values } else { nil } }
        /// What a text says.
        public var string: String? { if case .string(let text) = self { text } else { nil } }
    }

    private var rest: ArraySlice<UInt8>

    /// A reader of `bytes`.
    public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Whether everything is read.
    public var isAtEnd: Bool { rest.isEmpty }

    /// The next value; nil when there is none, or it is damaged.
    public mutating func value(depth: Int = 0) -> Value? {
        guard depth < 32, let marker = rest.popFirst() else { return nil }
        switch marker {
        case 0: return uint(8).map { .number(Double(bitPattern: $0)) }
        case 1: return uint(1).map { .boolean($0 != 0) }
        case 2: return text(2).map(Value.string)
        case 3: return properties(depth).map(Value.object)
        case 5, 6, 13: return .null
        case 8:
            guard let count = uint(4), let properties = properties(depth) else { return nil }
            return .ecmaArray(properties, count: Int(count))
        case 10:
            guard let count = uint(4) else { return nil }
            var values: [Value] = []
            for _ in 0..<count {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            }
            return .array(values)
        case 11:
            guard let time = uint(8), uint(2) != nil else { return nil }
            return .date(Double(bitPattern: time))
        case 12, 15: return text(4).map(Value.string)
        case 16: return text(2).flatMap { _ in properties(depth) }.map(Value.object)
        default: return nil
        }
    }

    private mutating func properties(_ depth: Int) -> [(name: String, value: Value)]? {
        var properties: [(name: String, value: Value)] = []
        while let name = text(2) {
            if name.isEmpty, rest.first == 9 {
                rest.removeFirst()
                return properties
            }
            guard let value = value(depth: depth + 1) else { return nil }
            properties.append((name, value))
        }
        return nil
    }

    private mutating func text(_ lengthSize: Int) -> String? {
        guard let length = uint(lengthSize), rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(Int(length)) }
        return String(decoding: rest.prefix(Int(length)), as: UTF8.self)
    }

    private mutating func uint(_ size: Int) -> UInt64? {
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
