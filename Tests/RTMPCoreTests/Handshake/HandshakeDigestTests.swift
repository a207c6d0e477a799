// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

@Suite struct HandshakeDigestTests {
    /// One digest base, with everything that follows from the made-up packets below.
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String { "base \(base.rawValue)" }
        var base: HandshakeDigest.Base
        var c1Field: String, c1Position: Int, c1Digest: String, c1Hash: String
        var s2Signature: String
        var s1Position: Int, s1Digest: String
        var c2Signature: String
    }

    static let vectors = [
        Vector(
            base: .first, c1Field: "3b424950", c1Position: 290,
            c1Digest: "0b441119ef46c4660e578ac88d3bf4c2d8901ff9a39c94bb92cb345f63928860",
            c1Hash: "97c733c9f73ec5c3dda41c1dd27f847e6d31634fce04f0f4c17de1bfd27893f9",
            s2Signature: "7f4fa37a25bdaa6280a3138529ab67261dad6dc6c8783ad95397cb61390e6a96",
            s1Position: 466, s1Digest: "40bb6490446a27aeedb6ff0a0ddf9e5102e404b8a2cd987a967457e9a49e813c",
            c2Signature: "8aee78016757169709955727a6ac066e07839ee428dfb469d404e8b838c296e9"),
        Vector(
            base: .second, c1Field: "1f262d34", c1Position: 942,
            c1Digest: "8e211aefe949d44221d8905aa6154973bcab5ecb43dc582f65b1de1c2f94e4d5",
            c1Hash: "d6abf3db96d97a96fb1c81f56d4a915f10e84490f308d4ae863828f38ceb8d84",
            s2Signature: "13849c40d8b8f5eb4d19952e011d9d65ff199582a324f3ca276d3a176b1fddae",
            s1Position: 1_054, s1Digest: "9339c432e61600f3491258e849b08aae7e7587ff70e2ec61c64b746f9a4621b4",
            c2Signature: "60a5c1ac8ca147cd087c144a9031da75a061e3f44689a9a4d2e6bdd394f97a38"),
    ]

    static let c1 = packet(7, 3, head: "00000000 80000702")
    static let s1 = packet(11, 9, head: "00000000 04050001")
    static let body = (0..<1_504).map { UInt8(truncatingIfNeeded: 5 * $0 + 1) }

    static func packet(_ factor: Int, _ summand: Int, head: String) -> [UInt8] {
        bytes(head) + (8..<1_536).map { UInt8(truncatingIfNeeded: factor * $0 + summand) }
    }

    @Test(arguments: vectors) func `the digest of a C1 is where and what it must be`(_ vector: Vector) {
        var packet = Self.c1
        #expect(Array(packet[vector.base.rawValue..<(vector.base.rawValue + 4)]) == bytes(vector.c1Field))
        #expect(HandshakeDigest.position(in: packet, base: vector.base) == vector.c1Position)
        let digest = HandshakeDigest(writingTo: &packet, base: vector.base, keys: .client)
        #expect(digest.bytes == bytes(vector.c1Digest))
        #expect(SHA256.hash(packet.span) == bytes(vector.c1Hash))
        #expect(HandshakeDigest(in: packet, keys: .client) == digest)
    }

    @Test(arguments: vectors) func `the digest of an S1 is where and what it must be`(_ vector: Vector) {
        var packet = Self.s1
        #expect(HandshakeDigest.position(in: packet, base: vector.base) == vector.s1Position)
        let digest = HandshakeDigest(writingTo: &packet, base: vector.base, keys: .server)
        #expect(digest.bytes == bytes(vector.s1Digest))
        #expect(HandshakeDigest(in: packet, keys: .server) == digest)
        #expect(HandshakeDigest(in: packet, keys: .client) == nil)
    }

    @Test(arguments: vectors) func `signatures answer the digest of the other side`(_ vector: Vector) {
        var c1 = Self.c1
        var s1 = Self.s1
        let fromClient = HandshakeDigest(writingTo: &c1, base: vector.base, keys: .client)
        let fromServer = HandshakeDigest(writingTo: &s1, base: vector.base, keys: .server)
        #expect(fromClient.signature(of: Self.body, keys: .server) == bytes(vector.s2Signature))
        #expect(fromServer.signature(of: Self.body, keys: .client) == bytes(vector.c2Signature))
    }

    @Test func `a packet without a digest has none`() {
        #expect(HandshakeDigest(in: Self.c1, keys: .client) == nil)
        #expect(HandshakeDigest(in: [], keys: .client) == nil)
        #expect(HandshakeDigest(in: [UInt8](repeating: 255, count: 1_536), keys: .server) == nil)
    }

    @Test func `the place of a digest never reaches beyond its block`() {
        for sum in 0...1_020 {
            var packet = [UInt8](repeating: 0, count: 1_536)
            let field = (0..<4).map { UInt8(min(max(sum - 255 * $0, 0), 255)) }
            packet.replaceSubrange(8..<12, with: field)
            packet.replaceSubrange(772..<776, with: field)
            #expect(HandshakeDigest.position(in: packet, base: .first) == 12 + sum % 728)
            #expect(HandshakeDigest.position(in: packet, base: .second) == 776 + sum % 728)
        }
    }

    @Test func `a recorded session of ffmpeg as a player has digests and signatures throughout`() throws {
        let capture = Fixture.capture("play-ffmpeg9-nginx")
        let (c1, c2) = (Array(capture.client[1..<1_537]), Array(capture.client[1_537..<3_073]))
        let (s1, s2) = (Array(capture.server[1..<1_537]), Array(capture.server[1_537..<3_073]))
        #expect(SHA256.hash(c1.span) == bytes("50c8f966513a733e2726dacd9ebb4544e0ff96b9f54d49f50ac7908fa804a7c9"))
        let fromClient = try #require(HandshakeDigest(in: c1, keys: .client))
        #expect(HandshakeDigest.position(in: c1, base: .first) == 494)
        #expect(fromClient.bytes == bytes("650bfb9b65f953d848e3456965d0d76b627a84e35e9ddabd8b43f0fadaee458c"))
        let fromServer = try #require(HandshakeDigest(in: s1, keys: .server))
        #expect(HandshakeDigest.position(in: s1, base: .first) == 477)
        #expect(fromServer.bytes == bytes("a8a6dfa60f879f3f2a5e045195b17ce45ad268568f266cb777d2d5dd6eadbae9"))
        #expect(fromClient.signature(of: Array(s2[..<1_504]), keys: .server)[...] == s2[1_504...])
        #expect(fromServer.signature(of: Array(c2[..<1_504]), keys: .client)[...] == c2[1_504...])
    }

    @Test func `rtmpdump with an SWF hash and ffmpeg over RTMPE put their digests in different places`() {
        let swf = Fixture.bytes("session/handshake-c0c1-rtmpdump-swfvfy.bin")
        #expect(HandshakeDigest(in: Array(swf[1..<1_537]), keys: .client)?.base == .first)
        let rtmpe = Fixture.bytes("session/handshake-c0c1-ffmpeg9-rtmpe.bin")
        #expect(HandshakeDigest(in: Array(rtmpe[1..<1_537]), keys: .client)?.base == .second)
    }
}
