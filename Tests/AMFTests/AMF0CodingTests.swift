// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

@Suite struct AMF0CodingTests {
    @Test(arguments: AMF0Vector.all)
    func `bytes decode to values`(_ vector: AMF0Vector) throws {
        #expect(try AMF0Value.decodeAll(vector.bytes.span) == vector.values)
        if vector.values.count == 1 {
            #expect(try AMF0Value(decoding: vector.bytes.span) == vector.values[0])
        }
        let prefix = AMF0Value.decodePrefix(vector.bytes.span)
        #expect(prefix.values == vector.values)
        #expect(prefix.consumed == vector.bytes.count)
        #expect(prefix.error == nil)
    }

    @Test(arguments: AMF0Vector.all)
    func `values encode to bytes`(_ vector: AMF0Vector) throws {
        var output: [UInt8] = [1, 2, 3]
        try AMF0Value.encodeAll(vector.values, into: &output)
        #expect(output == [1, 2, 3] + vector.bytes)
    }

    @Test(arguments: AMF0Vector.all)
    func `a value hashes like its copy`(_ vector: AMF0Vector) throws {
        let decoded = try AMF0Value.decodeAll(vector.bytes.span)
        #expect(Set(decoded) == Set(vector.values))
    }

    @Test(arguments: AMF0Vector.all)
    func `bytes cut at any length are whole values or truncated`(_ vector: AMF0Vector) throws {
        let step = max(1, vector.bytes.count / 700)
        for length in stride(from: 0, to: vector.bytes.count, by: step) {
            let cut = Array(vector.bytes[..<length])
            do throws(AMFError) {
                let values = try AMF0Value.decodeAll(cut.span)
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
            ("02 0005 61", AMFError.Code.truncated, 3),
            ("0a ffffffff", .truncated, 5),
            ("0a 00000002 05", .truncated, 5),
            ("0c ffffffff 61", .truncated, 5),
            ("0f 80000000", .truncated, 5),
            ("00 3ff0", .truncated, 1),
            ("0b 0000000000000000 00", .truncated, 9),
            ("01", .truncated, 1),
            ("11", .truncated, 1),
            ("", .truncated, 0),
            ("08 00000001 0001 61 05", .truncated, 9),
            ("03 0000", .truncated, 3),
            ("07 0000", .invalidReference, 0),
            ("03 0001 61 07 0001 0000 09", .invalidReference, 4),
            ("04", .unknownMarker, 0),
            ("0e", .unknownMarker, 0),
            ("12", .unknownMarker, 0),
            ("ff", .unknownMarker, 0),
            ("0a 00000001 12", .unknownMarker, 5),
            ("09", .unexpectedObjectEnd, 0),
            ("03 0001 61 09", .unexpectedObjectEnd, 4),
            ("0a 00000001 09", .unexpectedObjectEnd, 5),
            ("03 09", .truncated, 1),
            ("05 05", .trailingBytes, 1),
            ("03 0000 09 09", .trailingBytes, 4),
        ] as [(String, AMFError.Code, Int)])
    func `a fault has a code and an offset`(_ hex: String, _ code: AMFError.Code, _ offset: Int) {
        let input = bytes(hex)
        let error = #expect(throws: AMFError.self) { try AMF0Value(decoding: input.span) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test func `a fault names the value and the structure`() {
        let input = bytes("05 02 0005 61")
        let error = #expect(throws: AMFError.self) { try AMF0Value.decodeAll(input.span) }
        #expect(error?.description == "value 1, AMF0 string: the bytes end too early, at byte 4")
    }

    @Test func `a boolean other than 0 and 1 is true and written as 1`() throws {
        let input = bytes("01 02")
        let value = try AMF0Value(decoding: input.span)
        #expect(value == true)
        var output: [UInt8] = []
        try value.encode(into: &output)
        #expect(output == bytes("01 01"))
    }

    @Test func `a name or class name of 65536 bytes cannot be written, one of 65535 can`() throws {
        let long = AMFString(bytes: Array(repeating: 0x61, count: 65_536))
        let longest = AMFString(bytes: Array(repeating: 0x61, count: 65_535))
        for value in [AMF0Value.object(AMF0Object([.init(name: long, value: 1)])), .typedObject(className: long, [:])] {
            var output: [UInt8] = [7]
            let error = #expect(throws: AMFError.self) { try value.encode(into: &output) }
            #expect(error?.code == .lengthTooLarge)
            #expect(error?.offset == 1)
            #expect(output == [7])
        }
        for value in [
            AMF0Value.object(AMF0Object([.init(name: longest, value: 1)])), .typedObject(className: longest, [:]),
        ] {
            var output: [UInt8] = []
            try value.encode(into: &output)
            #expect(try AMF0Value(decoding: output.span) == value)
        }
    }
}
