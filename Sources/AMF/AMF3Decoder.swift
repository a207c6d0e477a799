// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AMF3Value {
    /// Decodes the one AMF3 value that `bytes` consists of.
    ///
    /// - Throws: Every ``AMFError/Code`` that is not marked "encoding only".
    public init(decoding bytes: Span<UInt8>, limits: AMFLimits = AMFLimits()) throws(AMFError) {
        var decoder = AMFDecoder(bytes, limits: limits)
        self = try decoder.amf3Value(depth: 0)
        try decoder.requireEnd(in: "AMF3 value")
    }

    /// Decodes the AMF3 values that `bytes` consists of; none is no error. References count through all of them.
    ///
    /// - Throws: As ``init(decoding:limits:)``.
    public static func decodeAll(
        _ bytes: Span<UInt8>, limits: AMFLimits = AMFLimits()
    ) throws(AMFError) -> [AMF3Value] {
        var decoder = AMFDecoder(bytes, limits: limits)
        var values: [AMF3Value] = []
        while !decoder.reader.isAtEnd {
            do throws(AMFError) {
                values.append(try decoder.amf3Value(depth: 0))
            } catch {
                throw error.inside("value \(values.count)")
            }
        }
        return values
    }
}

extension AMFDecoder {
    mutating func amf3Value(depth: Int) throws(AMFError) -> AMF3Value {
        let start = reader.offset
        guard let byte = reader.readUInt8() else { throw truncated(in: "AMF3 marker") }
        try countElement(at: start, in: "AMF3 value")
        if let kind = AMF3Value.ReferenceKind(rawValue: byte) {
            let header = try uint29(in: "AMF3 header")
            if header & 1 == 0 {
                let index = Int(header >> 1)
                guard index < amf3ObjectCount else {
                    throw AMFError(.invalidReference, at: start, in: "AMF3 object reference \(index)")
                }
                return .reference(index, of: kind)
            }
            amf3ObjectCount += 1
            return try amf3Value(of: kind, header: header >> 1, depth: depth)
        }
        guard let marker = AMF3Marker(rawValue: byte) else {
            throw AMFError(.unknownMarker, at: start, in: "AMF3 marker 0x\(String(byte, radix: 16))")
        }
        switch marker {
        case .undefined: return .undefined
        case .null: return .null
        case .false: return .boolean(false)
        case .true: return .boolean(true)
        case .integer:
            // Moves the sign from bit 28 to bit 31 and back, which copies it into the bits between.
            return .integer(Int32(bitPattern: try uint29(in: "AMF3 integer") << 3) >> 3)
        case .double:
            guard let number = reader.readDouble() else { throw truncated(in: "AMF3 double") }
            return .double(number)
        case .string: return .string(try amf3String(in: "AMF3 string"))
        }
    }

    /// Reads a value of one of the kinds that references can name, behind its header; `header` is without the bit that
    /// tells a value from a reference.
    private mutating func amf3Value(
        of kind: AMF3Value.ReferenceKind, header: UInt32, depth: Int
    ) throws(AMFError) -> AMF3Value {
        let count = Int(header)
        switch kind {
        case .xmlDocument: return .xmlDocument(AMFString(bytes: try amf3Bytes(count, in: "AMF3 XML document")))
        case .xml: return .xml(AMFString(bytes: try amf3Bytes(count, in: "AMF3 XML")))
        case .byteArray: return .byteArray(try amf3Bytes(count, in: "AMF3 byte array"))
        case .date:
            guard let milliseconds = reader.readDouble() else { throw truncated(in: "AMF3 date") }
            return .date(milliseconds: milliseconds)
        case .array: return .array(try amf3Array(count: count, depth: depth))
        case .object: return try amf3Object(header: header, depth: depth)
        case .vectorInt:
            let isFixed = try amf3Flag(in: "AMF3 vector of int")
            var vector = try amf3Sub(count, ofSize: 4, in: "AMF3 vector of int")
            var numbers: [Int32] = []
            while let number = vector.readUInt32() { numbers.append(Int32(bitPattern: number)) }
            return .vectorInt(numbers, isFixed: isFixed)
        case .vectorUInt:
            let isFixed = try amf3Flag(in: "AMF3 vector of uint")
            var vector = try amf3Sub(count, ofSize: 4, in: "AMF3 vector of uint")
            var numbers: [UInt32] = []
            while let number = vector.readUInt32() { numbers.append(number) }
            return .vectorUInt(numbers, isFixed: isFixed)
        case .vectorDouble:
            let isFixed = try amf3Flag(in: "AMF3 vector of double")
            var vector = try amf3Sub(count, ofSize: 8, in: "AMF3 vector of double")
            var numbers: [Double] = []
            while let number = vector.readDouble() { numbers.append(number) }
            return .vectorDouble(numbers, isFixed: isFixed)
        case .vectorObject: return try amf3ObjectVector(count: count, depth: depth)
        case .dictionary: return try amf3Dictionary(count: count, depth: depth)
        }
    }

    private mutating func uint29(in context: String) throws(AMFError) -> UInt32 {
        guard let number = UInt29(from: &reader) else { throw truncated(in: context) }
        return number.value
    }

    private mutating func amf3Bytes(_ count: Int, in context: String) throws(AMFError) -> [UInt8] {
        guard let bytes = reader.readBytes(count) else { throw truncated(in: context) }
        return bytes
    }

