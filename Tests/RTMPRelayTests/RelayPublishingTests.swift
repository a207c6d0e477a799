// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayPublishingTests {
    @Test func `players are held through a broken connection, and the timestamps go on`() throws {
        let scene = RelayScene()
        let relay = scene.relay()
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher("first", frames: 0..<180, end: .hangUp)
        #expect(scene.runUntil(player, has: 179))
        scene.network.run(for: .seconds(4))
        #expect(player.with(WatchingPlayer.self) { !$0.sawEOF && $0.ended == nil && !$0.isClosed })
        scene.publisher("second", frames: 180..<300, start: 7)
        #expect(scene.runUntil(player, has: 299))
        try #require(scene.frames(player) == Array(0..<300))
        let stamps = scene.packets(player).filter(\.isFrame).map(\.timestamp.milliseconds)
        #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $0 < $1 })
        let gap = stamps[180] - stamps[179]
        #expect((4000...4500).contains(gap), "the gap is what passed on the clock: \(gap) ms")
        #expect(!relay.log.contains("refused"))
    }

    @Test func `a publisher that does not come back ends the stream`() {
        let scene = RelayScene()
        scene.relay()
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher(frames: 0..<90, end: .hangUp)
        #expect(scene.runUntil(player, has: 89))
        let lost = scene.network.now
        #expect(scene.network.runUntil { player.with(WatchingPlayer.self) { $0.ended != nil } })
        #expect((Duration.seconds(9)...Duration.seconds(12)).contains(scene.network.now - lost))
    }

    @Test func `without a hold a broken connection ends the stream at once`() {
        let scene = RelayScene()
        scene.relay { $0.hold = .seconds(0) }
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher(frames: 0..<90, end: .hangUp)
        #expect(scene.network.runUntil(within: .seconds(5)) { player.with(WatchingPlayer.self) { $0.ended != nil } })
    }

    @Test func `a name that a peer publishes already is refused to itself, and lost once only`() throws {
        var bench = RelayBench { $0.takeover = .always }
        try bench.connect()
        try bench.begin("publish")
        try bench.begin("publish", stream: 2)
        let (isClosed, log) = (bench.isClosed(), bench.log)
        #expect(isClosed && log.contains("live/show is being published already"))
        // The next publisher keeps the name when the first one's connection goes.
        let second = bench.accept()
        try bench.connect(on: second)
        try bench.begin("publish", on: second)
        bench.leave(RelayBench.connection)
        let player = bench.accept()
        try bench.connect(on: player)
        try bench.begin("play", on: player)
        for second in 1..<15 {
            bench.wait(until: .seconds(second))
            try bench.say(.video, [0x17, 1, 0, 0, 0], to: 1, on: ConnectionID(index: 1, generation: 1))
        }
        let ends = bench.log
        #expect(!ends.contains("saw the end"), "\(ends)")
    }

    @Test func `a name in use is refused`() {
        let scene = RelayScene()
        let relay = scene.relay()
        scene.publisher("first", frames: 0..<900)
        scene.network.run(for: .seconds(1))
        let second = scene.publisher("second", frames: 0..<900)
        #expect(
            scene.network.runUntil(within: .seconds(5)) { second.with(SyntheticPublisher.self) { $0.refusal != nil } })
        #expect(second.with(SyntheticPublisher.self) { $0.refusal?.code } == .publishBadName)
        #expect(relay.log.contains("live/show is being published already"))
    }

    @Test func `a publisher that has gone silent loses its name, and players go on`() {
        let scene = RelayScene()
        scene.relay()
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher("first", frames: 0..<90, end: .keepSilent)
        #expect(scene.runUntil(player, has: 89))
        scene.network.run(for: .seconds(4))
        scene.publisher("second", frames: 90..<180)
        #expect(scene.runUntil(player, has: 179))
        #expect(scene.frames(player) == Array(0..<180))
    }

    @Test(arguments: [RelayConfiguration.Takeover.always, .never])
    func `takeover can be always or never`(_ takeover: RelayConfiguration.Takeover) {
        let scene = RelayScene()
        scene.relay { $0.takeover = takeover }
        scene.publisher("first", frames: 0..<900)
        scene.network.run(for: .seconds(1))
        let second = scene.publisher("second", frames: 900..<1800)
        scene.network.run(for: .seconds(1))
        #expect(second.with(SyntheticPublisher.self) { $0.isPublishing } == (takeover == .always))
    }

    @Test func `a publisher that sends no byte for half a minute is closed`() {
        let scene = RelayScene()
        let relay = scene.relay()
        scene.publisher(frames: 0..<90, end: .keepSilent)
        scene.network.run(for: .seconds(40))
        #expect(relay.connectionCount == 0)
        #expect(relay.log.contains("sent nothing for"))
    }

    @Test func `a stream is its joined path, however a peer splits it`() {
        let scene = RelayScene()
        scene.relay()
        let player = scene.player("player", "live/_definst_/a/show?token=1")
        scene.network.run(for: .milliseconds(50))
        scene.publisher("publisher", "live/a/show?key=2", frames: 0..<90)
        #expect(scene.runUntil(player, has: 89))
    }

    @Test func `names that no file may have are refused`() {
        let scene = RelayScene()
        let relay = scene.relay()
        let publisher = scene.publisher("publisher", "live/../etc", frames: 0..<10)
        #expect(
            scene.network.runUntil(within: .seconds(5)) {
                publisher.with(SyntheticPublisher.self) { $0.refusal != nil }
            })
        #expect(relay.log.contains("refused"))
    }
}
