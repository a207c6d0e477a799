// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

@Suite struct SHA256Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var input: [UInt8]
        var hash: String
    }

    /// The examples that NIST publishes with FIPS 180-4.
    static let vectors = [
        Vector(
            testDescription: "nothing", input: [],
            hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Vector(
            testDescription: "abc", input: Array("abc".utf8),
            hash: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Vector(
            testDescription: "56 bytes, so that the length does not fit behind them",
            input: Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            hash: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        Vector(
            testDescription: "a thousand times a", input: [UInt8](repeating: 0x61, count: 1_000),
            hash: "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
    ]

    @Test(arguments: vectors) func hashes(_ vector: Vector) {
        #expect(SHA256.hash(vector.input.span) == bytes(vector.hash))
    }

    @Test func `the pieces in which bytes come do not matter`() {
        let input = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        let whole = SHA256.hash(input.span)
        for point in 0...input.count {
            var hash = SHA256()
            let (head, tail) = (input[..<point], input[point...])
            hash.update(head.span)
            hash.update(tail.span)
            #expect(hash.finish() == whole, "split at \(point)")
        }
    }

    @Test func `a key and a longer one than a block give the codes of RFC 4231`() {
        #expect(
            HMAC.code(key: Array("Jefe".utf8), Array("what do ya want ".utf8)[...], Array("for nothing?".utf8)[...])
                == bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
        #expect(
            HMAC.code(
                key: [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)[...])
                == bytes("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"))
    }
}
