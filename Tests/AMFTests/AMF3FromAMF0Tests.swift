// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

/// AMF0 values said in AMF3.
@Suite struct AMF3FromAMF0Tests {
    static let pairs: [(AMF0Value, AMF3Value?)] = [
        (1, 1), (-1, -1), (.number(0x0FFF_FFFF), .integer(0x0FFF_FFFF)), (.number(0x1000_0000), .double(0x1000_0000)),
        (.number(-0x1000_0000), .integer(-0x1000_0000)), (.number(-0x1000_0001), .double(-0x1000_0001)),
        (1.5, 1.5), (.number(-0.0), .double(-0.0)), (.number(.nan), .double(.nan)),
        (.number(.infinity), .double(.infinity)),
        (true, true), ("text", "text"), (.longString("text"), "text"), (.null, .null), (.undefined, .undefined),
        (.unsupported, .undefined), (["a": 1, "b": ["c": true]], ["a": 1, "b": ["c": true]]),
        (.object(["": 1]), .object(AMF3Object(sealed: [AMF3Property(name: "", value: 1)], dynamic: nil))),
        (
            .typedObject(className: "org.x.C", ["a": 1]),
            .object(AMF3Object(className: "org.x.C", dynamic: [AMF3Property(name: "a", value: 1)]))
        ),
        (
            .ecmaArray(["w": 160], count: 99),
            .array(AMF3Array(associative: [AMF3Property(name: "w", value: 160)]))
        ),
        (.strictArray([1, "a", .null]), .array([1, "a", .null])),
        (.date(milliseconds: 946_684_800_000, timeZone: -300), .date(milliseconds: 946_684_800_000)),
        (.xmlDocument("<a/>"), .xmlDocument("<a/>")), (.avmPlus(.byteArray([1])), .byteArray([1])),
        (.reference(0), nil), (.strictArray([.reference(0)]), nil), (.object(["r": .reference(0)]), nil),
        (.ecmaArray(["": 1], count: nil), nil),
    ]

    @Test(arguments: pairs) func `every value that AMF3 can say`(_ value: AMF0Value, _ expected: AMF3Value?) throws {
        #expect(AMF3Value(value) == expected)
        guard let expected else {
            #expect(value.preferringAMF3 == value)
            return
        }
        // It can be written, reads back, and means the same to those who ask for a type.
        var output: [UInt8] = []
        try AMF0Value.avmPlus(expected).encode(into: &output)
        let again = try AMF0Value(decoding: output.span)
        #expect(again == .avmPlus(expected))
        #expect(again.string == value.string)
        #expect(again.boolean == value.boolean)
        if let object = value.object { #expect(again.object?.properties.map(\.name) == object.properties.map(\.name)) }
    }

    @Test func `what AMF0 says as well stays AMF0`() {
        for value in [1, "a", true, .null, .undefined] as [AMF0Value] { #expect(value.preferringAMF3 == value) }
        #expect((["a": 1] as AMF0Value).preferringAMF3 == .avmPlus(["a": 1]))
        #expect(AMF0Value.strictArray([]).preferringAMF3 == .avmPlus(.array([])))
    }
}
