// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct UserControlEventTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(event)" }
        var hex: String
        var event: UserControlEvent
    }

    static let stream = MessageStreamID(rawValue: 1)
    static let vectors = [
        Vector(hex: "0000 00000001", event: .streamBegin(stream)),
        Vector(hex: "0001 00000001", event: .streamEOF(stream)),
        Vector(hex: "0002 00000001", event: .streamDry(stream)),
        Vector(hex: "0003 00000001 00000bb8", event: .setBufferLength(stream, milliseconds: 3_000)),
        Vector(hex: "0004 00000001", event: .streamIsRecorded(stream)),
        Vector(hex: "0006 12345678", event: .pingRequest(0x1234_5678)),
        Vector(hex: "0007 12345678", event: .pingResponse(0x1234_5678)),
        Vector(hex: "001a 01", event: .swfVerificationRequest([1])),
        Vector(hex: "001b 0101 00000002", event: .swfVerificationResponse([1, 1, 0, 0, 0, 2])),
        Vector(hex: "001f 00000001", event: .bufferEmpty(stream)),
        Vector(hex: "0020 00000001", event: .bufferReady(stream)),
        Vector(hex: "0005", event: .other(5, [])),
        Vector(hex: "ffff 0102", event: .other(0xFFFF, [1, 2])),
    ]

    @Test(arguments: vectors) func decodes(_ vector: Vector) throws {
        #expect(try UserControlEvent(decoding: bytes(vector.hex)) == vector.event)
    }

    @Test(arguments: vectors) func encodes(_ vector: Vector) {
        var output: [UInt8] = []
        vector.event.encode(into: &output)
        #expect(output == bytes(vector.hex))
    }

    @Test(arguments: vectors) func `cut short it is an error, or an event with less data`(_ vector: Vector) throws {
        for body in truncations(of: bytes(vector.hex)) {
            switch vector.event {
            case .other, .swfVerificationRequest, .swfVerificationResponse:
                if body.count >= 2 { _ = try UserControlEvent(decoding: body) }
            default:
                let error = #expect(throws: RTMPError.self) { try UserControlEvent(decoding: body, at: 77) }
                #expect(error?.code == .invalidLength)
                #expect(error?.offset == 77)
            }
        }
    }

    @Test func `bytes behind an event are ignored`() throws {
        #expect(try UserControlEvent(decoding: bytes("0000 00000001 ff")) == .streamBegin(Self.stream))
    }
}

extension UserControlEvent {
    fileprivate init(decoding body: [UInt8], at offset: Int = 0) throws {
        try self.init(decoding: body.span, at: offset)
    }
}
