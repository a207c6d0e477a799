// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@Suite struct CommandTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var hex: String
        var command: Command
    }

    static let vectors = [
        Vector(
            testDescription: "createStream of ffmpeg",
            hex: "02 000c 63726561746553747265616d 00 4010000000000000 05",
            command: Command("createStream", transactionID: 4)),
        Vector(
            testDescription: "its answer",
            hex: "02 0007 5f726573756c74 00 4010000000000000 05 00 3ff0000000000000",
            command: Command("_result", transactionID: 4, arguments: [1])),
        Vector(
            testDescription: "a command whose name is empty",
            hex: "02 0000 00 3ff0000000000000 05 01 01",
            command: Command("", transactionID: 1, arguments: [true])),
        Vector(
            testDescription: "publish of ffmpeg",
            hex: "02 0007 7075626c697368 00 4014000000000000 05 02 0002 7331 02 0004 6c697665",
            command: Command("publish", transactionID: 5, arguments: ["s1", "live"])),
        Vector(
            testDescription: "a minimal connect",
            hex: """
                02 0007 636f6e6e656374 00 3ff0000000000000 03 0003 617070 02 0004 6c697665
                0005 746355726c 02 000d 72746d703a2f2f682f6c697665 000009
                """,
            command: Command("connect", transactionID: 1, object: ["app": "live", "tcUrl": "rtmp://h/live"])),
        Vector(
            testDescription: "a reconnect request",
            hex: """
                0200086f6e537461747573 000000000000000000 05 03 00056c6576656c 020006737461747573 0004636f6465
                0200264e6574436f6e6e656374696f6e2e436f6e6e6563742e5265636f6e6e65637452657175657374
                000574635572 6c 02000c72746d703a2f2f622f617070 000009
                """,
            command: Command(
                "onStatus",
                arguments: [
                    [
                        "level": "status", "code": "NetConnection.Connect.ReconnectRequest",
                        "tcUrl": "rtmp://b/app",
                    ]
                ])),
    ]

    @Test(arguments: vectors) func `reads what it writes`(_ vector: Vector) throws {
        #expect(try Command(decoding: bytes(vector.hex).span) == vector.command)
        #expect(try Command(decodingAMF3: ([0x00] + bytes(vector.hex)).span) == vector.command)
        // The byte of type 17 in a message of type 20.
        #expect(try Command(decoding: ([0x00] + bytes(vector.hex)).span) == vector.command)
        var output: [UInt8] = []
        try vector.command.encode(into: &output)
        #expect(output == bytes(vector.hex))
    }

    @Test(arguments: vectors) func `a cut body keeps what came before the cut`(_ vector: Vector) throws {
        for cut in truncations(of: bytes(vector.hex)) {
            guard let command = try? Command(decoding: cut.span) else { continue }
            #expect(command.name == vector.command.name || command.name.isEmpty)
            #expect(command.arguments.count <= vector.command.arguments.count)
        }
    }

    @Test func `what real peers leave out is filled in`() throws {
        let bare = try Command(decoding: bytes("02 000b 6f6e4643507562 6c697368").span)
        #expect(bare == Command("onFCPublish"))
        let withoutTransaction = try Command(decoding: bytes("02 0001 61 05 02 0001 62").span)
        #expect(withoutTransaction == Command("a", arguments: ["b"]))
        let undefined = try Command(decoding: bytes("02 0001 61 00 0000000000000000 06").span)
        #expect(undefined.object == .undefined)
        let garbage = try Command(decoding: bytes("02 0001 61 00 0000000000000000 05 ff").span)
        #expect(garbage == Command("a"))
        let openObject = try Command(decoding: bytes("02 0001 61 00 0000000000000000 03 0001 78 01 01").span)
        #expect(openObject.object["x"]?.boolean == true)
        #expect(try Command(decoding: [UInt8]().span).name.isEmpty)
        #expect(try Command(decoding: bytes("05 00 4000000000000000").span).name.isEmpty)
    }

    @Test func `a format byte that is missing is not missed`() throws {
        #expect(try Command(decodingAMF3: bytes("02 0001 61 00 3ff0000000000000 05").span).transactionID == 1)
        #expect(try Command(decodingAMF3: [UInt8]().span).name.isEmpty)
    }

    @Test func `a body that is no AMF or goes too deep is refused`() {
        #expect(throws: AMFError.self) { try Command(decoding: bytes("ff").span) }
        var nest = bytes("02 0001 61 00 0000000000000000")
        for _ in 0..<70 { nest += bytes("0a 00000001") }
        let error = #expect(throws: AMFError.self) { try Command(decoding: nest.span) }
        #expect(error?.code == .tooDeep)
    }

    @Test func `names are compared without case`() {
        #expect(Command("FCPublish").isNamed("fcpublish"))
        #expect(Command("_checkbw").isNamed("_CheckBW"))
        #expect(!Command("@").isNamed("`"))
        #expect(!Command("play").isNamed("play2"))
    }
}
