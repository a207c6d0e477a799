// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AMF3Value {
    /// Appends the bytes of this value to `output`.
    ///
    /// Texts and classes are written by reference only where the value says so and the reference holds; values that were built
    /// and not decoded are therefore written without references, which every peer reads.
    ///
    /// - Throws: ``AMFError/Code/integerOutOfRange``, ``AMFError/Code/lengthTooLarge``, ``AMFError/Code/emptyName``,
    ///   ``AMFError/Code/invalidReference`` for an object reference of more than 28 bits,
    ///   ``AMFError/Code/unknownExternalizable``, ``AMFError/Code/tooDeep``. Then `output` is as it was before.
    public func encode(into output: inout [UInt8]) throws(AMFError) {
        try Self.encodeAll([self], into: &output)
    }

    /// Appends the bytes of the values of one message to `output`.
    ///
    /// - Throws: As ``encode(into:)``.
    public static func encodeAll(_ values: [AMF3Value], into output: inout [UInt8]) throws(AMFError) {
        try AMFEncoder.append(to: &output) { encoder throws(AMFError) in
            for value in values { try encoder.write(value, depth: 0) }
        }
    }
}

extension AMFEncoder {
    mutating func write(_ value: AMF3Value, depth: Int) throws(AMFError) {
        switch value {
        case .array(let array): try write(array, depth: depth)
        case .object(let object): try write(object, depth: depth)
        case .externalizable(let object): try write(object, depth: depth)
        case .vectorObject(let typeName, let values, let isFixed):
            try writeVector(values, ofType: typeName, isFixed: isFixed, depth: depth)
        case .dictionary(let entries, let hasWeakKeys):
            try write(entries, hasWeakKeys: hasWeakKeys, depth: depth)
        default: try writeLeaf(value)
        }
    }

    /// Writes a value without other values in it.
    private mutating func writeLeaf(_ value: AMF3Value) throws(AMFError) {
        switch value {
        case .undefined: write(.undefined)
        case .null: write(.null)
        case .boolean(let boolean): write(boolean ? .true : .false)
        case .integer(let integer):
            guard AMF3Value.integerRange.contains(integer) else { throw error(.integerOutOfRange, in: "AMF3 integer") }
            write(.integer)
            try writeUInt29(UInt32(bitPattern: integer) & UInt29.max, in: "AMF3 integer")
        case .double(let number):
            write(.double)
            output.appendDouble(number)
        case .string(let string):
            write(.string)
            try write(string, in: "AMF3 string")
        case .xmlDocument(let text): try write(.xmlDocument, text.bytes, in: "AMF3 XML document")
        case .xml(let text): try write(.xml, text.bytes, in: "AMF3 XML")
        case .byteArray(let bytes): try write(.byteArray, bytes, in: "AMF3 byte array")
        case .date(let milliseconds):
            try writeHeader(.date, 0, in: "AMF3 date")
            output.appendDouble(milliseconds)
        case .vectorInt(let numbers, let isFixed):
            try writeHeader(.vectorInt, numbers.count, isSet: isFixed, in: "AMF3 vector of int")
            for number in numbers { output.appendUInt32(UInt32(bitPattern: number)) }
        case .vectorUInt(let numbers, let isFixed):
            try writeHeader(.vectorUInt, numbers.count, isSet: isFixed, in: "AMF3 vector of uint")
            for number in numbers { output.appendUInt32(number) }
        case .vectorDouble(let numbers, let isFixed):
            try writeHeader(.vectorDouble, numbers.count, isSet: isFixed, in: "AMF3 vector of double")
            for number in numbers { output.appendDouble(number) }
        case .reference(let index, let kind):
            guard let number = UInt32(exactly: index), number <= UInt29.max >> 1 else {
                throw error(.invalidReference, in: "AMF3 object reference \(index)")
            }
            output.append(kind.rawValue)
            try writeUInt29(number << 1, in: "AMF3 object reference")
        case .array, .object, .externalizable, .vectorObject, .dictionary: break
        }
    }

