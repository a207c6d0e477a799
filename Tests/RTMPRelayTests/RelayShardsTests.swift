// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// A relay in several shards behaves like one in one piece.
@Suite struct RelayShardsTests {
    /// A path whose stream is at home at that shard.
    static func path(_ home: Int, of count: Int, app: String = "live") throws -> String {
        let name = try #require(
            (0..<1_000).lazy.map { "show\($0)" }.first { name in
                (try? StreamName(app: app, name: name)).map { Shard(0, of: count).home(of: $0) } == home
            })
        return "\(app)/\(name)"
    }

    /// How many streams and connections each shard has.
    private func tables(_ relay: SimulatedHost) -> [[Int]] {
        relay.withShards(Relay.self) { shard in
            [shard.streams.count { $0 != nil }, shard.slots.count { $0 != nil }]
        }
    }

    @Test func `streams spread over all shards, and equal paths have one home`() throws {
        var counts = [0, 0, 0]
        for number in 0..<600 {
            counts[Shard(0, of: 3).home(of: try StreamName(app: "live", name: "stream\(number)"))] += 1
        }
        #expect(counts.allSatisfy { $0 > 150 })
        let composed = try StreamName(app: "live", name: "caf\u{E9}")
        let decomposed = try StreamName(app: "live", name: "cafe\u{301}")
        for count in 1..<9 {
            #expect(Shard(0, of: count).home(of: composed) == Shard(0, of: count).home(of: decomposed))
        }
    }

    @Test(arguments: 0..<3)
    func `players on every shard get all of it, bit for bit, and its end`(home: Int) throws {
        let scene = RelayScene()
        let relay = scene.relay(shards: 3)
        let path = try Self.path(home, of: 3)
        let early = (0..<3).map { scene.player("early \($0)", path) }
        scene.network.run(for: .milliseconds(50))
        scene.publisher("publisher", path, frames: 0..<400)
        scene.network.run(for: .milliseconds(1_500))
        #expect(
            relay.withShards(Relay.self) { $0.slots.contains { $0?.publishes.isEmpty == false } }
                == (0..<3).map { $0 == home })
        let late = (0..<3).map { scene.player("late \($0)", path) }
        for player in early + late {
            #expect(scene.runUntil(player, has: 399))
            #expect(
                scene.network.runUntil(within: .seconds(5)) { player.with(WatchingPlayer.self) { $0.ended != nil } })
        }
        for player in early { #expect(scene.frames(player) == Array(0..<400)) }
        for player in late {
            let frames = scene.frames(player).compactMap { $0 }
            #expect(frames.first == 90, "from the last keyframe")
            #expect(frames == Array(90..<400))
        }
        scene.network.run(for: .seconds(10))
        #expect(tables(relay) == [[0, 0], [0, 0], [0, 0]], "nothing is left of the stream")
    }

    @Test func `a mirror is given up some time after its last player`() throws {
        let scene = RelayScene()
        let relay = scene.relay(shards: 2)
        let path = try Self.path(0, of: 2)
        scene.publisher("publisher", path, frames: 0..<3000)
        let player = scene.player("player", path)
        #expect(scene.runUntil(player, has: 100))
        #expect(tables(relay) == [[1, 1], [1, 1]])
        scene.network.kill(player)
        scene.network.run(for: .seconds(1))
        #expect(tables(relay) == [[1, 1], [1, 0]])
        scene.network.run(for: .seconds(3))
        #expect(tables(relay) == [[1, 1], [0, 0]])
        #expect(relay.withShards(Relay.self) { $0.streams.first??.subscribers.count ?? 0 } == [0, 0])
    }

    @Test func `a name in use on another shard is refused, and taken over when it is stale`() throws {
        let scene = RelayScene()
        let relay = scene.relay(shards: 2)
        let path = try Self.path(1, of: 2)
        let player = scene.player("player", path)
        scene.network.run(for: .milliseconds(50))
        scene.publisher("first", path, frames: 0..<90, end: .keepSilent)
        scene.network.run(for: .milliseconds(500))
        for number in 0..<2 {
            let other = scene.publisher("other \(number)", path, frames: 0..<90)
            scene.network.run(for: .milliseconds(200))
            #expect(other.with(SyntheticPublisher.self) { $0.refusal?.code } == .publishBadName)
        }
        scene.network.run(for: .seconds(5))
        scene.publisher("second", path, frames: 90..<180)
        #expect(scene.runUntil(player, has: 179))
        #expect(scene.frames(player) == Array(0..<180))
        #expect(relay.log.contains("another publisher took the name"))
    }

    @Test func `players on all shards are held until the publisher is back, on whichever shard`() throws {
        let scene = RelayScene()
        scene.relay(shards: 3)
        let path = try Self.path(2, of: 3)
        let players = (0..<3).map { scene.player("player \($0)", path) }
        scene.network.run(for: .milliseconds(50))
        for turn in 0..<4 {
            let range = (turn * 90)..<(turn * 90 + 90)
            scene.publisher("publisher \(turn)", path, frames: range, start: UInt32(turn), end: .hangUp)
            for player in players { #expect(scene.runUntil(player, has: range.upperBound - 1)) }
            scene.network.run(for: .seconds(4))
        }
        for player in players {
            #expect(scene.frames(player) == Array(0..<360))
            #expect(player.with(WatchingPlayer.self) { !$0.sawEOF && $0.ended == nil && !$0.isClosed })
        }
        scene.network.run(for: .seconds(10))
        for player in players { #expect(player.with(WatchingPlayer.self) { $0.ended != nil }) }
    }

    @Test func `a player elsewhere makes a stream's home pull it, and the pull ends after the last`() throws {
        let scene = RelayScene()
        let source = scene.relay("source", shards: 1)
        let edge = scene.relay("edge", shards: 2) {
            $0.pulls = [RelayConfiguration.Rule(path: "", url: RelayScene.url("source", "live"))]
        }
        let path = try Self.path(1, of: 2)
        scene.publisher("publisher", to: "source", path, frames: 0..<6000)
        scene.network.run(for: .seconds(1))
        // The first connection is dealt to shard 0.
        let player = scene.player("player", of: "edge", path)
        #expect(scene.runUntil(player, has: 300))
        #expect(source.connectionCount == 2)
        #expect(tables(edge) == [[1, 1], [1, 1]])
        scene.network.kill(player)
        scene.network.run(for: .seconds(8))
        #expect(source.connectionCount == 2)
        scene.network.run(for: .seconds(8))
        #expect(source.connectionCount == 1)
        #expect(tables(edge) == [[0, 0], [0, 0]])
    }

    @Test(arguments: 0..<2)
    func `a stream is recorded and pushed once, at home`(home: Int) throws {
        let scene = RelayScene()
        scene.relay("far", shards: 1)
        let near = scene.relay("near", shards: 2) {
            $0.pushes = [RelayConfiguration.Rule(path: "live", url: RelayScene.url("far", "live"))]
            $0.recordDirectory = "/rec"
        }
        let path = try Self.path(home, of: 2)
        let players = [scene.player("near player", of: "near", path), scene.player("far player", of: "far", path)]
        scene.network.run(for: .milliseconds(100))
        scene.publisher("publisher", to: "near", path, frames: 0..<300)
        for player in players {
            #expect(scene.runUntil(player, has: 299))
            #expect(scene.frames(player) == Array(0..<300))
        }
        scene.network.run(for: .seconds(5))
        #expect(near.files.contents.count == 1)
        #expect(near.log.contains("record end") && near.log.contains("push end"))
    }

    @Test func `a URL with a name takes one stream of all shards, and is free again after it`() throws {
        let scene = RelayScene()
        scene.relay("far", shards: 1)
        let near = scene.relay("near", shards: 2) {
            $0.pushes = [RelayConfiguration.Rule(path: "live", url: RelayScene.url("far", "live/one"))]
        }
        let paths = try [Self.path(1, of: 2), Self.path(0, of: 2)]
        scene.publisher("first", to: "near", paths[0], frames: 0..<180)
        scene.network.run(for: .milliseconds(500))
        scene.publisher("second", to: "near", paths[1], frames: 0..<180)
        scene.network.run(for: .milliseconds(500))
        #expect(near.log.contains("push \(paths[1]) to") && near.log.contains("\(paths[0]) has it"))
        scene.network.run(for: .seconds(5))
        #expect(near.log.contains("push end \(paths[0])"))
        scene.publisher("third", to: "near", paths[1], frames: 0..<180)
        scene.network.run(for: .milliseconds(500))
        #expect(near.log.contains("push up \(paths[1])"))
    }

    @Test func `without a cache a player elsewhere begins at the next keyframe too`() throws {
        let scene = RelayScene()
        scene.relay(shards: 2) { $0.hasGOPCache = false }
        let path = try Self.path(0, of: 2)
        scene.publisher("publisher", path, frames: 0..<600)
        scene.network.run(for: .milliseconds(1_200))
        let player = scene.player("player", path)
        #expect(scene.runUntil(player, has: 599))
        #expect(scene.frames(player).first == 180)
    }

    @Test func `connections are dealt in turn, and interruption ends all shards`() throws {
        let scene = RelayScene()
        let relay = scene.relay(shards: 3)
        let players = (0..<6).map { scene.player("player \($0)") }
        scene.network.run(for: .milliseconds(50))
        scene.publisher(frames: 0..<9_000)
        scene.network.run(for: .seconds(1))
        #expect(relay.withShards(Relay.self) { $0.slots.count { $0?.plays.isEmpty == false } } == [2, 2, 2])
        let numbers = relay.withShards(Relay.self) { $0.slots.compactMap { $0?.number } }.flatMap(\.self)
        #expect(Set(numbers).count == 7, "numbers of connections are those of the whole relay: \(numbers)")
        scene.network.interrupt(relay)
        #expect(scene.network.runUntil(within: .seconds(5)) { relay.ending != nil })
        #expect(relay.ending?.status == .terminated)
        for player in players { #expect(player.with(WatchingPlayer.self) { $0.ended != nil }) }
    }

    @Test func `a relay that cannot listen ends with all its shards, and says why`() {
        let scene = RelayScene()
        let relay = scene.relay(shards: 3) {
            $0.listeners = [ListenAddress(host: nil, port: 1935), ListenAddress(host: nil, port: 1935)]
        }
        #expect(scene.network.runUntil(within: .seconds(5)) { relay.ending != nil })
        #expect(relay.ending?.status == .failed)
        #expect(relay.ending?.message?.contains("in use") == true)
    }

    @Test func `equal seeds give equal runs, with any number of shards`() throws {
        func run(_ shards: Int) -> UInt64 {
            let scene = RelayScene(seed: 5, faults: .hostile, stream: Synthetic(size: 600))
            scene.relay(shards: shards)
            for index in 0..<4 { scene.player("player \(index)") }
            scene.publisher(frames: 0..<600)
            scene.network.run(for: .seconds(9))
            return scene.network.eventHash
        }
        for shards in 1...3 { #expect(run(shards) == run(shards)) }
        #expect(run(2) != run(3))
    }
}
