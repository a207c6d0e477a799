// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AMF0Value {
    /// Decodes the one value that `bytes` consists of.
    ///
    /// - Throws: Every code that is not marked "encoding only"; ``AMFError/Code/trailingBytes`` where more follows.
    public init(decoding bytes: Span<UInt8>, limits: AMFLimits = AMFLimits()) throws(AMFError) {
        var decoder = AMFDecoder(bytes, limits: limits)
        self = try decoder.amf0Value(depth: 0)
        try decoder.requireEnd(in: "AMF0 value")
    }

    /// Decodes the values that `bytes` consists of; none is no error. They are one message: references count through.
    ///
    /// - Throws: Every code that is not marked "encoding only". The values before a fault are lost; what a peer sent is
    ///   better read with ``decodePrefix(_:limits:)``.
    public static func decodeAll(
        _ bytes: Span<UInt8>, limits: AMFLimits = AMFLimits()
    ) throws(AMFError) -> [AMF0Value] {
        var decoder = AMFDecoder(bytes, limits: limits)
        let (values, _, error) = decoder.amf0Values()
        if let error { throw error }
        return values
    }

    /// Decodes as many values as can be made out, for bytes from peers that do not follow the letter.
    ///
    /// The differences from ``decodeAll(_:limits:)``:
    /// - At a fault the values before it are given together with the error.
    /// - Objects and ECMA arrays whose end is missing because the bytes end are accepted, and reported as
    ///   ``AMFError/Code/missingObjectEnd``.
    /// - One object end too many at the end of the bytes (`09` or `00 00 09`) is left alone.
    ///
    /// - Returns: The values; how many bytes they took; and why it stopped, `nil` where it did not stop for a fault. Without
    ///   error `values` encode to the first `consumed` bytes.
    public static func decodePrefix(
        _ bytes: Span<UInt8>, limits: AMFLimits = AMFLimits()
    ) -> (values: [AMF0Value], consumed: Int, error: AMFError?) {
        var decoder = AMFDecoder(bytes, limits: limits, closesObjectsAtEnd: true)
        return decoder.amf0Values()
    }

    /// Appends the bytes of this value to `output`.
    ///
    /// References are written as they are. AMF3 texts and classes that refer to another value of the message are written in
    /// full; ``encodeAll(_:into:)`` keeps them.
    ///
    /// - Throws: ``AMFError/Code/lengthTooLarge``, ``AMFError/Code/tooDeep``, and for AMF3 values what
    ///   ``AMF3Value/encode(into:)`` throws. Then `output` is as it was before.
    public func encode(into output: inout [UInt8]) throws(AMFError) {
        try Self.encodeAll([self], into: &output)
    }

    /// Appends the bytes of the values of one message to `output`.
    ///
    /// - Throws: As ``encode(into:)``.
    public static func encodeAll(_ values: [AMF0Value], into output: inout [UInt8]) throws(AMFError) {
        try AMFEncoder.append(to: &output) { encoder throws(AMFError) in
            for value in values { try encoder.write(value, depth: 0) }
        }
    }
}

extension AMFDecoder {
    fileprivate mutating func amf0Values() -> (values: [AMF0Value], consumed: Int, error: AMFError?) {
        var values: [AMF0Value] = []
        while !reader.isAtEnd {
            if closesObjectsAtEnd, !values.isEmpty, isAtStrayObjectEnd { break }
            let start = reader.offset
            do throws(AMFError) {
                values.append(try amf0Value(depth: 0))
            } catch {
                return (values, start, error.inside("value \(values.count)"))
            }
        }
        let missing = missingObjectEnd.map { AMFError(.missingObjectEnd, at: $0, in: "value \(values.count - 1)") }
        return (values, reader.offset, missing)
    }

    // What recurses does little else, here and in the encoder: in a debug build every case of a switch has its own place
    // in the stack frame, and 64 levels must fit into the 512 KiB that a thread may have.
    mutating func amf0Value(depth: Int) throws(AMFError) -> AMF0Value {
        let start = reader.offset
        let marker = try amf0Marker()
        switch marker {
        case .object: return .object(try amf0Properties(depth: depth, in: "AMF0 object"))
        case .typedObject: return try amf0TypedObject(depth: depth)
        case .ecmaArray: return try amf0ECMAArray(depth: depth)
        case .strictArray: return .strictArray(try amf0Elements(depth: depth))
        case .avmPlus: return .avmPlus(try amf3Value(depth: depth))
        default: return try amf0Leaf(marker, at: start)
        }
    }

