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

    /// Made with Python's zlib: stored blocks, a fixed code and codes of its own, and what they hold.
    static let compressed: [(String, [UInt8])] = [
        ("7801011400ebff000102030405060708090a0b0c0d0e0f10111213054600bf", [UInt8](0..<20)),
        (
            """
            78016360646266616563e7e0e4e2e6e1e5e3171014121611151397909492969195935750545256515553d7d0d4d2d6d1d5d3
            3730343236313533b7b0b4b2b6b1b5b37770747276717573f7f0f4f2f6f1f5f30f080c0a0e090d0b8f888c8a8e898d8b4f48
            4c4a4e494d4bcfc8cccacec9cdcb2f282c2a2e292d2bafa8acaaaea9adab6f686c6a6e696d6befe8eceaeee9edeb9f3071d2
            e42953a74d9f3173d6ec3973e7cd5fb070d1e2254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173d7ee3d7bf7ed
            3f70f0d0e123478f1d3f71f2d4e93367cf9dbf70f1d2e52b57af5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb
            376fdfbdfff0f1d3e72f5fbf7dfff1f3d7ef3f7ffffd6718f5ffa8ff47b0ff01e4c9fe10
            """,
            file
        ),
        (
            """
            78da2bc94855282ccd4cce56482aca2fcf5348cbaf50c82acd2d2856c82f4b2d5228014ae72456552aa4e4a75b8379835431
            03879c53c916a6b8130ec7a2feacc93213f8f1ee138b4a50df0d83695c3d32bbd2145eec5b3465caa27d2f14d276c9f4704d
            33b8d117a4c2f2e9dd0f01b3ac357fa28e399c8863da52e224c7c1c0266593b3ea5bc00ebd4d2e4f26f9497cb876eacc9d5f
            6a092bfe255d097954a7f16059558c8f5758c18c734229478cd60100d6f78234
            """,
            (0..<200).map { Array("the quick brown fox jumps over the lazy dog; ".utf8)[$0 % 45] }
                + (0..<120).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + $0) }
        ),
    ]

    @Test(arguments: compressed) func `a compressed file is the same file`(_ zlib: String, _ body: [UInt8]) throws {
        let header = bytes("5753 0a 11223344")
        let whole = try SWFVerification(file: ([0x46] + header + body).span)
        #expect(try SWFVerification(file: ([0x43] + header + bytes(zlib)).span) == whole)
        #expect(whole == SWFVerification(decompressed: ([0x46] + header + body).span))
        #expect(whole.size == UInt32(body.count + 8))
    }

    @Test(arguments: compressed) func `files that are cut short are refused, and damage traps nowhere`(
        _ zlib: String, _ body: [UInt8]
    ) throws {
        let file = bytes("435753 0a 11223344") + bytes(zlib)
        // The last four bytes are a sum that nobody looks at.
        for cut in truncations(of: Array(file.dropLast(4))) {
            #expect(throws: SWFFileError.self) { try SWFVerification(file: cut.span) }
        }
        var random = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            var broken = file
            broken[random.integer(in: 10..<(file.count - 4))] ^= UInt8(1 << random.integer(in: 0..<8))
            _ = try? SWFVerification(file: broken.span)
        }
    }

    @Test func `other files are named for what they are`() {
        let files: [(String, SWFFileError)] = [
            ("5a5753 0a 11223344 00000000", .unknownCompression), ("464c56 01 05000000 09", .notSWF),
            ("465753", .notSWF),
            ("435753 0a 11223344", .damaged), ("435753 0a 11223344 78da 07", .damaged),
        ]
        for (hex, expected) in files {
            let error = #expect(throws: SWFFileError.self) { try SWFVerification(file: bytes(hex).span) }
            #expect(error == expected)
        }
        // 5,000 zeros.
        let zeros = bytes("edc13101000000c2a0f54f6d0a3fa00000000080b701")
        #expect(Inflate.decompress(zeros, from: 0, limit: 5_000) == [UInt8](repeating: 0, count: 5_000))
        #expect(Inflate.decompress(zeros, from: 0, limit: 4_999) == nil)
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
