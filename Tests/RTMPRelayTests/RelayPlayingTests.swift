// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayPlayingTests {
    @Test func `a player that waits gets the stream from its first byte`() throws {
        let scene = RelayScene()
        scene.relay()
        let player = scene.player()
        scene.network.run(for: .seconds(1))
        scene.publisher(frames: 0..<300)
        #expect(scene.runUntil(player, has: 299))
        #expect(scene.frames(player) == Array(0..<300))
        let packets = scene.packets(player).filter { !$0.isFrame }
        #expect(packets.map(\.kind) == [.data, .video, .audio])
        #expect(packets[1].payload == Synthetic.videoHeader)
        #expect(packets[2].payload == Synthetic.audioHeader)
    }

    @Test func `a player that waits gets all of a stream that comes at once`() {
        let scene = RelayScene(stream: Synthetic(interval: 0))
        scene.relay()
        let player = scene.player()
        scene.network.run(for: .seconds(1))
        scene.publisher(frames: 0..<300)
        #expect(scene.network.runUntil { player.with(WatchingPlayer.self) { $0.isClosed } })
        #expect(scene.frames(player) == Array(0..<300))
    }

    @Test func `a player that waits gets sound before the first keyframe, but no pictures`() {
        let scene = RelayScene()
        scene.relay()
        let player = scene.player()
        scene.network.run(for: .seconds(1))
        scene.publisher(frames: 80..<300)
        #expect(scene.runUntil(player, has: 299))
        #expect(scene.frames(player) == (80..<300).filter { $0 >= 90 || !scene.stream.isVideo($0) })
    }

    @Test func `who joins late begins with metadata, configurations and the last keyframe, at once`() throws {
        let scene = RelayScene()
        scene.relay()
        scene.publisher(frames: 0..<1000)
        scene.network.run(for: .seconds(5))
        let asked = scene.network.now
        let player = scene.player()
        #expect(scene.runUntil(player, has: 999))
        let frames = scene.frames(player).compactMap { $0 }
        let first = try #require(frames.first)
        #expect(scene.stream.isKeyframe(first))
        #expect(frames == Array(first..<1000))
        let (kinds, wait) = player.with(WatchingPlayer.self) { program in
            (program.packets.prefix(4).map(\.kind), (program.arrivals.first ?? asked) - asked)
        }
        #expect(kinds == [.data, .video, .audio, .video])
        #expect(wait < .milliseconds(20))
        #expect(scene.packets(player)[0...2].allSatisfy { $0.timestamp == scene.stream.frame(first).timestamp })
    }

    @Test func `timestamps are the publisher's, whatever they begin with`() {
        let scene = RelayScene()
        scene.relay()
        let player = scene.player()
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<100, start: 0xFFFF_FF00)
        #expect(scene.runUntil(player, has: 99))
        let expected = (0..<100).map { scene.stream.frame($0, start: 0xFFFF_FF00).timestamp }
        #expect(scene.packets(player).filter(\.isFrame).map(\.timestamp) == expected)
    }

    @Test func `a proper end is told in order, after the last frame, and closes`() throws {
        let scene = RelayScene()
        let relay = scene.relay()
        let player = scene.player()
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<100)
        #expect(scene.network.runUntil { player.with(WatchingPlayer.self) { $0.isClosed } })
        #expect(scene.frames(player) == Array(0..<100))
        #expect(player.with(WatchingPlayer.self) { $0.ended } == .playUnpublishNotify)
        #expect(player.with(WatchingPlayer.self) { $0.sawEOF })
        #expect(relay.connectionCount == 0)
        #expect(relay.log.contains("end #2") && relay.log.contains("publisher ended the stream"))
    }

    @Test func `without a GOP cache a player begins at the next keyframe`() throws {
        let scene = RelayScene()
        scene.relay { $0.hasGOPCache = false }
        scene.publisher(frames: 0..<400)
        scene.network.run(for: .milliseconds(1500))
        let player = scene.player()
        #expect(scene.runUntil(player, has: 399))
        #expect(scene.frames(player).first == 180)
    }

    @Test func `a stream of sound alone is joined at its newest frame`() throws {
        let scene = RelayScene(stream: Synthetic(hasVideo: false))
        scene.relay()
        scene.publisher(frames: 0..<300)
        scene.network.run(for: .seconds(1))
        let player = scene.player()
        #expect(scene.runUntil(player, has: 299))
        let first = try #require(scene.frames(player).first ?? nil)
        #expect((80...100).contains(first))
    }

    @Test func `two plays on one connection get whole messages, each on its message stream`() throws {
        let scene = RelayScene()
        scene.relay()
        let player = scene.network.add(host: "twice", program: RawPlayer(RelayScene.url("relay"), plays: [1, 2]))
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<200)
        scene.network.run(for: .seconds(4))
        for stream: UInt32 in [1, 2] {
            #expect(player.with(RawPlayer.self) { $0.frames(of: stream, scene.stream) } == Array(0..<200))
        }
    }

    @Test func `a player on message stream 2 gets the same messages`() throws {
        let scene = RelayScene()
        scene.relay()
        let player = scene.network.add(host: "second", program: RawPlayer(RelayScene.url("relay"), plays: [2]))
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<200)
        scene.network.run(for: .seconds(4))
        #expect(player.with(RawPlayer.self) { $0.frames(of: 2, scene.stream) } == Array(0..<200))
    }

    @Test func `pause is answered and gives silence, unpause a new beginning at a keyframe`() throws {
        let scene = RelayScene()
        scene.relay()
        let player = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay"),
                calls: [
                    RawPlayer.Call(after: .seconds(2), values: ["pause", 0, .null, true, 2000]),
                    RawPlayer.Call(after: .seconds(4), values: ["pause", 0, .null, false, 2000]),
                ]))
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<600)
        scene.network.run(for: .seconds(3))
        let before = player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) }
        #expect(before == Array(0..<before.count) && (150...200).contains(before.count))
        scene.network.run(for: .seconds(5))
        let after = player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) }.dropFirst(before.count)
        let first = try #require(after.first)
        #expect(scene.stream.isKeyframe(first) && first > before.count)
        #expect(Array(after) == Array(first..<600))
        let codes = player.with(RawPlayer.self) { $0.statuses }
        #expect(codes.contains("NetStream.Pause.Notify") && codes.contains("NetStream.Unpause.Notify"))
    }

    @Test func `a seek on a live stream is ignored, for an error would end the player`() {
        let scene = RelayScene()
        scene.relay()
        let player = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay"),
                calls: [RawPlayer.Call(after: .seconds(1), values: ["seek", 0, .null, 500])]))
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<200)
        scene.network.run(for: .seconds(4))
        #expect(player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) } == Array(0..<200))
        #expect(player.with(RawPlayer.self) { !$0.statuses.contains { $0.contains("Seek") } })
    }

    @Test func `a player may do without the picture and have it again from a keyframe on`() throws {
        let scene = RelayScene()
        scene.relay()
        let player = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay"),
                calls: [
                    RawPlayer.Call(after: .seconds(1), values: ["receiveVideo", 0, .null, false]),
                    RawPlayer.Call(after: .seconds(3), values: ["receiveVideo", 0, .null, true]),
                ]))
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<600)
        scene.network.run(for: .seconds(9))
        let frames = player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) }
        #expect(frames.filter { !scene.stream.isVideo($0) } == (0..<600).filter { !scene.stream.isVideo($0) })
        let video = frames.filter { scene.stream.isVideo($0) }
        let gap = try #require(zip(video, video.dropFirst()).first { $1 != $0 + 3 })
        #expect(scene.stream.isKeyframe(gap.1))
        #expect(video.last == 597)
    }

    @Test func `a silent stream is broken by pings only, so that no player gives up`() {
        let scene = RelayScene()
        scene.relay { $0.hold = .forever }
        let player = scene.player()
        scene.network.run(for: .seconds(65))
        #expect(player.with(WatchingPlayer.self) { $0.isPlaying && !$0.isClosed })
        #expect(player.bytesReceived > 0)
    }

    @Test func `a player that announces codecs and lacks one gets the stream all the same, with a note in the log`() {
        let header = MediaPacket(.video, timestamp: RTMPTimestamp(0), payload: bytes("96 00 68766331 01 01600000"))
        let scene = RelayScene(stream: Synthetic(extraHeader: header))
        let relay = scene.relay()
        scene.publisher(frames: 0..<300)
        scene.network.run(for: .seconds(1))
        let player = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay"), connectProperties: ["fourCcList": .strictArray(["av01", "avc1"])]))
        scene.network.run(for: .seconds(4))
        #expect(player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) } == Array(90..<300))
        #expect(relay.log.contains("play #2") && relay.log.contains("announces no hvc1"))
    }

    @Test func `two streams do not mix`() {
        let scene = RelayScene()
        scene.relay()
        let one = scene.player("one", "live/one")
        let two = scene.player("two", "live/two")
        scene.network.run(for: .milliseconds(100))
        scene.publisher("p1", "live/one", frames: 0..<90)
        scene.publisher("p2", "live/two", frames: 900..<990)
        #expect(scene.runUntil(one, has: 89))
        #expect(scene.runUntil(two, has: 989))
        #expect(scene.frames(one) == Array(0..<90))
        #expect(scene.frames(two) == Array(900..<990))
    }

    @Test func `play2 goes over to another stream at its last keyframe`() throws {
        let scene = RelayScene()
        let relay = scene.relay()
        func wish(_ after: Int, _ options: AMF0Value) -> RawPlayer.Call {
            RawPlayer.Call(after: .milliseconds(after), values: ["play2", 0, .null, options])
        }
        let player = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay", "live/one"),
                calls: [
                    wish(1_000, ["streamName": "two", "transition": "append"]),
                    wish(1_500, ["streamName": "..", "transition": "switch"]),
                    wish(2_500, ["streamName": "two", "oldStreamName": "one", "transition": "switch"]),
                ]))
        scene.network.run(for: .milliseconds(100))
        scene.publisher("p1", "live/one", frames: 0..<600)
        scene.publisher("p2", "live/two", frames: 900..<1500)
        #expect(
            scene.network.runUntil(within: .seconds(20)) {
                player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream).last == 1499 }
            })
        let frames = player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) }
        let change = try #require(frames.firstIndex { $0 >= 900 })
        #expect(Array(frames[..<change]) == Array(0..<change))
        #expect((200..<240).contains(change))
        #expect(scene.stream.isKeyframe(frames[change]) && Array(frames[change...]) == Array(frames[change]..<1500))
        let statuses = player.with(RawPlayer.self) { $0.statuses }.filter { $0.hasPrefix("NetStream.Play") }
        #expect(
            Array(statuses.prefix(5)) == [
                "NetStream.Play.Reset", "NetStream.Play.Start", "NetStream.Play.Failed",
                "NetStream.Play.StreamNotFound",
                "NetStream.Play.Transition",
            ])
        #expect(relay.log.contains("goes over to live/two"))
    }
}