    private mutating func amf3Flag(in context: String) throws(AMFError) -> Bool {
        guard let byte = reader.readUInt8() else { throw truncated(in: context) }
        return byte != 0
    }

    /// A reader of `count` numbers of `size` bytes. A header holds 28 bits, so the product cannot overflow 32.
    private mutating func amf3Sub(_ count: Int, ofSize size: Int, in context: String) throws(AMFError) -> ByteReader {
        guard count <= reader.remaining / size, let sub = reader.readSub(count * size) else {
            throw truncated(in: context)
        }
        return sub
    }

    private mutating func amf3String(in context: String) throws(AMFError) -> AMF3String {
        let start = reader.offset
        let header = try uint29(in: context)
        let number = Int(header >> 1)
        if header & 1 == 0 {
            guard number < amf3Tables.strings.count else {
                throw AMFError(.invalidReference, at: start, in: "\(context) reference \(number)")
            }
            return AMF3String(amf3Tables.strings[number], reference: number)
        }
        let text = AMFString(bytes: try amf3Bytes(number, in: context))
        amf3Tables.add(text)
        return AMF3String(text)
    }

    /// Properties up to the empty name that ends them.
    private mutating func amf3Properties(depth: Int) throws(AMFError) -> [AMF3Property] {
        var properties: [AMF3Property] = []
        while true {
            let name = try amf3String(in: "AMF3 property name")
            if name.text.isEmpty { return properties }
            properties.append(AMF3Property(name: name, value: try amf3Value(depth: depth)))
        }
    }

    private mutating func amf3Values(_ count: Int, depth: Int, in context: String) throws(AMFError) -> [AMF3Value] {
        guard count <= reader.remaining else { throw truncated(in: context) }
        var values: [AMF3Value] = []
        for _ in 0..<count { values.append(try amf3Value(depth: depth)) }
        return values
    }

    private mutating func amf3Array(count: Int, depth: Int) throws(AMFError) -> AMF3Array {
        let inner = try self.depth(inside: depth, in: "AMF3 array")
        let associative = try amf3Properties(depth: inner)
        return AMF3Array(associative: associative, dense: try amf3Values(count, depth: inner, in: "AMF3 array"))
    }

    private mutating func amf3ObjectVector(count: Int, depth: Int) throws(AMFError) -> AMF3Value {
        let context = "AMF3 vector of objects"
        let inner = try self.depth(inside: depth, in: context)
        let isFixed = try amf3Flag(in: context)
        let typeName = try amf3String(in: context)
        return .vectorObject(
            typeName: typeName, try amf3Values(count, depth: inner, in: context), isFixed: isFixed)
    }

    private mutating func amf3Dictionary(count: Int, depth: Int) throws(AMFError) -> AMF3Value {
        let context = "AMF3 dictionary"
        let inner = try self.depth(inside: depth, in: context)
        let hasWeakKeys = try amf3Flag(in: context)
        guard count <= reader.remaining / 2 else { throw truncated(in: context) }
        var entries: [AMF3DictionaryEntry] = []
        for _ in 0..<count {
            let key = try amf3Value(depth: inner)
            entries.append(AMF3DictionaryEntry(key: key, value: try amf3Value(depth: inner)))
        }
        return .dictionary(entries, hasWeakKeys: hasWeakKeys)
    }

    private mutating func amf3Object(header: UInt32, depth: Int) throws(AMFError) -> AMF3Value {
        let start = reader.offset
        let inner = try self.depth(inside: depth, in: "AMF3 object")
        var traitsReference: Int?
        let traits: AMF3Traits
        if header & 1 == 0 {
            let index = Int(header >> 1)
            guard index < amf3Tables.traits.count else {
                throw AMFError(.invalidReference, at: start, in: "AMF3 traits reference \(index)")
            }
            traits = amf3Tables.traits[index]
            traitsReference = index
        } else {
            traits = try amf3Traits(header: header >> 1)
        }
        if traits.kind == .externalizable {
            guard AMF3Externalizable.knownClassNames.contains(traits.className.text) else {
                throw AMFError(
                    .unknownExternalizable, at: start, in: "AMF3 class \(traits.className.text.debugDescription)")
            }
            let value = try amf3Value(depth: inner)
            return .externalizable(
                AMF3Externalizable(className: traits.className, value: value, traitsReference: traitsReference))
        }
        var object = AMF3Object(className: traits.className, dynamic: nil, traitsReference: traitsReference)
        for name in traits.members {
            object.sealed.append(AMF3Property(name: name, value: try amf3Value(depth: inner)))
        }
        if traits.kind == .dynamic { object.dynamic = try amf3Properties(depth: inner) }
        return .object(object)
    }

    /// Reads a class; `header` begins with the bit that says externalizable.
    private mutating func amf3Traits(header: UInt32) throws(AMFError) -> AMF3Traits {
        let className = try amf3String(in: "AMF3 class name")
        var traits = AMF3Traits(className: className, members: [], kind: .externalizable)
        if header & 1 == 0 {
            traits.kind = header & 2 == 0 ? .sealed : .dynamic
            let count = Int(header >> 2)
            guard count <= reader.remaining else { throw truncated(in: "AMF3 class") }
            for _ in 0..<count {
                try countElement(at: reader.offset, in: "AMF3 member name")
                traits.members.append(try amf3String(in: "AMF3 member name"))
            }
        }
        amf3Tables.add(traits)
        return traits
    }
}
