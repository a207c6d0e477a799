// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

@Suite struct AMF3CodingTests {
    @Test(arguments: AMF3Vector.all)
    func `bytes decode to values`(_ vector: AMF3Vector) throws {
        let decoded = try AMF3Value.decodeAll(vector.bytes.span)
        #expect(decoded == vector.values)
        #expect(Set(decoded) == Set(vector.values))
        if vector.values.count == 1 {
            #expect(try AMF3Value(decoding: vector.bytes.span) == vector.values[0])
        }
    }

    @Test(arguments: AMF3Vector.all)
    func `values encode to bytes`(_ vector: AMF3Vector) throws {
        for values in [vector.values, try AMF3Value.decodeAll(vector.bytes.span)] {
            var output: [UInt8] = [9]
            try AMF3Value.encodeAll(values, into: &output)
            #expect(output == [9] + vector.bytes)
        }
    }

    @Test(arguments: AMF3Vector.all)
    func `bytes cut at any length are whole values or truncated`(_ vector: AMF3Vector) {
        for length in vector.bytes.indices {
            let cut = Array(vector.bytes[..<length])
            do throws(AMFError) {
                let values = try AMF3Value.decodeAll(cut.span)
                #expect(values.count < vector.values.count)
                #expect(values == Array(vector.values.prefix(values.count)))
            } catch {
                #expect(error.code == .truncated, "cut at \(length): \(error)")
                #expect(error.offset <= length, "cut at \(length): \(error)")
            }
        }
    }

    @Test(
        arguments: [
            ("", AMFError.Code.truncated, 0),
            ("04 80", .truncated, 1),
            ("04 ff ff ff", .truncated, 1),
            ("05 3ff8", .truncated, 1),
            ("06 0b 6865", .truncated, 2),
            ("06 ffffffff", .truncated, 5),
            ("0c ffffffff 00", .truncated, 5),
            ("0d ffffffff 00", .truncated, 6),
            ("0d 05 00 00000001 ffffff", .truncated, 3),
            ("0e 03", .truncated, 2),
            ("0f ffffffff 00 00", .truncated, 6),
            ("10 ffffffff 00 01", .truncated, 7),
            ("11 ffffffff 00", .truncated, 6),
            ("09 ffffffff 01", .truncated, 6),
            ("0a fffffff3 01", .truncated, 6),
            ("06 00", .invalidReference, 1),
            ("06 03 61 06 02", .trailingBytes, 3),
            ("09 03 01 06 00", .invalidReference, 4),
            ("09 00", .invalidReference, 0),
            ("0a 02", .invalidReference, 0),
            ("0a 01", .invalidReference, 2),
            ("0a 01 00", .invalidReference, 2),
            ("0a 0b 00", .invalidReference, 2),
            ("12", .unknownMarker, 0),
            ("ff", .unknownMarker, 0),
            ("09 03 01 12", .unknownMarker, 3),
            ("0a 07 07 445341 01", .unknownExternalizable, 2),
            ("01 01", .trailingBytes, 1),
        ] as [(String, AMFError.Code, Int)])
    func `a fault has a code and an offset`(_ hex: String, _ code: AMFError.Code, _ offset: Int) {
        let input = bytes(hex)
        let error = #expect(throws: AMFError.self) { try AMF3Value(decoding: input.span) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(
        arguments: [
            ("04 80 00", AMF3Value.integer(0)), ("04 80 80 00", 0), ("04 80 80 80 05", 5), ("06 80 03 61", "a"),
            ("0a 80 0b 01 03 61 00 01", ["a": .undefined]), ("08 7f 0000000000000000", .date(milliseconds: 0)),
            ("0d 01 02", .vectorInt([], isFixed: true)),
        ] as [(String, AMF3Value)])
    func `forms that nobody should write are understood, and written in the usual form`(
        _ hex: String, _ value: AMF3Value
    ) throws {
        let input = bytes(hex)
        let decoded = try AMF3Value(decoding: input.span)
        #expect(decoded == value)
        var output: [UInt8] = [], usual: [UInt8] = []
        try decoded.encode(into: &output)
        try value.encode(into: &usual)
        #expect(output == usual)
    }

