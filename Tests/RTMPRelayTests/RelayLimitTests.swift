// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// The limits of ``Limits`` that only an owner of sessions can keep: time, and what a peer does not read.
@Suite struct RelayLimitTests {
    /// Takes so many bytes in all.
    struct Pipe: Link {
        var room = Int.max
        var taken: [UInt8] = []

        mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
            let count = min(room, bytes.count)
            for index in 0..<count { taken.append(bytes[index]) }
            room -= count
            return count
        }

        mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int { 0 }
    }

    /// A relay with one connection, driven by hand.
    struct Bench: ~Copyable {
        static let connection = ConnectionID(index: 0, generation: 1)

        var relay: Relay
        var pipe = Pipe()
        var wishes = Wishes()
        var now = Instant(nanoseconds: 0)
        private var writer = ChunkWriter()

        init(_ change: (inout Limits) -> Void = { _ in }) {
            relay = Relay(RelayScene.configuration { change(&$0.limits) })
            relay.start(at: now, &wishes)
            relay.accepted(
                Self.connection, on: ListenerID(0), from: SocketEndpoint(address: "192.0.2.1", port: 999), at: now,
                &wishes)
        }

        mutating func say(_ bytes: [UInt8]) {
            relay.received(Self.connection, bytes.span, at: now, &wishes)
            _ = relay.serve(&pipe, at: now, &wishes)
        }

        /// C0, C1 and C2, which nobody looks at.
        mutating func shakeHands() { say([3] + [UInt8](repeating: 0, count: 3072)) }

        mutating func say(_ typeID: MessageTypeID, _ body: [UInt8]) throws {
            var bytes: [UInt8] = []
            try writer.write(
                typeID: typeID, streamID: .netConnection, timestamp: .zero, payload: body.span,
                on: ChunkStreamID(rawValue: 3), into: &bytes)
            say(bytes)
        }

        mutating func connect() throws {
            var body: [UInt8] = []
            try Command("connect", transactionID: 1, object: .object(["app": "live"])).encode(into: &body)
            try say(.command, body)
        }

        mutating func wait(until time: Duration) {
            now = Instant(nanoseconds: 0) + time
            _ = relay.serve(&pipe, at: now, &wishes)
        }

        var isExpelled: Bool { wishes.items.contains(.abort(Self.connection)) }
        var log: String {
            wishes.items.map { if case .log(_, let text) = $0 { text + "\n" } else { "" } }.joined()
        }
        func count(_ wish: Wish) -> Int { wishes.items.count { $0 == wish } }
    }

    @Test(arguments: [0, 1, 1537, 3072]) func `a handshake has ten seconds`(_ bytes: Int) {
        var bench = Bench()
        bench.say([UInt8](([3] + [UInt8](repeating: 0, count: 3072)).prefix(bytes)))
        bench.wait(until: .seconds(10))
        var isExpelled = bench.isExpelled
        #expect(!isExpelled)
        // Looked after once a second.
        bench.wait(until: .seconds(11))
        isExpelled = bench.isExpelled
        let log = bench.log
        #expect(isExpelled && log.contains("no handshake in 11.0 s"))
    }

    @Test func `bytes that trickle buy a handshake no time`() {
        var bench = Bench()
        bench.say([3])
        for second in 1...11 {
            bench.wait(until: .seconds(second))
            bench.say([0])
        }
        let isExpelled = bench.isExpelled
        #expect(isExpelled)
    }

    @Test func `the first command has ten seconds more`() {
        var bench = Bench { ($0.handshakeTime, $0.commandTime) = (.seconds(3), .seconds(4)) }
        bench.shakeHands()
        bench.wait(until: .seconds(7))
        var isExpelled = bench.isExpelled
        #expect(!isExpelled)
        bench.wait(until: .seconds(8))
        isExpelled = bench.isExpelled
        let log = bench.log
        #expect(isExpelled && log.contains("no connect command in 8.0 s"))
    }

    @Test func `whoever connected in time may stay`() throws {
        var bench = Bench()
        bench.wait(until: .seconds(9))
        bench.shakeHands()
        bench.wait(until: .seconds(19))
        try bench.connect()
        bench.wait(until: .seconds(25))
        let isExpelled = bench.isExpelled
        #expect(!isExpelled)
    }

    @Test func `a peer that asks and does not read is not read from`() throws {
        var bench = Bench { $0.unreadOutput = 180 }
        bench.shakeHands()
        try bench.connect()
        let before = bench.count(.pauseReading(Bench.connection))
        bench.pipe.room = 0
        // Each answer is one message of 18 bytes.
        var ping: [UInt8] = []
        UserControlEvent.pingRequest(7).encode(into: &ping)
        for _ in 0..<10 { try bench.say(.userControl, ping) }
        var pauses = bench.count(.pauseReading(Bench.connection)) - before
        #expect(pauses == 0)
        try bench.say(.userControl, ping)
        pauses = bench.count(.pauseReading(Bench.connection)) - before
        #expect(pauses == 1)
        // Once it reads, it is read from again.
        let resumed = bench.count(.resumeReading(Bench.connection))
        bench.pipe.room = .max
        bench.relay.writable(Bench.connection)
        bench.wait(until: .seconds(1))
        let resumedAgain = bench.count(.resumeReading(Bench.connection))
        #expect(resumedAgain == resumed + 1)
    }

    @Test func `a broken limit closes one connection, with its reason in the log`() throws {
        var bench = Bench { $0.bytesBeforeAcceptance = 4_000 }
        bench.shakeHands()
        try bench.connect()
        var ends = bench.count(.close(Bench.connection)) + bench.count(.abort(Bench.connection))
        #expect(ends == 0)
        try bench.say(.audio, [UInt8](repeating: 0, count: 1_000))
        ends = bench.count(.close(Bench.connection)) + bench.count(.abort(Bench.connection))
        let log = bench.log
        #expect(ends == 1 && log.contains("refused #1 192.0.2.1:999: limit exceeded in 4000 bytes before"), "\(log)")
    }
}
