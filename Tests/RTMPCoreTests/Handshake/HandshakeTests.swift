// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

@Suite struct HandshakeTests {
    static func handshake(_ role: Handshake.Role, _ scheme: Handshake.Scheme = .digest, seed: UInt64 = 1) -> Handshake {
        var random = SplitMix64(seed: seed)
        return Handshake(role: role, scheme: scheme, random: &random)
    }

    /// What a side did with these pieces.
    struct Outcome: Equatable {
        var output: [UInt8] = []
        var isComplete = false
        var rest: [UInt8] = []
        var offset = 0
    }

    static func run(_ handshake: Handshake, _ pieces: [ArraySlice<UInt8>]) throws -> Outcome {
        var handshake = handshake
        var outcome = Outcome(output: handshake.takeOutput())
        for piece in pieces {
            var position = 0
            outcome.isComplete = try handshake.next(from: piece.span, at: &position)
            outcome.output += handshake.takeOutput()
            outcome.rest += piece.dropFirst(position)
        }
        outcome.offset = handshake.offset
        return outcome
    }

    @Test(arguments: [Handshake.Scheme.plain, .digest], [Handshake.Scheme.plain, .digest])
    func `a client and a server agree`(_ ofClient: Handshake.Scheme, _ ofServer: Handshake.Scheme) throws {
        var client = Self.handshake(.client, ofClient, seed: 3)
        var server = Self.handshake(.server, ofServer, seed: 4)
        let hello = client.takeOutput()
        #expect(hello.count == 1_537)
        #expect(hello[0] == 3)
        server.receive(hello)
        #expect(try !server.advance())
        let answer = server.takeOutput()
        #expect(answer.count == 3_073)
        client.receive(answer)
        #expect(try client.advance())
        let reply = client.takeOutput()
        #expect(reply.count == 1_536)
        server.receive(reply + [1, 2, 3])
        #expect(try server.advance())
        #expect(server.takeUnconsumed() == [1, 2, 3])
        #expect(client.takeUnconsumed() == [])
        #expect(client.isComplete && server.isComplete)
        let agreed: Handshake.Scheme = ofClient == .digest && ofServer == .digest ? .digest : .plain
        #expect(client.scheme == agreed)
        #expect(server.scheme == agreed)
        let (c1, s1, s2) = (hello[1...], answer[1..<1_537], answer[1_537...])
        if agreed == .plain {
            #expect(s2 == c1)
            #expect(reply[...] == s1)
            #expect(Array(s1[5..<9]) == [0, 0, 0, 0], "ffmpeg demands a digest of an S1 with a version")
        } else {
            let fromClient = try #require(HandshakeDigest(in: Array(c1), keys: .client))
            #expect(fromClient.signature(of: Array(s2.prefix(1_504)), keys: .server)[...] == s2.suffix(32))
            let fromServer = try #require(HandshakeDigest(in: Array(s1), keys: .server))
            #expect(fromServer.signature(of: Array(reply.prefix(1_504)), keys: .client)[...] == reply.suffix(32))
        }
    }

    @Test func `a server answers in the place of the digest that the client chose`() throws {
        for base in HandshakeDigest.Base.allCases {
            var c1 = HandshakeDigestTests.c1
            let digest = HandshakeDigest(writingTo: &c1, base: base, keys: .client)
            let output = try Self.run(Self.handshake(.server), [([3] + c1)[...]]).output
            let answer = try #require(HandshakeDigest(in: Array(output[1..<1_537]), keys: .server))
            #expect(answer.base == base)
            #expect(digest.signature(of: Array(output[1_537..<3_041]), keys: .server)[...] == output[3_041...])
        }
    }

    @Test func `a C1 with a version and no digest is answered plainly`() throws {
        let output = try Self.run(Self.handshake(.server), [([3] + HandshakeDigestTests.c1)[...]]).output
        #expect(Array(output[5..<9]) == [0, 0, 0, 0])
        #expect(Array(output[1_537...]) == HandshakeDigestTests.c1)
    }

    @Test func `an S1 with a version and no digest gets its copy`() throws {
        let server = [3] + HandshakeDigestTests.s1 + [UInt8](repeating: 9, count: 1_536)
        let outcome = try Self.run(Self.handshake(.client), [server[...]])
        #expect(Array(outcome.output[1_537...]) == HandshakeDigestTests.s1)
        #expect(outcome.isComplete)
    }