    @Test(arguments: [AMF3Value.integerRange.upperBound + 1, .max, AMF3Value.integerRange.lowerBound - 1, .min])
    func `an integer of more than 29 bits cannot be encoded`(_ integer: Int32) {
        var output: [UInt8] = [7]
        let value = AMF0Value.strictArray([1, .avmPlus(.integer(integer))])
        let error = #expect(throws: AMFError.self) { try value.encode(into: &output) }
        #expect(error?.code == .integerOutOfRange)
        #expect(output == [7])
    }

    @Test func `a property without a name cannot be encoded`() {
        for value in [AMF3Value.object(["": 1]), .array(.init(associative: [.init(name: "", value: 1)]))] {
            var output: [UInt8] = []
            let error = #expect(throws: AMFError.self) { try value.encode(into: &output) }
            #expect(error?.code == .emptyName)
            #expect(output == [])
        }
    }

    @Test(arguments: [-1, 0x1000_0000, .max, .min])
    func `an object reference that no header can hold cannot be encoded`(_ index: Int) {
        var output: [UInt8] = []
        let error = #expect(throws: AMFError.self) { try AMF3Value.reference(index, of: .object).encode(into: &output) }
        #expect(error?.code == .invalidReference)
    }

    @Test(arguments: [-1, 0, 1, Int.max, .min])
    func `a stale reference of a text or class is written in full`(_ index: Int) throws {
        let value = AMF3Value.object(
            .init(
                className: .init("C", reference: index),
                sealed: [.init(name: .init("x", reference: index), value: .string(.init("v", reference: index)))],
                dynamic: nil, traitsReference: index))
        var output: [UInt8] = []
        try value.encode(into: &output)
        #expect(output == bytes("0a 13 03 43 03 78 06 03 76"))
    }

    @Test func `a reference that now means another text or class is written in full`() throws {
        let values: [AMF3Value] = [
            "other", .object(.init(dynamic: nil)), .string(.init("v", reference: 0)),
            .object(.init(sealed: [.init(name: "x", value: 1)], dynamic: nil, traitsReference: 0)),
            .externalizable(
                .init(className: "flex.messaging.io.ObjectProxy", value: .null, traitsReference: 1)),
        ]
        var output: [UInt8] = []
        try AMF3Value.encodeAll(values, into: &output)
        #expect(try AMF3Value.decodeAll(output.span) == values)
        #expect(output.starts(with: bytes("06 0b 6f74686572 0a 03 01 06 03 76 0a 13 01 03 78 0401 0a 07 3b")))
    }

    @Test func `a text that refers to another value is written in full when it is encoded alone`() throws {
        let input = bytes("11 06 07 616263 11 06 00")
        let values = try AMF0Value.decodeAll(input.span)
        var output: [UInt8] = []
        for value in values { try value.encode(into: &output) }
        #expect(output == bytes("11 06 07 616263 11 06 07 616263"))
    }

    @Test func `an unknown externalizable class cannot be encoded`() {
        var output: [UInt8] = []
        let value = AMF3Value.externalizable(.init(className: "DSA", value: .null))
        let error = #expect(throws: AMFError.self) { try value.encode(into: &output) }
        #expect(error?.code == .unknownExternalizable)
    }

    @Test func `members are found by name, dynamic before declared`() {
        let object = AMF3Object(
            sealed: [.init(name: "x", value: 1), .init(name: "y", value: 2)], dynamic: [.init(name: "x", value: 3)])
        let value = AMF0Value.avmPlus(.object(object))
        #expect(value["x"]?.int == 3)
        #expect(value["y"]?.number == 2)
        #expect(value["z"] == nil)
        #expect(value.object?.properties.count == 3)
        #expect(AMF0Value.avmPlus("s").string == "s")
        #expect(AMF0Value.avmPlus(true).boolean == true)
        #expect(AMF0Value.avmPlus(.array([1, 2])).array?.last?.int == 2)
        #expect(AMF0Value.avmPlus(.null).isNull)
    }
}
