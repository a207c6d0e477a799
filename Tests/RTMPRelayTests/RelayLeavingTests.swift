// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import Testing

@testable import RTMPRelay

/// Connections that go while players of theirs have not had all.
@Suite struct RelayLeavingTests {
    private static let keyframe: [UInt8] = [0x17, 1, 0, 0, 0, 9, 9]
    private let player = ConnectionID(index: 1, generation: 1)

    /// A publisher, which is the first connection, and a player that has all that was sent so far.
    private func bench(_ change: (inout RelayConfiguration) -> Void = { _ in }) throws -> RelayBench {
        var bench = RelayBench(change)
        try bench.connect()
        try bench.begin("publish")
        try bench.say(.video, Self.keyframe, to: 1)
        let accepted = bench.accept()
        #expect(accepted == player)
        try bench.connect(on: player)
        try bench.begin("play", on: player)
        bench.serve()
        return bench
    }

    @Test func `a player that goes without having taken the end of its stream is forgotten`() throws {
        var bench = try bench()
        bench.setRoom(0, of: player)
        try bench.call("deleteStream", 0, .null, [1])
        bench.serve()
        let early = bench.log
        #expect(early.contains("publisher ended the stream") && !early.contains("player"))
        bench.leave(player)
        let late = bench.log
        #expect(late.contains("live/show: player was lost (gone)"))
        bench.wait(until: .seconds(2))
        bench.wait(until: .seconds(4))
        let memory = bench.relay.memorySize
        #expect(memory == 0)
    }

    @Test func `the table of connections gets shorter when a crowd has gone, but holds who is left`() throws {
        var bench = try bench()
        var crowd: [ConnectionID] = []
        for _ in 0..<200 { crowd.append(bench.accept()) }
        let last = crowd.removeLast()
        try bench.connect(on: last)
        try bench.begin("play", on: last)
        for id in crowd { bench.leave(id) }
        bench.wait(until: .seconds(2))
        let kept = bench.relay.slots.count
        #expect(kept == last.index + 1)
        bench.leave(last)
        bench.wait(until: .seconds(4))
        let left = (bench.relay.slots.count, bench.relay.slots.capacity)
        #expect(left.0 == player.index + 1 && left.1 <= 64)
        // Somebody comes whose number lies behind the end.
        let next = bench.accept()
        try bench.connect(on: next)
        try bench.begin("play", on: next)
        bench.serve()
        try bench.say(.video, Self.keyframe, to: 1)
        bench.serve()
        let log = bench.log
        #expect(log.split(separator: "\n").count { $0.hasPrefix("play ") } == 3)
        let isClosed = bench.isClosed(next)
        #expect(!isClosed && next.index == 202)
    }

    @Test func `a player that takes the end of its stream late is closed then`() throws {
        var bench = try bench()
        bench.setRoom(0, of: player)
        try bench.call("deleteStream", 0, .null, [1])
        bench.wait(until: .seconds(1))
        bench.setRoom(.max, of: player)
        bench.serve()
        let log = bench.log
        #expect(log.contains("live/show: player saw the end"))
        let isClosedAtOnce = bench.isClosed(player)
        #expect(!isClosedAtOnce)
        bench.wait(until: .seconds(4))
        bench.serve()
        let isClosed = bench.isClosed(player)
        let memory = bench.relay.memorySize
        #expect(isClosed && memory == 0)
    }

    @Test func `a relay that stops says of players what they missed, also when they do not take the end`() throws {
        var bench = try bench { $0.maxLag = .seconds(1) }
        bench.setRoom(10, of: player)
        for second in 1..<6 {
            try bench.say(.video, Self.keyframe, to: 1)
            bench.wait(until: .seconds(second))
        }
        bench.setRoom(40, of: player)
        bench.serve()
        bench.setRoom(0, of: player)
        bench.relay.interrupted(.interrupt, at: bench.now, &bench.wishes)
        bench.serve()
        bench.wait(until: .seconds(9))
        let log = bench.log
        #expect(log.contains("live/show: player did not take the rest in time"))
        let isOver = bench.count(.finish(Ending(.interrupted))) == 1
        #expect(isOver)
    }

    @Test func `who is refused a second stream leaves the first one before it is closed`() throws {
        var bench = try bench()
        try bench.call("createStream", 3, on: player)
        try bench.call("play", 0, .null, ["a/../b"], to: 2, on: player)
        bench.serve()
        let isClosed = bench.isClosed(player)
        let log = bench.log
        #expect(isClosed && log.contains("live/show: player was refused another stream"))
        bench.wait(until: .seconds(2))
        try bench.say(.video, Self.keyframe, to: 1)
        bench.wait(until: .seconds(4))
        try bench.call("deleteStream", 0, .null, [1])
        bench.wait(until: .seconds(6))
        let memory = bench.relay.memorySize
        #expect(memory == 0)
    }

    @Test func `a publisher that loses its name leaves what it plays before it is closed`() throws {
        var bench = try bench { $0.takeover = .always }
        try bench.call("createStream", 3, on: player)
        try bench.call("publish", 0, .null, ["other"], to: 2, on: player)
        let next = bench.accept()
        try bench.connect(on: next)
        try bench.begin("publish", "other", on: next)
        bench.serve()
        let isClosed = bench.isClosed(player)
        let log = bench.log
        #expect(isClosed && log.contains("live/show: player lost a name that it published under"))
        bench.wait(until: .seconds(2))
        try bench.say(.video, Self.keyframe, to: 1)
        bench.wait(until: .seconds(4))
    }

    @Test func `who is refused begins nothing new with what it had said already`() throws {
        var bench = try bench()
        try bench.call("createStream", 3, on: player)
        bench.setRoom(0, of: player)
        try bench.call("play", 0, .null, ["a/../b"], to: 2, on: player)
        try bench.call("play", 0, .null, ["show"], to: 2, on: player)
        let log = bench.log
        #expect(log.split(separator: "\n").count { $0.hasPrefix("play ") } == 1)
        bench.setRoom(.max, of: player)
        bench.serve()
        bench.wait(until: .seconds(2))
        try bench.say(.video, Self.keyframe, to: 1)
        let isClosed = bench.isClosed(player)
        #expect(isClosed)
    }

    @Test func `who is refused a second stream is missed as the publisher of the first`() throws {
        var bench = try bench { $0.hold = .seconds(1) }
        try bench.call("createStream", 3)
        try bench.call("publish", 0, .null, ["a/../b"], to: 2)
        bench.serve()
        let isClosed = bench.isClosed()
        #expect(isClosed)
        bench.wait(until: .seconds(3))
        bench.wait(until: .seconds(6))
        let log = bench.log
        #expect(log.contains("live/show: publisher was refused another stream"))
        #expect(log.contains("player saw the end"))
        let memory = bench.relay.memorySize
        #expect(memory == 0)
    }
}
