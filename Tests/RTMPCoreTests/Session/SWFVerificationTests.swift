// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

@Suite struct SWFVerificationTests {
    static let file = (0..<4).flatMap { _ in [UInt8](0...255) }
    // Both computed with Python's hmac.
    static let hash = bytes("f1218d1a137d70de0e69211198b946ddf62e51eb3e2820f733ea1096766e6900")
    static let answer = bytes(
        "0101 00000400 00000400 ec77ad0da1100b90b682e89da4cbe59fc0ea822b16b6d0833827aa7d4ca8a2d5")

    @Test func `a file has its hash and size, and the answer has 42 bytes`() {
        let swf = SWFVerification(decompressed: Self.file.span)
        #expect(swf.hash == Self.hash && swf.size == 1024)
        #expect(SWFVerification(hash: Self.hash, size: 1024) == swf)
        #expect(swf.response(key: [UInt8](100..<132)) == Self.answer)
        #expect(Self.answer.count == 42)
        for count in [0, 31, 33] { #expect(SWFVerification(hash: [UInt8](repeating: 0, count: count), size: 1) == nil) }
    }

    @Test func `a file that lies on a disk is taken as it is when it is not compressed`() throws {
        let file = bytes("465753 0a 11223344") + Self.file
        #expect(try SWFVerification(file: file.span) == SWFVerification(decompressed: file.span))
    }

    @Test func `other files are named for what they are`() {
        let files: [(String, SWFFileError)] = [
            ("5a5753 0a 11223344 00000000", .compressed), ("435753 0a 11223344 78da 07", .compressed),
            ("464c56 01 05000000 09", .notSWF), ("465753", .notSWF), ("", .notSWF),
        ]
        for (hex, expected) in files {
            let error = #expect(throws: SWFFileError.self) { try SWFVerification(file: bytes(hex).span) }
            #expect(error == expected)
        }
    }

    @Test(arguments: [Handshake.Scheme.plain, .digest])
    func `a client that knows a file answers under the end of S1`(_ scheme: Handshake.Scheme) throws {
        var random = SeededGenerator(seed: 3)
        var configuration = ClientSession.Configuration(purpose: .play)
        configuration.swf = SWFVerification(hash: Self.hash, size: 1024)
        var client = ClientSession(configuration: configuration, random: &random)
        try client.connect(to: RTMPURL("rtmp://host/live"))
        var server = Handshake(role: .server, scheme: scheme, random: &random)
        server.receive(client.takeOutput().span)
        _ = try server.advance()
        let hello = server.takeOutput()
        let key = hello[1505..<1537]
        // The request comes right behind the handshake, whatever its type byte.
        let event: [UInt8] = bytes("02 000000 000003 04 00000000 001a 01") + bytes("02 000000 000002 04 00000000 001a")
        for split in [Split.whole, .byteByByte] {
            var session = client
            for piece in split.pieces(of: hello + event) {
                session.receive(piece.span)
                #expect(try session.nextEvent() == nil)
            }
            var reader = ChunkReader()
            let said = session.takeOutput().dropFirst(1536)
            reader.receive(said.span)
            var answers: [UserControlEvent] = []
            while let message = try reader.nextMessage() {
                if message.typeID == .userControl {
                    answers.append(try UserControlEvent(decoding: message.payload.span))
                }
            }
            let code = HMAC.code(key: Array(key), Self.hash[...])
            let answer = UserControlEvent.swfVerificationResponse(bytes("0101 00000400 00000400") + code)
            #expect(answers == [answer, answer])
        }
    }

    @Test func `a client that knows none hands the request on`() throws {
        var test = try ClientUnderTest.connected(.play)
        try test.peer.say(.swfVerificationRequest([1]))
        try test.run()
        #expect(test.events == [.unhandled(.userControl(.swfVerificationRequest([1])), on: .netConnection)])
        #expect(test.heard.isEmpty)
    }
}
