// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// A relay that sends its clients elsewhere before it ends.
@Suite struct RelayDrainTests {
    @Test(arguments: [1, 2, 3])
    func `a publisher and a player go on at another relay, and the first one ends when they have left`(
        shards: Int
    ) throws {
        let scene = RelayScene()
        let network = scene.network
        let old = scene.relay("old", shards: shards) { $0.reconnectTarget = "rtmp://new" }
        scene.relay("new")
        let url = try RTMPURL("rtmp://old/live/show")
        let output = FileRequest.create(path: "x.flv", replacing: false, makingDirectories: false)
        let player = network.add(host: "player", program: PlayProgram(PlayConfiguration(url: url, output: output)))
        network.run(for: .milliseconds(200))
        let publisher = network.add(
            host: "publisher", program: PublishProgram(PublishConfiguration(input: "in.flv", urls: [url])))
        publisher.files.contents["in.flv"] = SmallStream.file(seconds: 20)
        network.run(for: .seconds(5))
        let asked = network.now
        network.interrupt(old, .terminate)
        #expect(network.runUntil(within: .seconds(40)) { old.ending != nil })
        #expect(old.ending == Ending(.terminated))
        #expect(try #require(old.endedAt) - asked < .seconds(2), "nobody was left to wait for")
        #expect(shards > 1 || old.log.contains("asked 2 of 2 clients to go on at rtmp://new"))
        #expect(network.runUntil(within: .seconds(40)) { player.ending != nil && publisher.ending != nil })
        #expect(publisher.ending == Ending(.done) && player.ending == Ending(.done))
        let tags = try SmallStream.tags(try #require(player.files.contents["x.flv"]))
        let video = tags.filter { $0.kind == .video && $0.payload[1] == 1 }
        let numbers = video.map { Int($0.payload[11]) << 8 | Int($0.payload[12]) }
        // At 25 frames a second, with a keyframe each second: at most that much is missed at the change.
        #expect(numbers.last == 499 && numbers.count >= 470 && numbers.count <= 500)
        for (before, after) in zip(numbers, numbers.dropFirst()) { #expect(before < after) }
    }

    @Test func `those who cannot be sent have their time, and then the proper end`() throws {
        let scene = RelayScene()
        let relay = scene.relay {
            $0.reconnectTarget = "rtmp://new/live"
            $0.drainTime = .seconds(5)
        }
        let player = scene.player()
        let silent = scene.network.add(host: "silent", program: RawPlayer(RelayScene.url("relay")))
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<10_000)
        scene.network.run(for: .seconds(2))
        let asked = scene.network.now
        scene.network.interrupt(relay, .terminate)
        scene.network.run(for: .seconds(1))
        let late = scene.player("late")
        scene.network.run(for: .seconds(1))
        #expect(late.with(WatchingPlayer.self) { !$0.isPlaying }, "nobody is let in any more")
        #expect(player.with(WatchingPlayer.self) { $0.sentTo } == ["rtmp://new/live"])
        #expect(!silent.with(RawPlayer.self) { $0.statuses.contains("NetConnection.Connect.ReconnectRequest") })
        #expect(scene.network.runUntil(within: .seconds(20)) { relay.ending != nil })
        let took = try #require(relay.endedAt) - asked
        #expect(took >= .seconds(5) && took < .seconds(9))
        #expect(player.with(WatchingPlayer.self) { $0.ended } == .playUnpublishNotify)
        let frames = scene.frames(player).compactMap { $0 }
        #expect(frames.count > 600 && frames == Array(0..<frames.count), "served to the end")
        #expect(silent.with(RawPlayer.self) { $0.statuses.last } == "NetStream.Play.Stop")
    }

    @Test func `asked to terminate twice, or interrupted from a keyboard, it ends at once`() throws {
        for interruptions in [[Interruption.interrupt], [.terminate, .terminate], [.terminate, .interrupt]] {
            let scene = RelayScene()
            let relay = scene.relay { $0.reconnectTarget = "rtmp://new" }
            scene.player()
            scene.publisher(frames: 0..<1000)
            scene.network.run(for: .seconds(1))
            let asked = scene.network.now
            for interruption in interruptions { scene.network.interrupt(relay, interruption) }
            #expect(scene.network.runUntil(within: .seconds(20)) { relay.ending != nil })
            #expect(try #require(relay.endedAt) - asked < .seconds(4))
            #expect(relay.ending == Ending(interruptions.last == .interrupt ? .interrupted : .terminated))
        }
    }

    @Test(arguments: [
        ("rtmp://b", "rtmp://b/live"), ("rtmp://b/", "rtmp://b/live"), ("//b:1936", "//b:1936/live"),
        ("rtmps://b/other", "rtmps://b/other"), ("/other", "/other"), ("other", "other"),
    ])
    func `a target without an app keeps the client's own`(target: String, told: String) {
        let scene = RelayScene()
        let relay = scene.relay { $0.reconnectTarget = target }
        let player = scene.player()
        scene.network.run(for: .seconds(1))
        scene.network.interrupt(relay, .terminate)
        scene.network.run(for: .seconds(1))
        #expect(player.with(WatchingPlayer.self) { $0.sentTo } == [told])
    }
}
