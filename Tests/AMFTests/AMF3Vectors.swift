// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

/// A message of AMF3 values and its bytes.
struct AMF3Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var values: [AMF3Value]

    init(_ testDescription: String, _ hex: String, _ values: AMF3Value...) {
        self.testDescription = testDescription
        bytes = TestSupport.bytes(hex)
        self.values = values
    }

    static let all = simple + structures + references

    static let simple = [
        AMF3Vector("the values without content", "00 01 02 03", .undefined, .null, false, true),
        AMF3Vector("integers of one byte", "0400 0401 047f", 0, 1, 127),
        AMF3Vector("integers of two bytes", "048100 04817f 04ff7f", 128, 255, 16_383),
        AMF3Vector("integers of three bytes", "04818000 04ffff7f", 16_384, 2_097_151),
        AMF3Vector("integers of four bytes", "0480c08000 04bfffffff", 2_097_152, 268_435_455),
        AMF3Vector("negative integers", "04ffffffff 04ffffff80 04c0808000", -1, -128, -268_435_456),
        AMF3Vector("one more than the largest integer", "05 41b0000000000000", 268_435_456),
        AMF3Vector("one less than the smallest integer", "05 c1b0000001000000", -268_435_457),
        AMF3Vector("double", "05 3ff8000000000000", 1.5),
        AMF3Vector("whole number as double", "05 3ff0000000000000", .double(1)),
        AMF3Vector("NaN with a payload", "05 fff800000000beef", .double(Double(bitPattern: 0xFFF8_0000_0000_BEEF))),
        AMF3Vector("empty string", "06 01", ""),
        AMF3Vector("string", "06 0b 68656c6c6f", "hello"),
        AMF3Vector("string of a two byte character", "06 05 c3a9", "é"),
        AMF3Vector("date", "08 01 0000000000000000", .date(milliseconds: 0)),
        AMF3Vector("date in 2000", "08 01 426b8d59f5800000", .date(milliseconds: 946_684_800_000)),
        AMF3Vector("byte array", "0c 07 010203", .byteArray([1, 2, 3])),
        AMF3Vector("empty byte array", "0c 01", .byteArray([])),
        AMF3Vector("XML", "0b 09 3c612f3e", .xml("<a/>")),
        AMF3Vector("XML document", "07 09 3c612f3e", .xmlDocument("<a/>")),
    ]

    static let structures = [
        AMF3Vector("empty array", "09 01 01", .array([])),
        AMF3Vector("array", "09 07 01 0401 0402 0403", .array([1, 2, 3])),
        AMF3Vector(
            "associative array", "09 01 03 61 0401 01", .array(.init(associative: [.init(name: "a", value: 1)]))),
        AMF3Vector(
            "mixed array", "09 03 03 61 0401 01 0402",
            .array(.init(associative: [.init(name: "a", value: 1)], dense: [2]))),
        AMF3Vector("empty object", "0a 0b 01 01", [:]),
        AMF3Vector("object", "0a 0b 01 03 61 0401 01", ["a": 1]),
        AMF3Vector(
            "object of a dynamic class", "0a 0b 0f 6f72672e782e43 03 61 05 3ff0000000000000 01",
            .object(.init(className: "org.x.C", dynamic: [.init(name: "a", value: .double(1))]))),
        AMF3Vector(
            "object of a sealed class", "0a 23 0b 6f72672e50 03 78 03 79 0401 0402",
            .object(
                .init(
                    className: "org.P", sealed: [.init(name: "x", value: 1), .init(name: "y", value: 2)], dynamic: nil))
        ),
        AMF3Vector(
            "declared and dynamic members", "0a 1b 01 03 78 0401 03 79 0402 01",
            .object(.init(sealed: [.init(name: "x", value: 1)], dynamic: [.init(name: "y", value: 2)]))),
        AMF3Vector("empty sealed object", "0a 03 01", .object(.init(dynamic: nil))),
        AMF3Vector(
            "declared member without a name", "0a 13 01 01 0401",
            .object(.init(sealed: [.init(name: "", value: 1)], dynamic: nil))),
        AMF3Vector(
            "externalizable",
            "0a 07 43 666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e 09 03 01 0401",
            .externalizable(.init(className: "flex.messaging.io.ArrayCollection", value: .array([1])))),
        AMF3Vector("vector of int", "0d 05 00 00000001 fffffffe", .vectorInt([1, -2], isFixed: false)),
        AMF3Vector("vector of uint", "0e 03 01 ffffffff", .vectorUInt([.max], isFixed: true)),
        AMF3Vector("vector of double", "0f 03 00 3ff8000000000000", .vectorDouble([1.5], isFixed: false)),
        AMF3Vector(
            "empty vectors", "0d 01 00 0e 01 01 0f 01 00", .vectorInt([], isFixed: false),
            .vectorUInt([], isFixed: true), .vectorDouble([], isFixed: false)),
        AMF3Vector(
            "vector of anything", "10 05 00 03 2a 0401 0402", .vectorObject(typeName: "*", [1, 2], isFixed: false)),
        AMF3Vector(
            "dictionary", "11 03 00 06 03 61 0401", .dictionary([.init(key: "a", value: 1)], hasWeakKeys: false)),
        AMF3Vector(
            "dictionary with weak keys", "11 03 01 06 03 61 0401",
            .dictionary([.init(key: "a", value: 1)], hasWeakKeys: true)),
    ]

    static let references = [
        AMF3Vector(
            "string by reference", "09 05 01 06 05 6162 06 00", .array(["ab", .string(.init("ab", reference: 0))])),
        AMF3Vector(
            "same string in full twice", "09 05 01 06 05 6162 06 05 6162", .array(["ab", "ab"])),
        AMF3Vector(
            "string by reference to its second entry", "06 03 61 06 03 61 06 02", "a", "a",
            .string(.init("a", reference: 1))),
        AMF3Vector(
            "the empty string takes no index", "06 01 06 03 61 06 00", "", "a", .string(.init("a", reference: 0))),
        AMF3Vector(
            "XML text takes no string index", "0b 03 61 06 03 62 06 00", .xml("a"), "b",
            .string(.init("b", reference: 0))),
        AMF3Vector(
            "object by reference", "09 05 01 0a 0b 01 03 6b 05 3ff0000000000000 01 0a 02",
            .array([["k": .double(1)], .reference(1, of: .object)])),
        AMF3Vector(
            "class by reference and name by reference", "09 05 01 0a 0b 01 03 61 0401 01 0a 01 00 0402 01",
            .array([
                ["a": 1],
                .object(
                    .init(dynamic: [.init(name: .init("a", reference: 0), value: 2)], traitsReference: 0)),
            ])),
        AMF3Vector(
            "sealed class by reference", "09 05 01 0a 13 01 03 78 0401 0a 01 0402",
            .array([
                .object(.init(sealed: [.init(name: "x", value: 1)], dynamic: nil)),
                .object(.init(sealed: [.init(name: "x", value: 2)], dynamic: nil, traitsReference: 0)),
            ])),
        AMF3Vector(
            "class name and member names by reference", "06 03 61 0a 23 00 00 03 62 0401 0402", "a",
            .object(
                .init(
                    className: .init("a", reference: 0),
                    sealed: [.init(name: .init("a", reference: 0), value: 1), .init(name: "b", value: 2)],
                    dynamic: nil))),
        AMF3Vector(
            "externalizable class by reference",
            "0a 07 43 666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e 01 0a 01 03",
            .externalizable(.init(className: "flex.messaging.io.ArrayCollection", value: .null)),
            .externalizable(.init(className: "flex.messaging.io.ArrayCollection", value: true, traitsReference: 0))),
        AMF3Vector(
            "date by reference", "09 05 01 08 01 0000000000000000 08 02",
            .array([.date(milliseconds: 0), .reference(1, of: .date)])),
        AMF3Vector("array that contains itself", "09 03 01 09 00", .array([.reference(0, of: .array)])),
        AMF3Vector("reference of the wrong kind", "0c 01 0a 00", .byteArray([]), .reference(0, of: .object)),
        AMF3Vector(
            "every kind with an index", "07 01 0b 01 0c 01 0d 01 00 0e 01 00 0f 01 00 10 01 00 01 11 01 00 11 0e",
            .xmlDocument(""), .xml(""), .byteArray([]), .vectorInt([], isFixed: false), .vectorUInt([], isFixed: false),
            .vectorDouble([], isFixed: false), .vectorObject(typeName: "", [], isFixed: false),
            .dictionary([], hasWeakKeys: false), .reference(7, of: .dictionary)),
    ]
}

extension AMF0Vector {
    static let withAMF3 = [
        AMF0Vector("AMF3 integer", "11 047f", .avmPlus(127)),
        AMF0Vector(
            "AMF0 goes on behind an AMF3 value", "02000161 11 0401 05 00 3ff0000000000000", "a", .avmPlus(1), .null, 1),
        AMF0Vector(
            "connect with AMF3", "02 0007 636f6e6e656374 00 3ff0000000000000 11 0a 0b 01 07 617070 06 09 6c697665 01",
            "connect", 1, .avmPlus(["app": "live"])),
        AMF0Vector(
            "string by reference to another value", "11 06 07 616263 11 06 00", .avmPlus("abc"),
            .avmPlus(.string(.init("abc", reference: 0)))),
        AMF0Vector(
            "AMF3 values take no AMF0 index", "0a 00000003 11 09 01 01 03 000009 07 0001",
            [.avmPlus(.array([])), [:], .reference(1)]),
    ]
}
