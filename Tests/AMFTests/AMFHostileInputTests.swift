// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

/// Whatever decodes can be encoded, and decodes to the same again; and nothing traps. Under a limit, so that a random
/// count cannot make a test slow.
@Suite struct AMFHostileInputTests {
    static let limits = AMFLimits(depth: 16, elements: 1_000)

    static func checkAMF0(_ input: [UInt8], _ origin: @autoclosure () -> String) throws {
        let (values, consumed, error) = AMF0Value.decodePrefix(input.span, limits: limits)
        #expect(consumed <= input.count, "\(origin())")
        if let error { #expect((0...input.count).contains(error.offset), "\(origin()): \(error)") }
        var output: [UInt8] = []
        try AMF0Value.encodeAll(values, into: &output)
        #expect(try AMF0Value.decodeAll(output.span, limits: limits) == values, "\(origin()): \(hex(input))")
        // AMF3 has several forms of the same; and an object end that was missing is written.
        if error?.code != .missingObjectEnd, !values.contains(where: \.containsAMF3) {
            #expect(output.count == consumed, "\(origin()): \(hex(input))")
        }
    }

    static func checkAMF3(_ input: [UInt8], _ origin: @autoclosure () -> String) throws {
        guard let value = try? AMF3Value(decoding: input.span, limits: limits) else { return }
        var output: [UInt8] = []
        try value.encode(into: &output)
        #expect(output.count <= input.count, "\(origin()): \(hex(input))")
        #expect(try AMF3Value(decoding: output.span, limits: limits) == value, "\(origin()): \(hex(input))")
        var again: [UInt8] = []
        try AMF3Value(decoding: output.span, limits: limits).encode(into: &again)
        #expect(again == output, "\(origin()): \(hex(input))")
    }

    @Test(arguments: AMF0Vector.all.filter { $0.bytes.count < 1_000 })
    func `AMF0 with any bit flipped`(_ vector: AMF0Vector) throws {
        for bit in 0..<(vector.bytes.count * 8) {
            var input = vector.bytes
            input[bit / 8] ^= 0x80 >> (bit % 8)
            try Self.checkAMF0(input, "bit \(bit) of \(vector.testDescription)")
        }
    }

    @Test(arguments: AMF3Vector.all.filter { $0.bytes.count < 1_000 })
    func `AMF3 with any bit flipped`(_ vector: AMF3Vector) throws {
        // One value each, so that messages of several values are looked at too.
        let array = [0x09] + [UInt8(vector.values.count << 1 | 1)] + [0x01] + vector.bytes
        for bit in 0..<(array.count * 8) {
            var input = array
            input[bit / 8] ^= 0x80 >> (bit % 8)
            try Self.checkAMF3(input, "bit \(bit) of \(vector.testDescription)")
        }
    }

    @Test(arguments: SeededGenerator.seeds(20))
    func `random bytes`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let count = random.integer(in: 0..<64)
            // Small numbers are markers, lengths and counts, so they get further than evenly spread bytes.
            let input = random.bytes(count).map { random.chance(0.7) ? $0 & 0x13 : $0 }
            try Self.checkAMF0(input, "\(random)")
            try Self.checkAMF3(input, "\(random)")
            try Self.checkAMF0([0x11] + input, "\(random)")
        }
    }

    @Test(arguments: SeededGenerator.seeds(20))
    func `random values survive encoding and decoding`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let values = (0..<random.integer(in: 0..<4)).map { _ in AMF0Value.random(using: &random, depth: 4) }
            var output: [UInt8] = []
            try AMF0Value.encodeAll(values, into: &output)
            #expect(try AMF0Value.decodeAll(output.span) == values, "\(random)")
            var copy: [UInt8] = []
            try AMF0Value.encodeAll(try AMF0Value.decodeAll(output.span), into: &copy)
            #expect(copy == output, "\(random)")
        }
    }
}