    private mutating func amf0Marker() throws(AMFError) -> AMF0Marker {
        let start = reader.offset
        guard let byte = reader.readUInt8() else { throw truncated(in: "AMF0 marker") }
        guard let marker = AMF0Marker(rawValue: byte) else {
            throw AMFError(.unknownMarker, at: start, in: "AMF0 marker 0x\(String(byte, radix: 16))")
        }
        try countElement(at: start, in: "AMF0 value")
        return marker
    }

    /// A value without other values in it, whose marker is at `start`.
    private mutating func amf0Leaf(_ marker: AMF0Marker, at start: Int) throws(AMFError) -> AMF0Value {
        switch marker {
        case .number:
            guard let number = reader.readDouble() else { throw truncated(in: "AMF0 number") }
            return .number(number)
        case .boolean:
            guard let byte = reader.readUInt8() else { throw truncated(in: "AMF0 boolean") }
            return .boolean(byte != 0)
        case .string: return .string(try amf0ShortString(in: "AMF0 string"))
        case .longString:
            let text = try amf0LongString(in: "AMF0 long string")
            return text.bytes.count > Int(UInt16.max) ? .string(text) : .longString(text)
        case .xmlDocument: return .xmlDocument(try amf0LongString(in: "AMF0 XML document"))
        case .null: return .null
        case .undefined: return .undefined
        case .unsupported: return .unsupported
        case .reference:
            guard let index = reader.readUInt16() else { throw truncated(in: "AMF0 reference") }
            guard Int(index) < amf0ObjectCount else {
                throw AMFError(.invalidReference, at: start, in: "AMF0 reference \(index)")
            }
            return .reference(index)
        case .date:
            guard let milliseconds = reader.readDouble(), let timeZone = reader.readInt16() else {
                throw truncated(in: "AMF0 date")
            }
            return .date(milliseconds: milliseconds, timeZone: timeZone)
        case .objectEnd: throw AMFError(.unexpectedObjectEnd, at: start, in: "AMF0 value")
        case .object, .typedObject, .ecmaArray, .strictArray, .avmPlus:
            // Read by their own functions; there is no way here, and a fault is better than a trap.
            throw AMFError(.unknownMarker, at: start, in: "AMF0 value")
        }
    }

    private mutating func amf0TypedObject(depth: Int) throws(AMFError) -> AMF0Value {
        let className = try amf0ShortString(in: "AMF0 class name")
        return .typedObject(className: className, try amf0Properties(depth: depth, in: "AMF0 typed object"))
    }

    private mutating func amf0ECMAArray(depth: Int) throws(AMFError) -> AMF0Value {
        guard let count = reader.readUInt32() else { throw truncated(in: "AMF0 ECMA array count") }
        let object = try amf0Properties(depth: depth, in: "AMF0 ECMA array")
        return .ecmaArray(object, count: count == object.properties.count ? nil : count)
    }

    private mutating func amf0ShortString(in context: String) throws(AMFError) -> AMFString {
        guard let length = reader.readUInt16(), let bytes = reader.readBytes(Int(clamping: length)) else {
            throw truncated(in: context)
        }
        return AMFString(bytes: bytes)
    }

    private mutating func amf0LongString(in context: String) throws(AMFError) -> AMFString {
        guard let length = reader.readUInt32(), let bytes = reader.readBytes(Int(clamping: length)) else {
            throw truncated(in: context)
        }
        return AMFString(bytes: bytes)
    }

    private mutating func amf0Properties(depth: Int, in context: String) throws(AMFError) -> AMF0Object {
        let inner = try self.depth(inside: depth, in: context)
        amf0ObjectCount += 1
        var object = AMF0Object()
        while !closesObjectAtEnd() {
            let name = try amf0ShortString(in: "AMF0 property name")
            // An empty name alone does not end the object: some properties really have no name.
            if name.isEmpty, reader.peekUInt8() == AMF0Marker.objectEnd.rawValue {
                _ = reader.readUInt8()
                break
            }
            object.properties.append(.init(name: name, value: try amf0Value(depth: inner)))
        }
        return object
    }

