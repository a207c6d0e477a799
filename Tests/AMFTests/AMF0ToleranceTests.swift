// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

/// What `decodePrefix` makes of bytes that do not follow the letter.
@Suite struct AMF0ToleranceTests {
    @Test(arguments: [
        ("08 00000001 0001 61 05", 9), ("08 00000001 0001 61 05 00", 9), ("08 00000001 0001 61 05 0000", 9),
    ])
    func `a missing end of an ECMA array is accepted and reported`(_ hex: String, _ offset: Int) {
        let input = bytes(hex)
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == [.ecmaArray(["a": .null], count: nil)])
        #expect(consumed == input.count)
        #expect(error?.code == .missingObjectEnd)
        #expect(error?.offset == offset)
    }

    @Test func `the end of the bytes closes all objects that are open`() {
        let input = bytes("02 0001 78 03 0001 61 10 0001 43 0001 62 05")
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == ["x", ["a": .typedObject(className: "C", ["b": .null])]])
        #expect(consumed == input.count)
        #expect(error?.code == .missingObjectEnd)
        #expect(error?.offset == input.count)
    }

    @Test(arguments: ["03 0001 61", "03 0001 61 00", "03 0001", "03 0002 61", "03 00 0161 0a 00000001", "03 01"])
    func `an end inside a property is not a missing object end`(_ hex: String) {
        let input = bytes("05" + hex)
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == [.null])
        #expect(consumed == 1)
        #expect(error?.code == .truncated)
    }

    @Test(arguments: ["09", "00 00 09"])
    func `one object end too many at the end is left alone`(_ end: String) {
        let input = bytes("03 0000 09" + end)
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == [[:]])
        #expect(consumed == 4)
        #expect(error == nil)
    }

    @Test func `an object end too many with more behind it is a fault that keeps the values before it`() {
        let input = bytes("03 0000 09 09 05")
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == [[:]])
        #expect(consumed == 4)
        #expect(error?.code == .unexpectedObjectEnd)
        #expect(error?.offset == 4)
    }

    @Test(arguments: [
        ("04", AMFError.Code.unknownMarker), ("0e", .unknownMarker), ("12", .unknownMarker), ("02", .truncated),
    ])
    func `values before a fault stay usable`(_ tail: String, _ code: AMFError.Code) {
        let input = bytes("02 0001 61 00 3ff0000000000000" + tail)
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == ["a", 1])
        #expect(consumed == 13)
        #expect(error?.code == code)
        #expect(error?.context.hasPrefix("value 2, ") == true)
    }

    @Test func `an object end inside a strict array is a fault`() {
        let input = bytes("0a 00000002 05 000009")
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span)
        #expect(values == [])
        #expect(consumed == 0)
        #expect(error?.code == .truncated)
    }

    @Test func `strict decoding refuses a missing end and an end too many`() {
        for hex in ["08 00000001 0001 61 05", "03 0000 09 09"] {
            let input = bytes(hex)
            #expect(throws: AMFError.self, "\(hex)") { try AMF0Value.decodeAll(input.span) }
        }
    }

    @Test func `objects, ECMA arrays and typed objects are looked into alike`() {
        for value in [
            AMF0Value.object(["w": 1]), .ecmaArray(["w": 1], count: 20), .typedObject(className: "C", ["w": 1]),
            .avmPlus(["w": 1]),
        ] {
            #expect(value["w"]?.number == 1)
            #expect(value["h"] == nil)
            #expect(value.object?["w"]?.int == 1)
        }
        #expect(AMF0Value.number(1)["w"] == nil)
    }

    @Test func `the last of two values of a name is found`() {
        #expect(AMF0Value.object(["a": 1, "a": 2])["a"] == 2)
    }

    @Test func `numbers as text and booleans as numbers are understood on access`() {
        #expect(AMF0Value.string("25").number == 25)
        #expect(AMF0Value.string("29.97").int == 29)
        #expect(AMF0Value.string("avc1").number == nil)
        #expect(AMF0Value.string("inf").number == nil)
        #expect(AMF0Value.string(AMFString(bytes: Array(repeating: 0x31, count: 65))).number == nil)
        #expect(AMF0Value.number(1).boolean == true)
        #expect(AMF0Value.number(0).boolean == false)
        #expect(AMF0Value.number(.nan).boolean == false)
        #expect(AMF0Value.string("true").boolean == true)
        #expect(AMF0Value.boolean(true).number == 1)
        #expect(AMF0Value.number(7).string == nil)
        #expect(AMF0Value.null.isNull && AMF0Value.undefined.isNull && !AMF0Value.boolean(false).isNull)
    }

    @Test func `a number that is no Int gives none`() {
        for number in [Double.nan, .infinity, -.infinity, 1e19, -1e19, 0x1p63, .greatestFiniteMagnitude] {
            #expect(AMF0Value.number(number).int == nil, "\(number)")
        }
        #expect(AMF0Value.number(-1.9).int == -1)
        #expect(AMF0Value.number(-0x1p63).int == .min)
    }

    @Test func `text that is not UTF-8 is shown with replacements and kept as it is`() throws {
        let input = bytes("02 0003 63 e9 64")
        let value = try AMF0Value(decoding: input.span)
        #expect(value.string == "c\u{FFFD}d")
        #expect(value.text?.bytes == [0x63, 0xE9, 0x64])
    }
}
