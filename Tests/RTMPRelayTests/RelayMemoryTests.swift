// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// What peers can make a relay keep, and that it stops there.
@Suite struct RelayMemoryTests {
    static let keyframe: [UInt8] = [0x17, 1, 0, 0, 0]
    static let frame: [UInt8] = [0x27, 1, 0, 0, 0]

    /// A player that joins now is sent the last keyframe, or nothing of it.
    static func hasKeyframe(_ bench: inout RelayBench, _ name: String = "show") throws -> Bool {
        let player = bench.accept()
        try bench.connect(on: player)
        try bench.begin("play", name, on: player)
        bench.serve()
        let taken = try #require(bench.link.ways[player]?.taken)
        return taken.indices.contains { taken[$0...].starts(with: keyframe) }
    }

    @Test(arguments: [0, 1]) func `half of a log's limit holds a group of pictures, one byte more does not fit`(
        _ more: Int
    ) throws {
        let pictures = [Self.keyframe + pattern(3_000)] + (0..<20).map { Self.frame + pattern(900 + $0) }
        var log = StreamLog()
        for picture in pictures { log.append(typeID: .video, timestamp: 0, payload: picture.span, at: .never) }
        let size = log.memorySize(from: 0)
        #expect(size > log.head, "the index counts")
        // A limit of an odd number of bytes has a half that is rounded down.
        var bench = RelayBench { $0.logLimit = 2 * size - more }
        try bench.connect()
        try bench.begin("publish")
        for picture in pictures { try bench.say(.video, picture, to: 1) }
        bench.serve()
        let isKept = try Self.hasKeyframe(&bench)
        #expect(isKept == (more == 0))
    }

    @Test func `what everybody who joins is sent has a limit, and one byte more is not kept`() {
        let name = AMF0Value.string("onMetaData")
        func size(_ count: Int) -> (bytes: Int, isKept: Bool) {
            var log = StreamLog()
            var payload: [UInt8] = []
            try? AMF0Value.encodeAll(["@setDataFrame", name], into: &payload)
            try? AMF0Value.string(AMFString(String(repeating: "x", count: 100_000))).encode(into: &payload)
            payload += [UInt8](repeating: 5, count: count)
            let entry = log.appendData(typeID: .data, timestamp: 0, payload: payload, at: .never)
            return (log.prologue.memorySize, entry != nil && !log.prologue.messages.isEmpty)
        }
        let least = size(0).bytes
        #expect(size((1 << 20) - least).bytes == 1 << 20)
        #expect(size((1 << 20) - least + 1) == (0, false))
    }

    @Test func `kept data of many names stays within one limit`() throws {
        var bench = RelayBench()
        try bench.connect()
        try bench.begin("publish")
        for number in 0..<40 {
            var payload: [UInt8] = []
            try AMF0Value.encodeAll(["@setDataFrame", .string(AMFString("on\(number)"))], into: &payload)
            try bench.say(.data, payload + [UInt8](repeating: 5, count: 200_000), to: 1)
        }
        for _ in 0..<3 { try bench.say(.video, Self.keyframe, to: 1) }
        let memory = bench.relay.memorySize
        #expect(memory <= (1 << 20) + 3 * Block.capacity + 8_000)
    }

    @Test func `a player that is always a little behind costs no more for it`() throws {
        var bench = RelayBench()
        try bench.connect()
        try bench.begin("publish")
        let player = bench.accept()
        try bench.connect(on: player)
        // Another message stream than the log's, so that all of it is encoded for this player.
        try bench.call("createStream", 2, on: player)
        try bench.begin("play", on: player, stream: 2)
        try bench.say(.video, Self.keyframe, to: 1)
        bench.setRoom(0, of: player)
        try bench.say(.video, Self.frame + pattern(20_000), to: 1)
        var largest = 0
        for _ in 0..<300 {
            try bench.say(.video, Self.frame + pattern(20_000), to: 1)
            bench.setRoom(20_000, of: player)
            bench.serve()
            largest = max(largest, bench.relay.memorySize)
        }
        let skipped = bench.log.contains("skipped")
        #expect(!skipped)
        #expect(largest < 1 << 20)
    }