extension AMF0Value {
    fileprivate var containsAMF3: Bool {
        switch self {
        case .avmPlus: true
        case .object(let object), .ecmaArray(let object, _), .typedObject(_, let object):
            object.properties.contains { $0.value.containsAMF3 }
        case .strictArray(let values): values.contains { $0.containsAMF3 }
        default: false
        }
    }

    fileprivate static func random(using random: inout SeededGenerator, depth: Int) -> AMF0Value {
        switch random.integer(in: 0..<(depth > 0 ? 15 : 10)) {
        case 0: .number(Double(bitPattern: random.next()))
        case 1: .boolean(random.chance(0.5))
        case 2: .string(.random(using: &random))
        case 3: .longString(.random(using: &random))
        case 4: .null
        case 5: .undefined
        case 6: .unsupported
        case 7:
            .date(milliseconds: Double(bitPattern: random.next()), timeZone: Int16(truncatingIfNeeded: random.next()))
        case 8: .xmlDocument(.random(using: &random))
        case 9: .avmPlus(.random(using: &random, depth: depth))
        case 10: .object(.random(using: &random, depth: depth))
        case 11: .ecmaArray(.random(using: &random, depth: depth), count: random.chance(0.5) ? nil : 77)
        case 12: .typedObject(className: .random(using: &random), .random(using: &random, depth: depth))
        default: .strictArray((0..<random.integer(in: 0..<4)).map { _ in .random(using: &random, depth: depth - 1) })
        }
    }
}

extension AMF0Object {
    fileprivate static func random(using random: inout SeededGenerator, depth: Int) -> AMF0Object {
        AMF0Object(
            (0..<random.integer(in: 0..<4)).map { _ in
                Property(name: .random(using: &random), value: .random(using: &random, depth: depth - 1))
            })
    }
}

extension AMF3Value {
    fileprivate static func random(using random: inout SeededGenerator, depth: Int) -> AMF3Value {
        func values() -> [AMF3Value] {
            (0..<random.integer(in: 0..<4)).map { _ in .random(using: &random, depth: depth - 1) }
        }
        func properties(mayBeNameless: Bool = false) -> [AMF3Property] {
            values().map { value in
                let name = AMFString.random(using: &random)
                return AMF3Property(name: AMF3String(name.isEmpty && !mayBeNameless ? "n" : name), value: value)
            }
        }
        switch random.integer(in: 0..<(depth > 0 ? 17 : 11)) {
        case 0: return .undefined
        case 1: return .null
        case 2: return .boolean(random.chance(0.5))
        case 3: return .integer(Int32(truncatingIfNeeded: random.next()) >> (3 + Int32(random.integer(in: 0..<29))))
        case 4: return .double(Double(bitPattern: random.next()))
        case 5: return .string(AMF3String(.random(using: &random)))
        case 6: return .xml(.random(using: &random))
        case 7: return .date(milliseconds: Double(bitPattern: random.next()))
        case 8: return .byteArray(random.bytes(random.integer(in: 0..<9)))
        case 9: return .vectorInt([Int32(truncatingIfNeeded: random.next())], isFixed: random.chance(0.5))
        case 10: return .vectorDouble([Double(bitPattern: random.next())], isFixed: random.chance(0.5))
        case 11: return .array(AMF3Array(associative: properties(), dense: values()))
        case 12: return .object(AMF3Object(dynamic: properties()))
        case 13:
            return .object(
                AMF3Object(
                    className: AMF3String(.random(using: &random)), sealed: properties(mayBeNameless: true),
                    dynamic: random.chance(0.5) ? properties() : nil))
        case 14: return .vectorObject(typeName: "*", values(), isFixed: random.chance(0.5))
        case 15:
            return .dictionary(values().map { .init(key: $0, value: .null) }, hasWeakKeys: random.chance(0.5))
        default:
            return .externalizable(
                AMF3Externalizable(
                    className: "flex.messaging.io.ObjectProxy", value: .random(using: &random, depth: depth - 1)))
        }
    }
}

extension AMFString {
    fileprivate static func random(using random: inout SeededGenerator) -> AMFString {
        AMFString(bytes: random.bytes(random.integer(in: 0..<5)))
    }
}
