// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@Suite struct SharedObjectTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(object.events)" }
        var hex: String
        var object: SharedObject

        var raw: RawMessage { SharedObjectTests.message(bytes(hex)) }
    }

    static func message(_ payload: [UInt8], type: MessageTypeID = .sharedObject) -> RawMessage {
        RawMessage(typeID: type, streamID: .netConnection, timestamp: .zero, payload: payload)
    }

    static func vector(_ event: String, _ value: SharedObject.Event) -> Vector {
        Vector(
            hex: "0001 61 00000001 00000002 00000000 \(event)",
            object: SharedObject(name: "a", version: 1, flags: 2, events: [value]))
    }

    static let vectors = [
        Vector(
            hex: "0004 63686174 00000000 00000000 00000000 01 00000000",
            object: SharedObject(name: "chat", events: [.use])),
        Vector(
            hex: "0004 63686174 00000001 00000000 00000000 03 0000000c 0001 78 00 4014000000000000",
            object: SharedObject(name: "chat", version: 1, events: [.requestChange(name: "x", 5)])),
        vector("02 00000000", .release),
        vector("04 00000004 0001 78 05", .change(name: "x", .null)),
        vector("05 00000003 0001 78", .success(name: "x")),
        vector("06 00000006 02 0001 66 0101", .sendMessage(["f", true])),
        vector("07 00000006 0001 63 0001 6c", .status(code: "c", level: "l")),
        vector("08 00000000", .clear),
        vector("09 00000003 0001 78", .remove(name: "x")),
        vector("0a 00000003 0001 78", .requestRemove(name: "x")),
        vector("0b 00000000", .useSuccess),
        vector("63 00000002 0102", .other(99, [1, 2])),
        Vector(
            hex: "0000 00000000 00000000 00000000 01 00000000 08 00000000",
            object: SharedObject(name: "", events: [.use, .clear])),
        Vector(hex: "0000 00000000 00000000 00000000", object: SharedObject(name: "", events: [])),
    ]

    @Test(arguments: vectors) func decodes(_ vector: Vector) throws {
        #expect(try SharedObject(decoding: vector.raw) == vector.object)
        #expect(
            try SharedObject(decoding: Self.message([0] + bytes(vector.hex), type: .sharedObjectAMF3)) == vector.object)
    }

    @Test(arguments: vectors) func encodes(_ vector: Vector) throws {
        #expect(try vector.object.encoded() == vector.raw)
    }

    @Test(arguments: vectors) func `cut short it is an error, or ends with the event before`(_ vector: Vector) {
        for payload in truncations(of: bytes(vector.hex)) {
            do throws(RTMPError) {
                let object = try SharedObject(decoding: Self.message(payload), at: 77)
                #expect(object.events.count < vector.object.events.count)
            } catch {
                #expect(error.code == .invalidSharedObject)
                #expect(error.offset == 77)
            }
        }
    }

    @Test func `a value that cannot be read is named`() {
        let payload = bytes("0001 61 00000001 00000002 00000000 01 00000000 03 00000004 0001 78 ff")
        let error = #expect(throws: RTMPError.self) { try SharedObject(decoding: Self.message(payload)) }
        #expect(error?.code == .invalidAMF)
        #expect(error?.context == "shared object event 1 of type 3")
        #expect(error?.underlying?.code == .unknownMarker)
    }

    @Test func `events are limited like values`() {
        let payload = bytes("0000 00000000 00000000 00000000") + bytes("01 00000000") + bytes("01 00000000")
        let error = #expect(throws: RTMPError.self) {
            try SharedObject(decoding: Self.message(payload), limits: AMFLimits(elements: 1))
        }
        #expect(error?.code == .invalidSharedObject)
    }

    @Test func `a name that is too long for its length field is refused`() {
        let object = SharedObject(name: AMFString(bytes: [UInt8](repeating: 1, count: 65_536)), events: [])
        let error = #expect(throws: UsageError.self) { try object.encoded() }
        #expect(error?.code == .invalidMessage)
    }

    @Test(arguments: SeededGenerator.seeds(200)) func `random bodies never trap, and what is read can be written`(
        _ seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        var payload = Self.vectors[random.integer(in: 0..<Self.vectors.count)].raw.payload
        for _ in 0..<random.integer(in: 1..<4) {
            payload[random.integer(in: 0..<payload.count)] = UInt8(random.integer(in: 0..<16))
        }
        guard let object = try? SharedObject(decoding: Self.message(payload)) else { return }
        #expect(try SharedObject(decoding: object.encoded()) == object)
    }
}