    @Test func `players that stop within a long message are dropped before their copies outgrow the log`() throws {
        var bench = RelayBench { $0.logLimit = 4 << 20 }
        try bench.connect()
        try bench.begin("publish")
        try bench.say(.video, Self.keyframe, to: 1)
        var players: [ConnectionID] = []
        for _ in 0..<10 {
            let player = bench.accept()
            try bench.connect(on: player)
            try bench.begin("play", on: player)
            players.append(player)
        }
        // All but the first take a little of a message of a megabyte, and then nothing.
        bench.serve()
        for player in players.dropFirst() { bench.setRoom(1_000, of: player) }
        try bench.say(.video, Self.keyframe + pattern(1 << 20), to: 1)
        for _ in 0..<4 { try bench.say(.video, Self.keyframe + pattern(1 << 20), to: 1) }
        bench.wait(until: .seconds(2))
        let memory = bench.relay.memorySize
        let dropped = players.count { bench.isExpelled($0) }
        let isFirstThere = !bench.isClosed(players[0])
        let log = bench.log
        #expect(memory <= (4 << 20) + 4 * Block.capacity)
        #expect(dropped > 0 && isFirstThere)
        #expect(log.contains("bytes of messages that it did not take"))
        let got = bench.link.ways[players[0]]?.taken.count ?? 0
        #expect(got > 5 << 20)
    }

    @Test func `all logs together stay under their limit, the largest gives up first`() throws {
        var bench = RelayBench { $0.memoryLimit = 3 << 20 }
        for number in 0..<10 {
            let publisher = number == 0 ? RelayBench.connection : bench.accept()
            try bench.connect(on: publisher)
            try bench.begin("publish", "show \(number)", on: publisher)
            let size = number == 3 ? 900_000 : 300_000
            try bench.say(.video, Self.keyframe + pattern(size), to: 1, on: publisher)
        }
        let before = bench.relay.memorySize
        bench.wait(until: .seconds(2))
        let after = bench.relay.memorySize
        let log = bench.log
        #expect(before > 3 << 20 && after <= 3 << 20)
        let lines = log.split(separator: "\n").filter { $0.contains("memory is short: ") }
        #expect(lines.first?.contains("live/show 3 gave up") == true)
        let isLargeKept = try Self.hasKeyframe(&bench, "show 3")
        let isSmallKept = try Self.hasKeyframe(&bench, "show 9")
        #expect(!isLargeKept && isSmallKept == (lines.count < 10))
    }

    @Test func `who holds most in unfinished messages goes when memory is short`() throws {
        var bench = RelayBench { $0.memoryLimit = 4 << 20 }
        var publishers: [ConnectionID] = []
        for number in 0..<6 {
            let publisher = number == 0 ? RelayBench.connection : bench.accept()
            try bench.connect(on: publisher)
            try bench.begin("publish", "show \(number)", on: publisher)
            publishers.append(publisher)
            let message = try bench.bytes(.video, pattern(2 << 20), to: 1, on: publisher)
            bench.say(Array(message.prefix((1 << 20) - 1_000 * number)), on: publisher)
        }
        bench.wait(until: .seconds(2))
        let memory = bench.relay.memorySize
        let isExpelled = publishers.map { bench.isExpelled($0) }
        let log = bench.log
        #expect(memory <= 4 << 20)
        #expect(isExpelled == [true, true, false, false, false, false])
        #expect(log.contains("bytes when memory was short"))
    }

    @Test func `when nothing can be given up nobody begins to publish`() throws {
        var bench = RelayBench { $0.memoryLimit = 4 * Block.capacity }
        for number in 0..<8 {
            let publisher = number == 0 ? RelayBench.connection : bench.accept()
            try bench.connect(on: publisher)
            try bench.begin("publish", "show \(number)", on: publisher)
            try bench.say(.video, Self.keyframe, to: 1, on: publisher)
        }
        bench.wait(until: .seconds(2))
        let late = bench.accept()
        try bench.connect(on: late)
        try bench.begin("publish", "one more", on: late)
        let isClosed = bench.isClosed(late)
        let others = bench.isClosed()
        let log = bench.log
        #expect(isClosed && !others)
        #expect(log.contains("no memory for another stream"))
        // Once others have left there is room again.
        for number in 0..<8 { bench.leave(ConnectionID(index: number, generation: 1)) }
        bench.wait(until: .seconds(30))
        let last = bench.accept()
        try bench.connect(on: last)
        try bench.begin("publish", "one more", on: last)
        let isRefused = bench.isClosed(last)
        #expect(!isRefused)
    }

    @Test func `nothing is kept for peers that are gone`() throws {
        var bench = RelayBench { $0.hold = .seconds(1) }
        try bench.connect()
        try bench.begin("publish")
        try bench.say(.video, Self.keyframe + pattern(100_000), to: 1)
        let player = bench.accept()
        try bench.connect(on: player)
        bench.setRoom(3_000, of: player)
        try bench.begin("play", on: player)
        bench.serve()
        bench.leave(player)
        bench.leave(RelayBench.connection)
        bench.wait(until: .seconds(3))
        let memory = bench.relay.memorySize
        #expect(memory == 0)
    }
}
