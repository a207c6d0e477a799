// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

/// A message of AMF0 values and its bytes.
struct AMF0Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var values: [AMF0Value]

    init(_ testDescription: String, _ hex: String, _ values: AMF0Value...) {
        self.testDescription = testDescription
        bytes = TestSupport.bytes(hex)
        self.values = values
    }

    static let all = simple + structures + messages + withAMF3

    static let simple = [
        AMF0Vector("0", "00 0000000000000000", 0),
        AMF0Vector("1", "00 3ff0000000000000", 1),
        AMF0Vector("-1", "00 bff0000000000000", -1),
        AMF0Vector("3.5", "00 400c000000000000", 3.5),
        AMF0Vector("44100", "00 40e5888000000000", 44100),
        AMF0Vector("infinity", "00 7ff0000000000000", .number(.infinity)),
        AMF0Vector("a quiet NaN", "00 7ff8000000000000", .number(.nan)),
        AMF0Vector("a negative NaN", "00 fff8000000000000", .number(Double(bitPattern: 0xFFF8_0000_0000_0000))),
        AMF0Vector("a signaling NaN", "00 7ff0000000000001", .number(Double(bitPattern: 0x7FF0_0000_0000_0001))),
        AMF0Vector("-0", "00 8000000000000000", .number(-0.0)),
        AMF0Vector("FourCC av01", "00 41d85d8c0c400000", 1_635_135_537),
        AMF0Vector("true", "01 01", true),
        AMF0Vector("false", "01 00", false),
        AMF0Vector("empty string", "02 0000", ""),
        AMF0Vector("onMetaData", "02 000a 6f6e4d65746144617461", "onMetaData"),
        AMF0Vector("string of two and three byte characters", "02 0005 c3a9 e4b896", "é世"),
        AMF0Vector("string that is not UTF-8", "02 0003 e96100", .string(AMFString(bytes: [0xE9, 0x61, 0]))),
        AMF0Vector("null", "05", .null),
        AMF0Vector("undefined", "06", .undefined),
        AMF0Vector("unsupported", "0d", .unsupported),
        AMF0Vector("date", "0b 426b8d59f5800000 0000", .date(milliseconds: 946_684_800_000, timeZone: 0)),
        AMF0Vector("date with zone", "0b 426b8d59f5800000 fed4", .date(milliseconds: 946_684_800_000, timeZone: -300)),
        AMF0Vector("XML document", "0f 00000004 3c612f3e", .xmlDocument("<a/>")),
        AMF0Vector(
            "long string", "0c 00010000" + String(repeating: "78", count: 65_536),
            .string(AMFString(bytes: Array(repeating: 0x78, count: 65_536)))),
        AMF0Vector(
            "longest short string", "02 ffff" + String(repeating: "78", count: 65_535),
            .string(AMFString(bytes: Array(repeating: 0x78, count: 65_535)))),
        AMF0Vector("long string of one byte", "0c 00000001 61", .longString("a")),
    ]

    static let structures = [
        AMF0Vector("empty object", "03 0000 09", [:]),
        AMF0Vector("object", "03 0001 61 00 3ff0000000000000 0000 09", ["a": 1]),
        AMF0Vector("name that occurs twice", "03 0001 61 05 0001 61 06 0000 09", ["a": .null, "a": .undefined]),
        AMF0Vector("property without a name", "03 0000 02 0001 62 000009", ["": "b"]),
        AMF0Vector(
            "ECMA array", "08 00000001 0001 77 00 4064000000000000 0000 09", .ecmaArray(["w": 160], count: nil)),
        AMF0Vector("ECMA count 0", "08 00000000 0001 61 00 3ff0000000000000 0000 09", .ecmaArray(["a": 1], count: 0)),
        AMF0Vector("ECMA count 99", "08 00000063 0001 61 00 3ff0000000000000 0000 09", .ecmaArray(["a": 1], count: 99)),
        AMF0Vector("ECMA count 2^32-1", "08 ffffffff 0000 09", .ecmaArray([:], count: .max)),
        AMF0Vector("strict array", "0a 00000003 00 3ff0000000000000 02 0001 61 05", [1, "a", .null]),
        AMF0Vector("empty strict array", "0a 00000000", []),
        AMF0Vector(
            "reference to an earlier object", "0a 00000002 03 0001 6b 00 3ff0000000000000 0000 09 07 0001",
            [["k": 1], .reference(1)]),
        AMF0Vector(
            "reference inside an object", "03 0001 6f 03 0000 09 0001 72 07 0001 0000 09",
            ["o": [:], "r": .reference(1)]),
        AMF0Vector("array that contains itself", "0a 00000001 07 0000", [.reference(0)]),
        AMF0Vector(
            "ECMA array takes an index", "0a 00000002 08 00000000 0000 09 07 0001",
            [
                .ecmaArray([:], count: nil), .reference(1),
            ]),
        AMF0Vector(
            "dates and strings take no index", "0a 00000003 0b 0000000000000000 0000 02 0000 07 0000",
            [
                .date(milliseconds: 0, timeZone: 0), "", .reference(0),
            ]),
        AMF0Vector(
            "typed object", "10 0007 6f72672e782e43 0001 61 00 3ff0000000000000 0000 09",
            .typedObject(className: "org.x.C", ["a": 1])),
        AMF0Vector(
            "list of codecs",
            "03 000a666f757243634c697374 0a00000003 02000461766331 02000468766331 0200044f707573 000009",
            ["fourCcList": ["avc1", "hvc1", "Opus"]]),
    ]

    static let messages = [
        AMF0Vector("no values", ""),
        AMF0Vector(
            "onMetaData",
            """
            02000a6f6e4d65746144617461 0800000002 00086475726174696f6e 004008000000000000
            00057769647468 004064000000000000 000009
            """,
            "onMetaData", .ecmaArray(["duration": 3, "width": 160], count: nil)),
        AMF0Vector(
            "onStatus",
            "0200086f6e537461747573 000000000000000000 05 03 00056c6576656c 020006737461747573 000009",
            "onStatus", 0, .null, ["level": "status"]),
        AMF0Vector("colorInfo", "02 0009 636f6c6f72496e666f 06", "colorInfo", .undefined),
        AMF0Vector("reference to an earlier value", "03 0000 09 05 07 0000", [:], .null, .reference(0)),
    ]
}
