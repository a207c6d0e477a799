// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

@Suite struct AMFLimitsTests {
    /// The bytes of `depth` objects or arrays inside each other, built without building the value.
    static func nested(_ depth: Int, open: String, close: String) -> [UInt8] {
        bytes(String(repeating: open, count: depth) + "05" + String(repeating: close, count: depth))
    }

    static let nestings = [
        ("03 0001 61", "0000 09"), ("08 00000000 0001 61", "0000 09"), ("10 0000 0001 61", "0000 09"),
        ("0a 00000001", ""),
    ]

    @Test(arguments: nestings)
    func `64 levels decode and encode, 65 are too deep`(_ open: String, _ close: String) throws {
        let input = Self.nested(64, open: open, close: close)
        let value = try AMF0Value(decoding: input.span)
        var output: [UInt8] = []
        try value.encode(into: &output)
        #expect(output == input)

        let deeper = Self.nested(65, open: open, close: close)
        let error = #expect(throws: AMFError.self) { try AMF0Value(decoding: deeper.span) }
        #expect(error?.code == .tooDeep)

        let encodingError = #expect(throws: AMFError.self) { try AMF0Value.strictArray([value]).encode(into: &output) }
        #expect(encodingError?.code == .tooDeep)
        #expect(output == input)
    }

    @Test(arguments: nestings)
    func `a megabyte of opened objects is refused`(_ open: String, _ close: String) {
        let input = Self.nested(100_000, open: open, close: "")
        let error = #expect(throws: AMFError.self) {
            try AMF0Value(decoding: input.span, limits: AMFLimits(depth: .max))
        }
        #expect(error?.code == .tooDeep)
    }

    @Test func `a limit of depth 0 allows simple values only`() throws {
        let simple = bytes("02 0000"), object = bytes("03 0000 09")
        #expect(try AMF0Value(decoding: simple.span, limits: AMFLimits(depth: 0)) == "")
        let error = #expect(throws: AMFError.self) {
            try AMF0Value(decoding: object.span, limits: AMFLimits(depth: 0))
        }
        #expect(error?.code == .tooDeep)
    }

    @Test func `65536 values are allowed in one message, one more is not`() throws {
        let most = [UInt8](repeating: 5, count: 65_536)
        #expect(try AMF0Value.decodeAll(most.span).count == 65_536)
        let more = most + [5]
        let (values, consumed, error) = AMF0Value.decodePrefix(more.span)
        #expect(values.count == 65_536)
        #expect(consumed == 65_536)
        #expect(error?.code == .tooManyElements)
        #expect(error?.offset == 65_536)
    }

    @Test func `values inside arrays count`() {
        let input = bytes("0a 00000003 05 05 05")
        let error = #expect(throws: AMFError.self) {
            try AMF0Value(decoding: input.span, limits: AMFLimits(elements: 3))
        }
        #expect(error?.code == .tooManyElements)
        #expect(error?.offset == 7)
    }
}

@Suite struct AMF3LimitsTests {
    static let nestings = [
        ("09 03 01", ""), ("0a 13 01 01", ""), ("10 03 00 01", ""), ("11 03 00 01", ""), ("09 01 03 61", "01"),
        ("0a 0b 01 03 61", "01"),
        ("0a 07 3b 666c65782e6d6573736167696e672e696f2e4f626a65637450726f7879", ""),
    ]

    @Test(arguments: nestings)
    func `64 levels decode and encode, 65 are too deep`(_ open: String, _ close: String) throws {
        let input = bytes(String(repeating: open, count: 64) + "01" + String(repeating: close, count: 64))
        let value = try AMF3Value(decoding: input.span)
        var output: [UInt8] = []
        try value.encode(into: &output)
        #expect(output == input)

        let deeper = bytes(String(repeating: open, count: 100_000))
        let error = #expect(throws: AMFError.self) {
            try AMF3Value(decoding: deeper.span, limits: AMFLimits(depth: .max))
        }
        #expect(error?.code == .tooDeep)
        let encodingError = #expect(throws: AMFError.self) { try AMF3Value.array([value]).encode(into: &output) }
        #expect(encodingError?.code == .tooDeep)
        #expect(output == input)
    }

    @Test func `the levels of AMF0 around an AMF3 value count`() {
        let input = bytes(String(repeating: "0a 00000001", count: 63) + "11 09 03 01 09 01 01")
        let error = #expect(throws: AMFError.self) { try AMF0Value(decoding: input.span) }
        #expect(error?.code == .tooDeep)
    }

    @Test func `values and member names count`() {
        let values = [0x09, 0x0B, 0x01] + [UInt8](repeating: 1, count: 5)
        let names = bytes("0a 53 01 0101010101")
        for input in [values, names] {
            let error = #expect(throws: AMFError.self) {
                try AMF3Value(decoding: input.span, limits: AMFLimits(elements: 5))
            }
            #expect(error?.code == .tooManyElements)
            #expect(error?.offset == 7)
        }
    }

    @Test func `plain numbers in vectors do not count`() throws {
        let input = bytes("0d 9113 00") + [UInt8](repeating: 0, count: 4 * 1_097)
        guard case .vectorInt(let numbers, _) = try AMF3Value(decoding: input.span, limits: AMFLimits(elements: 1))
        else {
            Issue.record("not a vector")
            return
        }
        #expect(numbers.count == 1_097)
    }
}
