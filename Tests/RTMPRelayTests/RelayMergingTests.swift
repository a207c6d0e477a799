// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayMergingTests {
    @Test(arguments: [0, 40]) func `audio rides with the next video frame, unless nothing may wait`(maxMerge: Int)
        throws
    {
        let scene = RelayScene()
        scene.relay { $0.maxMerge = .milliseconds(maxMerge) }
        let player = scene.player()
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<300)
        #expect(scene.runUntil(player, has: 299))
        #expect(scene.frames(player) == Array(0..<300))
        let (packets, arrivals) = player.with(WatchingPlayer.self) { ($0.packets, $0.arrivals) }
        // Frames come 11 ms apart, one video and two audio.
        let together = packets.indices.dropFirst().count { index in
            packets[index].kind == .video && packets[index - 1].kind == .audio && arrivals[index] == arrivals[index - 1]
        }
        #expect(maxMerge == 0 ? together < 3 : together > 80)
        let gaps = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }
        #expect(gaps.allSatisfy { $0 < .milliseconds(60) })
    }

    @Test func `a relay is not woken for sound that goes with pictures`() throws {
        let scene = RelayScene()
        let relay = scene.relay()
        let edge = scene.relay("edge") {
            $0.pulls = [RelayConfiguration.Rule(path: "", url: RelayScene.url("relay", "live"))]
        }
        scene.player(of: "edge")
        for (number, name) in ["first", "second"].enumerated() {
            let publisher = scene.publisher(name, frames: 0..<90)
            #expect(scene.network.runUntil { publisher.ending != nil })
            #expect(relay.gathered.count == number + 1, "each source's connection once")
        }
        #expect(edge.gathered.count >= 1, "also one that is pulled")
        #expect(Set(relay.gathered).count == 2)
    }

    @Test(arguments: [(0, true, true), (40, false, true), (40, true, false)])
    func `a relay is woken for everything when nothing may wait, or there is only sound or only pictures`(
        maxMerge: Int, hasVideo: Bool, hasAudio: Bool
    ) {
        let scene = RelayScene(stream: Synthetic(hasVideo: hasVideo, hasAudio: hasAudio))
        let relay = scene.relay { $0.maxMerge = .milliseconds(maxMerge) }
        let publisher = scene.publisher(frames: 0..<90)
        #expect(scene.network.runUntil { publisher.ending != nil })
        #expect(relay.gathered.isEmpty)
    }

    /// When frames came to a player, each group counted once.
    private func deliveries(_ player: SimulatedHost) -> [Instant] {
        player.with(WatchingPlayer.self) { program in
            var deliveries: [Instant] = []
            for arrival in program.arrivals where arrival != deliveries.last { deliveries.append(arrival) }
            return deliveries
        }
    }

    @Test func `a busy relay gathers what it sends, up to the bound, and loses nothing`() throws {
        let scene = RelayScene()
        let relay = scene.relay { $0.maxMerge = .milliseconds(100) }
        relay.turnCost = .milliseconds(5)
        let player = scene.player()
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<900)
        #expect(scene.runUntil(player, has: 899))
        #expect(scene.frames(player) == Array(0..<900))
        let late = deliveries(player).suffix(40)
        // The last one is the end of the stream, which does not wait.
        let gaps = zip(late, late.dropFirst()).map { $1 - $0 }.dropLast()
        #expect(gaps.allSatisfy { $0 > .milliseconds(60) && $0 < .milliseconds(150) }, "\(gaps)")
    }

    @Test func `who joins a busy relay is served at once`() throws {
        let scene = RelayScene()
        let relay = scene.relay { $0.maxMerge = .milliseconds(500) }
        relay.turnCost = .milliseconds(5)
        scene.player("first")
        scene.publisher(frames: 0..<1500)
        scene.network.run(for: .seconds(8))
        for number in 0..<10 {
            let asked = scene.network.now
            let player = scene.player("late \(number)")
            scene.network.run(for: .milliseconds(137))
            let first = player.with(WatchingPlayer.self) { $0.arrivals.first }
            #expect(try #require(first) - asked < .milliseconds(20))
        }
    }

    @Test func `a relay with time to spare sends at once`() {
        let scene = RelayScene(stream: Synthetic(hasAudio: false))
        let relay = scene.relay()
        relay.turnCost = .microseconds(100)
        let player = scene.player()
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<300)
        #expect(scene.runUntil(player, has: 299))
        #expect(deliveries(player).count >= 295)
    }

    @Test(arguments: [0, 100]) func `a busy relay wants no media before it can send it, unless nothing may wait`(
        maxMerge: Int
    ) {
        let scene = RelayScene()
        let relay = scene.relay { $0.maxMerge = .milliseconds(maxMerge) }
        relay.turnCost = .milliseconds(5)
        scene.player()
        scene.publisher(frames: 0..<900)
        scene.network.run(for: .seconds(5))
        var shut = 0
        for _ in 0..<100 {
            scene.network.run(for: .milliseconds(7))
            let opens = relay.withShards(Relay.self) { $0.mediaOpens }.max() ?? .never
            if opens > scene.network.now { shut += 1 }
            #expect(opens <= scene.network.now + .milliseconds(maxMerge))
        }
        #expect(maxMerge == 0 ? shut == 0 : shut > 50)
        // Nothing comes any more: the next message would be read at once.
        scene.network.run(for: .seconds(60))
        #expect(relay.withShards(Relay.self) { $0.mediaOpens }.allSatisfy { $0 < scene.network.now })
    }

    @Test func `the end of a stream does not wait for the window`() {
        let scene = RelayScene()
        let relay = scene.relay { $0.maxMerge = .seconds(2) }
        relay.turnCost = .milliseconds(5)
        let player = scene.player()
        scene.network.run(for: .milliseconds(100))
        let publisher = scene.publisher(frames: 0..<600)
        #expect(scene.network.runUntil { publisher.ending != nil })
        scene.network.run(for: .milliseconds(50))
        #expect(player.with(WatchingPlayer.self) { $0.ended } == .playUnpublishNotify)
        #expect(scene.frames(player) == Array(0..<600))
    }
}
