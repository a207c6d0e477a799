// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// The limits of ``Limits`` that only an owner of sessions can keep: time, and what a peer does not read.
@Suite struct RelayLimitTests {
    @Test(arguments: [0, 1, 1537, 3072]) func `a handshake has ten seconds`(_ bytes: Int) {
        var bench = RelayBench()
        bench.say([UInt8](([3] + [UInt8](repeating: 0, count: 3072)).prefix(bytes)))
        bench.wait(until: .seconds(10))
        var isExpelled = bench.isExpelled()
        #expect(!isExpelled)
        // Looked after once a second.
        bench.wait(until: .seconds(11))
        isExpelled = bench.isExpelled()
        let log = bench.log
        #expect(isExpelled && log.contains("no handshake in 11.0 s"))
    }

    @Test func `bytes that trickle buy a handshake no time`() {
        var bench = RelayBench()
        bench.say([3])
        for second in 1...11 {
            bench.wait(until: .seconds(second))
            bench.say([0])
        }
        let isExpelled = bench.isExpelled()
        #expect(isExpelled)
    }

    @Test func `the first command has ten seconds more`() {
        var bench = RelayBench { ($0.limits.handshakeTime, $0.limits.commandTime) = (.seconds(3), .seconds(4)) }
        bench.shakeHands()
        bench.wait(until: .seconds(7))
        var isExpelled = bench.isExpelled()
        #expect(!isExpelled)
        bench.wait(until: .seconds(8))
        isExpelled = bench.isExpelled()
        let log = bench.log
        #expect(isExpelled && log.contains("no connect command in 8.0 s"))
    }

    @Test func `whoever connected in time may stay`() throws {
        var bench = RelayBench()
        bench.wait(until: .seconds(9))
        bench.shakeHands()
        bench.wait(until: .seconds(19))
        try bench.call("connect", 1, .object(["app": "live"]))
        bench.wait(until: .seconds(25))
        let isExpelled = bench.isExpelled()
        #expect(!isExpelled)
    }

    @Test func `a peer that asks and does not read is not read from`() throws {
        var bench = RelayBench { $0.limits.unreadOutput = 180 }
        try bench.connect()
        let before = bench.count(.pauseReading(RelayBench.connection))
        bench.setRoom(0)
        // Each answer is one message of 18 bytes.
        var ping: [UInt8] = []
        UserControlEvent.pingRequest(7).encode(into: &ping)
        for _ in 0..<10 { try bench.say(.userControl, ping) }
        var pauses = bench.count(.pauseReading(RelayBench.connection)) - before
        #expect(pauses == 0)
        try bench.say(.userControl, ping)
        pauses = bench.count(.pauseReading(RelayBench.connection)) - before
        #expect(pauses == 1)
        // Once it reads, it is read from again.
        let resumed = bench.count(.resumeReading(RelayBench.connection))
        bench.setRoom(.max)
        bench.wait(until: .seconds(1))
        let resumedAgain = bench.count(.resumeReading(RelayBench.connection))
        #expect(resumedAgain == resumed + 1)
    }

    @Test func `a broken limit closes one connection, with its reason in the log`() throws {
        var bench = RelayBench { $0.limits.bytesBeforeAcceptance = 4_000 }
        try bench.connect()
        var ends = bench.count(.close(RelayBench.connection)) + bench.count(.abort(RelayBench.connection))
        #expect(ends == 0)
        try bench.say(.audio, [UInt8](repeating: 0, count: 1_000))
        ends = bench.count(.close(RelayBench.connection)) + bench.count(.abort(RelayBench.connection))
        let log = bench.log
        #expect(ends == 1 && log.contains("refused #1 192.0.2.1:999: limit exceeded in 4000 bytes before"), "\(log)")
    }
}
