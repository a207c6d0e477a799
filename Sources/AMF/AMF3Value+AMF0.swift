// SPDX-License-Identifier: Apache-2.0

extension AMF3Value {
    /// The same value in AMF3, for peers with which AMF3 was agreed on.
    ///
    /// Numbers become integers where they are whole and have at most 29 bits; ECMA arrays become arrays with named
    /// elements. `nil` for what AMF3 cannot say: references into the AMF0 table, and ECMA arrays with an empty name. What
    /// gets lost is the time zone of a date, which never changes the time, and that a value was
    /// ``AMF0Value/unsupported``.
    public init?(_ value: AMF0Value) {
        switch value {
        case .number(let number): self = Self.shortest(number)
        case .boolean(let boolean): self = .boolean(boolean)
        case .string(let text), .longString(let text): self = .string(AMF3String(text))
        case .object(let object):
            guard let converted = Self.object(object, className: "") else { return nil }
            self = converted
        case .typedObject(let className, let object):
            guard let converted = Self.object(object, className: AMF3String(className)) else { return nil }
            self = converted
        case .null: self = .null
        case .undefined, .unsupported: self = .undefined
        case .reference: return nil
        case .ecmaArray(let object, _):
            guard let named = Self.properties(object), !named.contains(where: { $0.name.text.bytes.isEmpty }) else {
                return nil
            }
            self = .array(AMF3Array(associative: named))
        case .strictArray(let values):
            var dense: [AMF3Value] = []
            for value in values {
                guard let element = AMF3Value(value) else { return nil }
                dense.append(element)
            }
            self = .array(AMF3Array(dense: dense))
        case .date(let milliseconds, _): self = .date(milliseconds: milliseconds)
        case .xmlDocument(let text): self = .xmlDocument(text)
        case .avmPlus(let value): self = value
        }
    }

    /// -0 has no integer.
    private static func shortest(_ number: Double) -> AMF3Value {
        guard number >= Double(integerRange.lowerBound), number <= Double(integerRange.upperBound) else {
            return .double(number)
        }
        let integer = Int32(number)
        return Double(integer).bitPattern == number.bitPattern ? .integer(integer) : .double(number)
    }

    /// A name that only declared members may have, the empty one, makes all of them declared.
    private static func object(_ object: AMF0Object, className: AMF3String) -> AMF3Value? {
        guard let properties = properties(object) else { return nil }
        let hasEmptyName = properties.contains { $0.name.text.bytes.isEmpty }
        return .object(
            AMF3Object(
                className: className, sealed: hasEmptyName ? properties : [], dynamic: hasEmptyName ? nil : properties))
    }

    private static func properties(_ object: AMF0Object) -> [AMF3Property]? {
        var properties: [AMF3Property] = []
        for property in object.properties {
            guard let value = AMF3Value(property.value) else { return nil }
            properties.append(AMF3Property(name: AMF3String(property.name), value: value))
        }
        return properties
    }
}

extension AMF0Value {
    /// This value as messages carry it where AMF3 was agreed on: objects, arrays, dates and XML in
    /// ``avmPlus(_:)``, numbers, texts and nothing as they are, since whoever reads AMF3 there reads them too.
    public var preferringAMF3: AMF0Value {
        switch self {
        case .number, .boolean, .string, .longString, .null, .undefined, .unsupported, .reference, .avmPlus: self
        case .object, .typedObject, .ecmaArray, .strictArray, .date, .xmlDocument:
            AMF3Value(self).map { .avmPlus($0) } ?? self
        }
    }
}