    @Test func `nginx echoes the C1 of a plain client, which gets it back`() throws {
        var client = Self.handshake(.client, .plain)
        let hello = client.takeOutput()
        #expect(Array(hello[1..<9]) == [0, 0, 0, 0, 0, 0, 0, 0])
        client.receive(hello + hello[1...])
        #expect(try client.advance())
        #expect(client.takeOutput() == Array(hello[1...]))
    }

    @Test func `a server speaks before C2 comes, a client before S2 comes`() throws {
        var server = Self.handshake(.server)
        server.receive([3] + HandshakeDigestTests.c1)
        #expect(try !server.advance())
        #expect(server.takeOutput().count == 3_073)
        var client = Self.handshake(.client)
        _ = client.takeOutput()
        client.receive([3] + HandshakeDigestTests.s1)
        #expect(try !client.advance())
        #expect(client.takeOutput().count == 1_536)
    }

    @Test func `the pieces in which a handshake comes do not matter`() throws {
        var c1 = HandshakeDigestTests.c1
        _ = HandshakeDigest(writingTo: &c1, base: .second, keys: .client)
        let client = [3] + c1 + [UInt8](repeating: 7, count: 1_536) + [0x02, 0x00]
        let splits: [Split] =
            [.byteByByte] + [0, 1, 2, 1_536, 1_537, 1_538, 3_072, 3_073, 3_074, 3_075].map(Split.at)
            + (1...20).map(Split.seeded)
        #expect(
            try splitDifferences(of: client, splits: splits) { try Self.run(Self.handshake(.server), $0) } == [])
        let whole = try Self.run(Self.handshake(.server), [client[...]])
        #expect(whole.rest == [0x02, 0x00])
        #expect(whole.offset == Handshake.size)
    }

    @Test func `a handshake cut anywhere is not complete and not an error`() throws {
        let client = [3] + HandshakeDigestTests.c1 + HandshakeDigestTests.s1
        for count in stride(from: 0, to: client.count, by: 64) {
            #expect(try !Self.run(Self.handshake(.server, .plain), [client[..<count]]).isComplete)
        }
    }

    @Test(arguments: [0, 1, 2, 4, 6, 8, 9, 0x16, 0x47, 0x50, 0xFF] as [UInt8])
    func `a server refuses other versions at the first byte and stays failed`(_ version: UInt8) {
        var server = Self.handshake(.server)
        server.receive([version])
        for _ in 0..<2 {
            let error = #expect(throws: RTMPError.self) { try server.advance() }
            #expect(error?.code == .unsupportedVersion)
            #expect(error?.offset == 0)
            #expect(error?.context.contains("C0: \(version)") == true)
        }
        #expect(server.takeOutput() == [])
    }

    @Test func `a client takes other versions but not what is no RTMP`() throws {
        let rest = HandshakeDigestTests.s1 + HandshakeDigestTests.s1
        for version: UInt8 in [0, 2, 3, 4, 6, 31] {
            #expect(try Self.run(Self.handshake(.client), [([version] + rest)[...]]).isComplete)
        }
        let error = #expect(throws: RTMPError.self) {
            try Self.run(Self.handshake(.client), [Array("HTTP/1.1 400".utf8)[...]])
        }
        #expect(
            error?.description == "unsupported protocol version in S0: 72, which begins HTTP or other text "
                + "(RTMP §5.2.2) at byte 0")
    }

    @Test func `different seeds make different filler`() {
        var one = Self.handshake(.client, seed: 1)
        var two = Self.handshake(.client, seed: 2)
        var again = Self.handshake(.client, seed: 1)
        let output = one.takeOutput()
        #expect(output != two.takeOutput())
        #expect(output == again.takeOutput())
    }

    @Test(arguments: Fixture.captureNames())
    func `recorded sessions are shaken hands with`(_ name: String) throws {
        let capture = Fixture.capture(name)
        let server = try Self.run(Self.handshake(.server), [capture.client[...]])
        #expect(server.isComplete)
        #expect(server.rest[...] == capture.client[3_073...])
        let client = try Self.run(Self.handshake(.client), [capture.server[...]])
        #expect(client.isComplete)
        #expect(client.rest[...] == capture.server[3_073...])
    }
}

extension Handshake {
    fileprivate mutating func receive(_ bytes: [UInt8]) { receive(bytes.span) }
}