    private mutating func writeVector(
        _ values: [AMF3Value], ofType typeName: AMF3String, isFixed: Bool, depth: Int
    ) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: "AMF3 vector of objects")
        try writeHeader(.vectorObject, values.count, isSet: isFixed, in: "AMF3 vector of objects")
        try write(typeName, in: "AMF3 vector of objects")
        for value in values { try write(value, depth: inner) }
    }

    private mutating func write(
        _ entries: [AMF3DictionaryEntry], hasWeakKeys: Bool, depth: Int
    ) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: "AMF3 dictionary")
        try writeHeader(.dictionary, entries.count, isSet: hasWeakKeys, in: "AMF3 dictionary")
        for entry in entries {
            try write(entry.key, depth: inner)
            try write(entry.value, depth: inner)
        }
    }

    private mutating func write(_ marker: AMF3Marker) {
        output.append(marker.rawValue)
    }

    private mutating func writeUInt29(_ number: UInt32, in context: String) throws(AMFError) {
        guard let number = UInt29(number) else { throw error(.lengthTooLarge, in: context) }
        number.encode(into: &output)
    }

    /// A length or count with the bit that tells it from a reference.
    private mutating func writeCount(_ count: Int, in context: String) throws(AMFError) {
        guard let count = UInt32(exactly: count), count <= UInt29.max >> 1 else {
            throw error(.lengthTooLarge, in: context)
        }
        try writeUInt29(count << 1 | 1, in: context)
    }

    private mutating func writeHeader(
        _ kind: AMF3Value.ReferenceKind, _ count: Int, in context: String
    ) throws(AMFError) {
        output.append(kind.rawValue)
        try writeCount(count, in: context)
    }

    private mutating func writeHeader(
        _ kind: AMF3Value.ReferenceKind, _ count: Int, isSet: Bool, in context: String
    ) throws(AMFError) {
        try writeHeader(kind, count, in: context)
        output.append(isSet ? 1 : 0)
    }

    private mutating func write(
        _ kind: AMF3Value.ReferenceKind, _ bytes: [UInt8], in context: String
    ) throws(AMFError) {
        try writeHeader(kind, bytes.count, in: context)
        output.append(contentsOf: bytes)
    }

    private mutating func write(_ string: AMF3String, in context: String) throws(AMFError) {
        if let index = string.reference, amf3Tables.strings.indices.contains(index),
            amf3Tables.strings[index] == string.text, let number = UInt32(exactly: index)
        {
            return try writeUInt29(number << 1, in: context)
        }
        try writeCount(string.text.bytes.count, in: context)
        output.append(contentsOf: string.text.bytes)
        amf3Tables.add(string.text)
    }

    private mutating func write(_ properties: [AMF3Property], depth: Int) throws(AMFError) {
        for property in properties {
            guard !property.name.text.isEmpty else { throw error(.emptyName, in: "AMF3 property name") }
            try write(property.name, in: "AMF3 property name")
            try write(property.value, depth: depth)
        }
        try write("", in: "AMF3 property name")
    }

    private mutating func write(_ array: AMF3Array, depth: Int) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: "AMF3 array")
        try writeHeader(.array, array.dense.count, in: "AMF3 array")
        try write(array.associative, depth: inner)
        for value in array.dense { try write(value, depth: inner) }
    }

    private mutating func write(_ object: AMF3Object, depth: Int) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: "AMF3 object")
        try write(AMF3Traits(of: object), reference: object.traitsReference)
        for property in object.sealed { try write(property.value, depth: inner) }
        if let dynamic = object.dynamic { try write(dynamic, depth: inner) }
    }

    private mutating func write(_ object: AMF3Externalizable, depth: Int) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: "AMF3 externalizable")
        guard AMF3Externalizable.knownClassNames.contains(object.className.text) else {
            throw error(.unknownExternalizable, in: "AMF3 class \(object.className.text.debugDescription)")
        }
        let traits = AMF3Traits(className: object.className, members: [], kind: .externalizable)
        try write(traits, reference: object.traitsReference)
        try write(object.value, depth: inner)
    }

    /// The marker and header of an object, and its class where that is not `reference`.
    private mutating func write(_ traits: AMF3Traits, reference: Int?) throws(AMFError) {
        output.append(AMF3Value.ReferenceKind.object.rawValue)
        if let index = reference, amf3Tables.traits.indices.contains(index), amf3Tables.traits[index] == traits,
            let number = UInt32(exactly: index), number <= UInt29.max >> 2
        {
            return try writeUInt29(number << 2 | 0b01, in: "AMF3 traits reference")
        }
        switch traits.kind {
        case .externalizable: try writeUInt29(0b0111, in: "AMF3 class")
        case .sealed, .dynamic:
            guard let count = UInt32(exactly: traits.members.count), count <= UInt29.max >> 4 else {
                throw error(.lengthTooLarge, in: "AMF3 class")
            }
            try writeUInt29(count << 4 | (traits.kind == .dynamic ? 0b1011 : 0b0011), in: "AMF3 class")
        }
        try write(traits.className, in: "AMF3 class name")
        for name in traits.members { try write(name, in: "AMF3 member name") }
        amf3Tables.add(traits)
    }
}
