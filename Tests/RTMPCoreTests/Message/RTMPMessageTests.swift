// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@Suite struct RTMPMessageTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(typeID), \(message)" }
        var typeID: UInt8
        var hex: String
        var message: RTMPMessage
        /// Whether the message is written in this form, not only read.
        var isWritten = true

        var raw: RawMessage {
            RawMessage(
                typeID: MessageTypeID(rawValue: typeID), streamID: .netConnection, timestamp: .zero,
                payload: bytes(hex))
        }
    }

    static let sampleAccess = "02 0011 7c52746d7053616d706c65416363657373 01 01 01 01"
    static let vectors = [
        Vector(typeID: 1, hex: "00001000", message: .setChunkSize(4_096)),
        Vector(typeID: 2, hex: "00000006", message: .abort(ChunkStreamID(rawValue: 6))),
        Vector(typeID: 3, hex: "0026261b", message: .acknowledgement(2_500_123)),
        Vector(typeID: 4, hex: "0006 12345678", message: .userControl(.pingRequest(0x1234_5678))),
        Vector(typeID: 5, hex: "002625a0", message: .windowAcknowledgementSize(2_500_000)),
        Vector(typeID: 6, hex: "002625a0 02", message: .setPeerBandwidth(2_500_000, .dynamic)),
        Vector(typeID: 6, hex: "00000001 09", message: .setPeerBandwidth(1, PeerBandwidthLimit(rawValue: 9))),
        Vector(typeID: 8, hex: "af01aa", message: .audio([0xAF, 0x01, 0xAA])),
        Vector(typeID: 9, hex: "", message: .video([])),
        Vector(
            typeID: 18, hex: sampleAccess, message: .data(["|RtmpSampleAccess", true, true])),
        Vector(
            typeID: 15, hex: "00" + sampleAccess, message: .data(["|RtmpSampleAccess", true, true]), isWritten: false),
        Vector(typeID: 15, hex: sampleAccess, message: .data(["|RtmpSampleAccess", true, true]), isWritten: false),
        Vector(
            typeID: 20, hex: "02 0004 706c6179 00 4010000000000000 05 02 0001 61",
            message: .command(Command("play", transactionID: 4, arguments: ["a"]))),
        Vector(
            typeID: 17, hex: "00 02 0004 706c6179 00 4010000000000000 05",
            message: .command(Command("play", transactionID: 4)), isWritten: false),
        Vector(typeID: 22, hex: "0102", message: .other(.aggregate, [1, 2])),
        Vector(
            typeID: 19, hex: "0001 61 00000001 00000000 00000000 01 00000000",
            message: .sharedObject(SharedObject(name: "a", version: 1, events: [.use]))),
        Vector(
            typeID: 16, hex: "00 0001 61 00000001 00000000 00000000 01 00000000",
            message: .sharedObject(SharedObject(name: "a", version: 1, events: [.use])), isWritten: false),
        Vector(typeID: 200, hex: "ff", message: .other(MessageTypeID(rawValue: 200), [255])),
    ]

    @Test(arguments: vectors) func decodes(_ vector: Vector) throws {
        #expect(try RTMPMessage(decoding: vector.raw) == vector.message)
    }

    @Test(arguments: vectors) func `what is read can be written, and reads the same`(_ vector: Vector) throws {
        let written = try vector.message.encoded()
        if vector.isWritten { #expect(written == vector.raw) }
        #expect(try RTMPMessage(decoding: written) == vector.message)
    }

    @Test(arguments: vectors) func `in AMF3 it has another type and reads the same`(_ vector: Vector) throws {
        let written = try vector.message.encoded(as: .amf3)
        let types: [MessageTypeID: MessageTypeID] = [
            .data: .dataAMF3, .sharedObject: .sharedObjectAMF3, .command: .commandAMF3,
        ]
        #expect(written.typeID == types[vector.message.typeID] ?? vector.message.typeID)
        #expect(try RTMPMessage(decoding: written) == vector.message)
    }

    @Test func `a shared object that is cut short is an error`() {
        let raw = RawMessage(typeID: .sharedObject, streamID: .netConnection, timestamp: .zero, payload: [0])
        let error = #expect(throws: RTMPError.self) { try RTMPMessage(decoding: raw, at: 9) }
        #expect(error?.code == .invalidSharedObject && error?.offset == 9)
    }

    @Test(arguments: vectors.prefix(7)) func `protocol control that is cut short is an error`(_ vector: Vector) {
        for body in truncations(of: bytes(vector.hex)) {
            var raw = vector.raw
            raw.payload = body
            let error = #expect(throws: RTMPError.self) { try RTMPMessage(decoding: raw, at: 99) }
            #expect(error?.code == .invalidLength)
            #expect(error?.offset == 99)
        }
    }

    @Test func `data that is no AMF names the fault and its place`() {
        let raw = RawMessage(typeID: .data, streamID: .netConnection, timestamp: .zero, payload: [0x02, 0x00])
        let error = #expect(throws: RTMPError.self) { try RTMPMessage(decoding: raw, at: 5_000) }
        #expect(error?.code == .invalidAMF)
        #expect(error?.offset == 5_000)
        #expect(error?.underlying?.code == .truncated)
    }

    @Test func `data is kept as far as it can be read`() throws {
        let payload = bytes("02 0001 61 02 00ff 62")
        let raw = RawMessage(typeID: .data, streamID: .netConnection, timestamp: .zero, payload: payload)
        #expect(try RTMPMessage(decoding: raw) == .data(["a"]))
    }

    @Test func `data with more values than the limit is an error`() {
        let raw = RawMessage(
            typeID: .data, streamID: .netConnection, timestamp: .zero, payload: [UInt8](repeating: 0x05, count: 11))
        let error = #expect(throws: RTMPError.self) {
            try RTMPMessage(decoding: raw, limits: AMFLimits(depth: 1, elements: 10))
        }
        #expect(error?.underlying?.code == .tooManyElements)
    }

    @Test(arguments: SeededGenerator.seeds(200)) func `random bodies never trap, and what is read can be written`(
        _ seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        let raw = RawMessage(
            typeID: MessageTypeID(rawValue: UInt8(random.integer(in: 0..<24))), streamID: .netConnection,
            timestamp: .zero, payload: random.bytes(random.integer(in: 0..<64)))
        guard let message = try? RTMPMessage(decoding: raw) else { return }
        #expect(try RTMPMessage(decoding: message.encoded()) == message)
    }
}
