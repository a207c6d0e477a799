// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayForwardingTests {
    private func rule(_ path: String, _ host: String, _ target: String) -> RelayConfiguration.Rule {
        RelayConfiguration.Rule(path: path, url: RelayScene.url(host, target))
    }

    @Test func `a push carries the stream whole, and its end`() throws {
        let scene = RelayScene()
        scene.relay("far")
        let near = scene.relay("near") { $0.pushes = [self.rule("live", "far", "live")] }
        let player = scene.player("player", of: "far")
        scene.network.run(for: .milliseconds(100))
        scene.publisher("publisher", to: "near", frames: 0..<300)
        #expect(scene.runUntil(player, has: 299))
        #expect(scene.network.runUntil(within: .seconds(5)) { player.with(WatchingPlayer.self) { $0.ended != nil } })
        let frames = scene.frames(player).compactMap { $0 }
        #expect(frames == Array(0..<300))
        #expect(scene.packets(player).filter { $0.kind == .data }.count == 1, "metadata once, unwrapped")
        #expect(near.log.contains("push up live/show") && near.log.contains("push end live/show"))
    }

    @Test func `a push waits for its destination, and one that is dead harms nobody`() {
        let scene = RelayScene()
        scene.relay("near") {
            $0.pushes = [self.rule("live", "dead", "live"), self.rule("live", "late", "live")]
        }
        let player = scene.player("player", of: "near")
        scene.network.run(for: .milliseconds(100))
        scene.publisher("publisher", to: "near", frames: 0..<3000)
        scene.network.run(for: .seconds(6))
        scene.relay("late")
        let far = scene.player("far player", of: "late")
        #expect(scene.runUntil(far, has: 2999))
        #expect(scene.runUntil(player, has: 2999))
        #expect(scene.frames(player) == Array(0..<3000))
        let frames = scene.frames(far).compactMap { $0 }
        #expect(frames.first.map { scene.stream.isKeyframe($0) } == true)
        #expect(frames == Array((frames.first ?? 0)..<3000))
    }

    @Test func `a destination that restarts is pushed to again, from a keyframe, with the clock going on`() {
        let scene = RelayScene()
        let far = scene.relay("far")
        scene.relay("near") { $0.pushes = [self.rule("live", "far", "live")] }
        scene.network.run(for: .milliseconds(100))
        scene.publisher("publisher", to: "near", frames: 0..<3000)
        scene.network.run(for: .seconds(5))
        scene.network.kill(far)
        scene.network.run(for: .seconds(1))
        scene.network.restart(far, program: Relay(RelayScene.configuration()))
        let player = scene.player("player", of: "far")
        #expect(scene.runUntil(player, has: 2999))
        let packets = scene.packets(player).filter(\.isFrame)
        let frames = packets.compactMap { scene.stream.number(of: $0) }
        #expect(frames.first.map { scene.stream.isKeyframe($0) } == true)
        #expect(frames == Array((frames.first ?? 0)..<3000))
        #expect(packets.map(\.timestamp) == frames.map { scene.stream.frame($0).timestamp })
    }

    @Test func `a URL with a name takes one stream, and says so`() {
        let scene = RelayScene()
        scene.relay("far")
        let near = scene.relay("near") { $0.pushes = [self.rule("live", "far", "live/one")] }
        scene.publisher("first", to: "near", "live/a", frames: 0..<900)
        scene.network.run(for: .milliseconds(500))
        scene.publisher("second", to: "near", "live/b", frames: 0..<900)
        scene.network.run(for: .milliseconds(500))
        #expect(near.log.contains("push live/b") && near.log.contains("live/a has it"))
    }

    @Test func `who comes back to a pulled stream that ended while its source was gone gets it once`() {
        let scene = RelayScene(seed: 3)
        let network = scene.network
        let source = scene.relay("source")
        let edge = scene.relay("edge") {
            $0.pulls = [self.rule("", "source", "live")]
            $0.hold = .seconds(1)
        }
        let first = scene.player("first", of: "edge")
        scene.publisher(to: "source", frames: 0..<300)
        #expect(scene.runUntil(first, has: 30))
        network.kill(source)
        #expect(network.runUntil { first.with(WatchingPlayer.self) { $0.sawEOF } })
        let second = scene.player("second", of: "edge")
        network.run(for: .milliseconds(10))
        network.restart(source) { RelayScene.relay(shard: $0, of: source.shards.count) }
        scene.publisher("next", to: "source", frames: 360..<2_000)
        #expect(scene.runUntil(second, has: 1_500))
        let numbers = scene.frames(second).compactMap { $0 }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
        #expect(edge.log.contains("pull down live/show"))
        #expect(source.connectionCount == 2, "one pull serves all")
    }

    @Test func `a pull begins with the first player and ends ten seconds after the last`() {
        let scene = RelayScene()
        let source = scene.relay("source")
        let edge = scene.relay("edge") { $0.pulls = [self.rule("", "source", "live")] }
        scene.publisher("publisher", to: "source", frames: 0..<6000)
        scene.network.run(for: .seconds(3))
        #expect(source.connectionCount == 1)
        let player = scene.player("player", of: "edge")
        #expect(scene.runUntil(player, has: 600))
        #expect(source.connectionCount == 2)
        let second = scene.player("second", of: "edge")
        #expect(scene.runUntil(second, has: 700))
        #expect(source.connectionCount == 2, "one pull serves all")
        scene.network.kill(player)
        scene.network.kill(second)
        scene.network.run(for: .seconds(8))
        #expect(source.connectionCount == 2)
        scene.network.run(for: .seconds(6))
        #expect(source.connectionCount == 1)
        #expect(edge.log.contains("pull end live/show"))
        let frames = scene.frames(player).compactMap { $0 }
        #expect(frames == Array((frames.first ?? 0)..<((frames.first ?? 0) + frames.count)))
    }

    @Test func `a route goes on when either end restarts, at a keyframe, with timestamps that grow`() throws {
        let scene = RelayScene()
        let source = scene.relay("source")
        let target = scene.relay("target") { $0.hold = .seconds(20) }
        scene.network.add(
            host: "route",
            program: Relay(
                RelayScene.configuration {
                    $0.listeners = []
                    $0.routes = [
                        RelayConfiguration.Route(
                            source: RelayScene.url("source"), destinations: [RelayScene.url("target")])
                    ]
                }))
        scene.publisher("first", to: "source", frames: 0..<900)
        scene.network.run(for: .seconds(2))
        let player = scene.player("player", of: "target")
        #expect(scene.runUntil(player, has: 600))
        scene.network.kill(source)
        scene.network.run(for: .seconds(2))
        scene.network.restart(source, program: Relay(RelayScene.configuration()))
        scene.network.run(for: .seconds(1))
        scene.publisher("second", to: "source", frames: 900..<3000)
        #expect(scene.runUntil(player, has: 1500))
        scene.network.kill(target)
        scene.network.run(for: .seconds(1))
        scene.network.restart(target, program: Relay(RelayScene.configuration()))
        let again = scene.player("again", of: "target")
        #expect(scene.runUntil(again, has: 2999))
        for player in [player, again] {
            let packets = scene.packets(player).filter(\.isFrame)
            let frames = try packets.map { try #require(scene.stream.number(of: $0)) }
            #expect(frames.first.map { scene.stream.isKeyframe($0) } == true)
            for (before, after) in zip(packets, packets.dropFirst()) {
                #expect(before.timestamp.milliseconds < after.timestamp.milliseconds)
            }
            for (before, after) in zip(frames, frames.dropFirst()) where after != before + 1 {
                #expect(scene.stream.isKeyframe(after), "\(before) -> \(after)")
            }
        }
    }
}
