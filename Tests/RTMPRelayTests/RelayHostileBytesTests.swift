// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// Peers that cross a limit by one: their connection closes with a line that names the limit, and nothing of them stays.
@Suite struct RelayHostileBytesTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What the log says.
        var reason: String
        /// As far as is allowed.
        var allowed: @Sendable (inout RelayBench) throws -> Void
        /// One more.
        var last: @Sendable (inout RelayBench) throws -> Void

        init(
            _ name: String, _ reason: String, _ allowed: @escaping @Sendable (inout RelayBench) throws -> Void,
            _ last: @escaping @Sendable (inout RelayBench) throws -> Void
        ) {
            testDescription = name
            self.reason = reason
            self.allowed = allowed
            self.last = last
        }
    }

    /// The first chunk of a message that is never finished.
    static func begun(_ id: Int, length: Int = 500, _ body: [UInt8] = [0]) -> [UInt8] {
        let number = UInt16(max(id - 64, 0))
        let header: [UInt8] =
            id < 64
            ? [UInt8(id)] : [1, UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
        let size = [16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        return header + [0, 0, 0] + size + [9, 1, 0, 0, 0] + body
    }

    static func chunkSize(_ size: UInt32) -> [UInt8] {
        [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
    }

    /// A command with an object in an object, so many deep.
    static func nested(_ depth: Int) -> [UInt8] {
        command + (0..<depth).flatMap { _ in bytes("03 0001 61") } + [5] + (0..<depth).flatMap { _ in bytes("000009") }
    }

    /// A command that claims an array of so many elements, and has them or not.
    static func array(_ claimed: UInt32, _ elements: Int) -> [UInt8] {
        let count = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: claimed >> $0) }
        return command + [0x0A] + count + [UInt8](repeating: 5, count: elements)
    }

    /// A name, a transaction and null.
    static let command = bytes("02 0004 63616c6c 00 0000000000000000 05")

    static let attacks = [
        Attack("a stranger with 65 chunk streams", "limit 64") { bench in
            bench.shakeHands()
            for id in 3..<67 { bench.say(begun(id, length: 0, [])) }
        } _: {
            $0.say(begun(70, length: 0, []))
        },
        Attack("a publisher with 65,000 interleaved chunk streams", "limit 256") { bench in
            try bench.connect()
            try bench.begin("publish")
            // The commands and the chunk size came on two more.
            bench.say(chunkSize(1))
            for id in 100..<354 { bench.say(begun(id)) }
        } _: {
            $0.say((354..<65_354).flatMap { begun($0) })
        },
        Attack("a chunk size of zero", "chunk size") {
            $0.shakeHands()
            $0.say(chunkSize(4))
        } _: {
            $0.say(chunkSize(0))
        },
        Attack("a stranger's unfinished bytes", "limit 65536") { bench in
            bench.shakeHands()
            bench.say(chunkSize(8_192))
            for id in 0..<8 { bench.say(begun(8 + id, length: 9_000, pattern(8_192))) }
        } _: {
            $0.say(begun(40, length: 1, []))
        },
        Attack("a stranger's bytes", "262144 bytes before publish or play") { bench in
            try bench.connect()
            bench.say(chunkSize(10_000))
            while bench.said < 250_000 { bench.say(begun(20, length: 1_000, pattern(1_000))) }
            bench.say(begun(20, length: 20_000, pattern(262_144 - bench.said - 12)))
        } _: {
            $0.say([0])
        },
        Attack("a publisher's unfinished bytes", "limit 33554432") { bench in
            try bench.connect()
            try bench.begin("publish")
            bench.say(chunkSize(8 << 20))
            for id in 0..<4 { bench.say(begun(8 + id, length: 9 << 20, pattern(8 << 20))) }
        } _: {
            $0.say(begun(40, length: 1, []))
        },
        Attack("a stranger that creates streams without end", "64 message streams") { bench in
            try bench.connect()
            for _ in 0..<64 { try bench.call("createStream", 2) }
        } _: {
            try $0.call("createStream", 2)
        },
        Attack("values 65 deep", "nested too deeply") { bench in
            try bench.connect()
            try bench.say(.command, nested(64))
        } _: {
            try $0.say(.command, nested(65))
        },
        Attack("an array of 65,537 values", "too many") { bench in
            try bench.connect()
            try bench.begin("publish")
            // The name, the transaction, null and the array are values too.
            try bench.say(.command, array(65_532, 65_532))
        } _: {
            try $0.say(.command, array(65_533, 65_533))
        },
        Attack("a name of 4,097 bytes", "4096 bytes") { bench in
            try bench.connect()
            try bench.begin("play", String(repeating: "n", count: 2_000))
        } _: {
            try $0.begin("play", String(repeating: "n", count: 4_097))
        },
    ]

    @Test func `a count that nothing stands behind costs nothing`() throws {
        var bench = RelayBench()
        try bench.connect()
        try bench.say(.command, Self.array(.max, 3))
        // The values before it are a call, which is answered.
        let (isClosed, memory) = (bench.isClosed(), bench.relay.memorySize)
        #expect(!isClosed && memory == 0)
    }

    @Test(arguments: attacks) func `the relay closes one connection and forgets it`(_ attack: Attack) throws {
        var bench = RelayBench { $0.hold = .seconds(0) }
        let witness = bench.accept()
        try bench.connect(on: witness)
        try attack.allowed(&bench)
        let early = (bench.isClosed(), bench.log)
        #expect(!early.0, "closed too early: \(early.1)")
        try attack.last(&bench)
        bench.wait(until: .seconds(2))
        let isClosed = bench.isClosed()
        let log = bench.log
        #expect(isClosed)
        let lines = log.split(separator: "\n").filter { $0.hasPrefix("refused #1 ") }
        #expect(lines.count == 1 && lines[0].contains(attack.reason), "\(log)")
        let memory = bench.relay.memorySize
        #expect(memory == 0)
        // Nobody else notices.
        try bench.begin("play", on: witness)
        let isWitnessClosed = bench.isClosed(witness)
        #expect(!isWitnessClosed)
    }
}