    private mutating func amf0Elements(depth: Int) throws(AMFError) -> [AMF0Value] {
        let context = "AMF0 strict array"
        let inner = try self.depth(inside: depth, in: context)
        amf0ObjectCount += 1
        // Every element takes a byte at least, so a count beyond the bytes cannot be kept.
        guard let count = reader.readUInt32(), count <= reader.remaining else { throw truncated(in: context) }
        var values: [AMF0Value] = []
        for _ in 0..<Int(count) { values.append(try amf0Value(depth: inner)) }
        return values
    }
}

extension AMFEncoder {
    mutating func write(_ value: AMF0Value, depth: Int) throws(AMFError) {
        switch value {
        case .object(let object):
            write(.object)
            try write(object, depth: depth, in: "AMF0 object")
        case .typedObject(let className, let object):
            write(.typedObject)
            try writeShort(className, in: "AMF0 class name")
            try write(object, depth: depth, in: "AMF0 typed object")
        case .ecmaArray(let object, let count):
            write(.ecmaArray)
            output.appendUInt32(count ?? UInt32(clamping: object.properties.count))
            try write(object, depth: depth, in: "AMF0 ECMA array")
        case .strictArray(let values): try write(values, depth: depth)
        case .avmPlus(let value):
            write(.avmPlus)
            try write(value, depth: depth)
        default: try writeLeaf(value)
        }
    }

    /// Writes a value without other values in it.
    private mutating func writeLeaf(_ value: AMF0Value) throws(AMFError) {
        switch value {
        case .number(let number):
            write(.number)
            output.appendDouble(number)
        case .boolean(let boolean):
            write(.boolean)
            output.append(boolean ? 1 : 0)
        case .string(let text) where text.bytes.count <= Int(UInt16.max):
            write(.string)
            try writeShort(text, in: "AMF0 string")
        case .string(let text), .longString(let text):
            write(.longString)
            try writeLong(text, in: "AMF0 long string")
        case .xmlDocument(let text):
            write(.xmlDocument)
            try writeLong(text, in: "AMF0 XML document")
        case .null: write(.null)
        case .undefined: write(.undefined)
        case .unsupported: write(.unsupported)
        case .reference(let index):
            write(.reference)
            output.appendUInt16(index)
        case .date(let milliseconds, let timeZone):
            write(.date)
            output.appendDouble(milliseconds)
            output.appendUInt16(UInt16(bitPattern: timeZone))
        case .object, .typedObject, .ecmaArray, .strictArray, .avmPlus: break
        }
    }

    private mutating func write(_ values: [AMF0Value], depth: Int) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: "AMF0 strict array")
        guard let count = UInt32(exactly: values.count) else { throw error(.lengthTooLarge, in: "AMF0 strict array") }
        write(.strictArray)
        output.appendUInt32(count)
        for value in values { try write(value, depth: inner) }
    }

    private mutating func write(_ marker: AMF0Marker) {
        output.append(marker.rawValue)
    }

    private mutating func writeShort(_ text: AMFString, in context: String) throws(AMFError) {
        guard let length = UInt16(exactly: text.bytes.count) else { throw error(.lengthTooLarge, in: context) }
        output.appendUInt16(length)
        output.append(contentsOf: text.bytes)
    }

    private mutating func writeLong(_ text: AMFString, in context: String) throws(AMFError) {
        guard let length = UInt32(exactly: text.bytes.count) else { throw error(.lengthTooLarge, in: context) }
        output.appendUInt32(length)
        output.append(contentsOf: text.bytes)
    }

    private mutating func write(_ object: AMF0Object, depth: Int, in context: String) throws(AMFError) {
        let inner = try self.depth(inside: depth, in: context)
        for property in object.properties {
            try writeShort(property.name, in: "AMF0 property name")
            try write(property.value, depth: inner)
        }
        output.appendUInt16(0)
        write(.objectEnd)
    }
}
