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
    // What recurses does little else, here and in the encoder: in a debug build every case of a switch has its own place
    // in the stack frame, and 64 levels must fit into the 512 KiB that a thread may have.
    mutating func amf3Value(depth: Int) throws(AMFError) -> AMF3Value {
        let start = reader.offset
        let marker = try amf3Marker()
        guard let kind = AMF3Value.ReferenceKind(rawValue: marker) else {
            return try amf3SimpleValue(marker, at: start)
        }
        guard let header = try amf3Header() else { return try amf3Reference(to: kind, at: start) }
        let count = Int(header)
        switch kind {
        case .array: return .array(try amf3Array(count: count, depth: depth))
        case .object: return try amf3Object(header: header, depth: depth)
        case .vectorObject: return try amf3ObjectVector(count: count, depth: depth)
        case .dictionary: return try amf3Dictionary(count: count, depth: depth)
        default: return try amf3Leaf(kind, count: count)
        }
    }

    private mutating func amf3Marker() throws(AMFError) -> UInt8 {
        try countElement(at: reader.offset, in: "AMF3 value")
        guard let marker = reader.readUInt8() else { throw truncated(in: "AMF3 marker") }
        return marker
    }

    /// A value that no reference can name.
    private mutating func amf3SimpleValue(_ byte: UInt8, at start: Int) throws(AMFError) -> AMF3Value {
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

    /// The header of a value that references can name, without the bit that tells it from a reference, and gives the value
    /// its number. `nil`, and nothing consumed, where it is a reference.
    private mutating func amf3Header() throws(AMFError) -> UInt32? {
        var probe = reader
        guard let header = UInt29(from: &probe) else { throw truncated(in: "AMF3 header") }
        guard header.value & 1 == 1 else { return nil }
        reader = probe
        amf3ObjectCount += 1
        return header.value >> 1
    }

    private mutating func amf3Reference(
        to kind: AMF3Value.ReferenceKind, at start: Int
    ) throws(AMFError) -> AMF3Value {
        let index = Int(try uint29(in: "AMF3 object reference") >> 1)
        guard index < amf3ObjectCount else {
            throw AMFError(.invalidReference, at: start, in: "AMF3 object reference \(index)")
        }
        return .reference(index, of: kind)
    }

    /// A value without other values in it, behind its header.
    private mutating func amf3Leaf(_ kind: AMF3Value.ReferenceKind, count: Int) throws(AMFError) -> AMF3Value {
        switch kind {
        case .xmlDocument: return .xmlDocument(AMFString(bytes: try amf3Bytes(count, in: "AMF3 XML document")))
        case .xml: return .xml(AMFString(bytes: try amf3Bytes(count, in: "AMF3 XML")))
        case .byteArray: return .byteArray(try amf3Bytes(count, in: "AMF3 byte array"))
        case .date:
            guard let milliseconds = reader.readDouble() else { throw truncated(in: "AMF3 date") }
            return .date(milliseconds: milliseconds)
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
        case .array, .object, .vectorObject, .dictionary:
            // Read by their own functions; there is no way here, and a fault is better than a trap.
            throw AMFError(.unknownMarker, at: reader.offset, in: "AMF3 value")
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
        let inner = try self.depth(inside: depth, in: "AMF3 object")
        let start = reader.offset
        let reference = header & 1 == 0 ? Int(header >> 1) : nil
        let traits: AMF3Traits
        if let reference {
            traits = try amf3Traits(number: reference)
        } else {
            traits = try amf3Traits(header: header >> 1)
        }
        return traits.kind == .externalizable
            ? try amf3Externalizable(traits, reference: reference, at: start, depth: inner)
            : .object(try amf3Members(of: traits, reference: reference, depth: inner))
    }

    private mutating func amf3Externalizable(
        _ traits: AMF3Traits, reference: Int?, at start: Int, depth: Int
    ) throws(AMFError) -> AMF3Value {
        guard AMF3Externalizable.knownClassNames.contains(traits.className.text) else {
            throw AMFError(
                .unknownExternalizable, at: start, in: "AMF3 class \(traits.className.text.debugDescription)")
        }
        let value = try amf3Value(depth: depth)
        return .externalizable(
            AMF3Externalizable(className: traits.className, value: value, traitsReference: reference))
    }

    private mutating func amf3Members(
        of traits: AMF3Traits, reference: Int?, depth: Int
    ) throws(AMFError) -> AMF3Object {
        var object = AMF3Object(className: traits.className, dynamic: nil, traitsReference: reference)
        for name in traits.members {
            object.sealed.append(AMF3Property(name: name, value: try amf3Value(depth: depth)))
        }
        if traits.kind == .dynamic { object.dynamic = try amf3Properties(depth: depth) }
        return object
    }

    /// A class that was announced before.
    private func amf3Traits(number: Int) throws(AMFError) -> AMF3Traits {
        guard number < amf3Tables.traits.count else {
            throw AMFError(.invalidReference, at: reader.offset, in: "AMF3 traits reference \(number)")
        }
        return amf3Tables.traits[number]
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
