// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// Whole programs that a server sends on to another one.
@Suite struct RedirectTests {
    private func isVideoFrame(_ packet: MediaPacket) -> Bool { packet.kind == .video && packet.payload[1] == 1 }

    @Test func `a publisher goes on elsewhere, at a keyframe, without a wait`() throws {
        let network = SimulatedNetwork(seed: 1)
        let scripts = [ServerScript(), ServerScript()]
        scripts[0].sendsOn = (.milliseconds(3_300), "rtmp://two/app")
        let hosts = zip(["one", "two"], scripts).map { network.add(host: $0, program: ScriptedServer($1)) }
        network.run(for: .milliseconds(10))
        let configuration = PublishConfiguration(input: "in.flv", urls: [try RTMPURL("rtmp://one/live/secret")])
        let publisher = network.add(host: "publisher", program: PublishProgram(configuration))
        publisher.files.contents["in.flv"] = SmallStream.file(seconds: 10)
        _ = network.runUntil(within: .seconds(60)) { publisher.ending != nil }
        network.run(for: .seconds(3))
        #expect(publisher.ending == Ending(.done))
        #expect(scripts.map(\.connections) == [1, 1] && hosts[0].connectionCount == 0)
        #expect(scripts[0].properEnds == 0 && scripts[1].properEnds == 1, "moving is no end")
        let first = try #require(scripts[0].published.first).filter(isVideoFrame)
        let second = try #require(scripts[1].published.first).filter(isVideoFrame)
        let numbers = (first + second).map { Int($0.payload[11]) << 8 | Int($0.payload[12]) }
        #expect(numbers == Array(0..<first.count) + Array((250 - second.count)..<250))
        #expect(second.first?.payload == SmallStream.video(100, isKeyframe: true), "the next keyframe, not a later one")
        #expect(scripts[1].published.first?.first?.isMetadata == true)
        #expect(publisher.log.contains("sends us on") && !publisher.log.contains("secret"))
    }

    @Test func `a publisher is redirected before it begins`() throws {
        let network = SimulatedNetwork(seed: 1)
        let scripts = [ServerScript(), ServerScript()]
        scripts[0].connectAnswer = .redirect("rtmp://two/app")
        for (name, script) in zip(["one", "two"], scripts) {
            network.add(host: name, program: ScriptedServer(script))
        }
        network.run(for: .milliseconds(10))
        let configuration = PublishConfiguration(input: "in.flv", urls: [try RTMPURL("rtmp://one/live/secret")])
        let publisher = network.add(host: "publisher", program: PublishProgram(configuration))
        publisher.files.contents["in.flv"] = SmallStream.file(seconds: 3)
        _ = network.runUntil(within: .seconds(60)) { publisher.ending != nil }
        network.run(for: .seconds(3))
        #expect(publisher.ending == Ending(.done))
        #expect(scripts[1].published == [SmallStream.packets(seconds: 3).map { $0.wrappedInSetDataFrame() }])
    }

    @Test func `a player goes on elsewhere, without being told to reconnect after losses`() throws {
        let network = SimulatedNetwork(seed: 1)
        let first = ServerScript(media: SmallStream.live(seconds: 10))
        first.sendsOn = (.milliseconds(2_500), "rtmp://two/app")
        let second = ServerScript(media: SmallStream.live(seconds: 2, from: 700_000))
        network.add(host: "one", program: ScriptedServer(first))
        network.add(host: "two", program: ScriptedServer(second))
        network.run(for: .milliseconds(10))
        let output = FileRequest.create(path: "x.flv", replacing: false, makingDirectories: false)
        let player = network.add(
            host: "player",
            program: PlayProgram(PlayConfiguration(url: try RTMPURL("rtmp://one/live/x"), output: output)))
        _ = network.runUntil(within: .seconds(60)) { player.ending != nil }
        #expect(player.ending == Ending(.done))
        #expect(second.requests == ["x"] && first.connections == 1)
        let tags = try SmallStream.tags(try #require(player.files.contents["x.flv"]))
        let video = tags.filter { $0.kind == .video && $0.payload[1] == 1 }
        #expect(video.count >= 62 + 50 && video.count <= 64 + 50)
        for (before, after) in zip(tags, tags.dropFirst()) { #expect(before.timestamp <= after.timestamp) }
        #expect(video.suffix(50).map(\.payload) == (0..<50).map { SmallStream.video($0, isKeyframe: $0 % 25 == 0) })
    }

    @Test func `a push and a pull of a relay go on elsewhere`() {
        let scene = RelayScene()
        let far = ServerScript()
        far.sendsOn = (.seconds(3), "//new/live")
        scene.network.add(host: "old", program: ScriptedServer(far))
        scene.relay("new")
        let rule = RelayConfiguration.Rule(path: "live", url: RelayScene.url("old", "live"))
        let near = scene.relay("near") { $0.pushes = [rule] }
        scene.network.run(for: .milliseconds(100))
        scene.publisher("publisher", to: "near", frames: 0..<1500)
        scene.network.run(for: .seconds(1))
        // An edge pulls the same stream from a server that redirects to where the push will be.
        let origin = ServerScript()
        origin.connectAnswer = .redirect("rtmp://near/live")
        scene.network.add(host: "origin", program: ScriptedServer(origin))
        let edge = scene.relay("edge") {
            $0.pulls = [RelayConfiguration.Rule(path: "", url: RelayScene.url("origin", "live"))]
        }
        let pulled = scene.player("pulled", of: "edge")
        let player = scene.player("player", of: "new")
        #expect(scene.runUntil(player, has: 1499))
        #expect(scene.runUntil(pulled, has: 1499))
        let frames = scene.frames(player).compactMap { $0 }
        #expect(frames.first.map { scene.stream.isKeyframe($0) } == true)
        #expect(frames == Array((frames.first ?? 0)..<1500))
        let pulledFrames = scene.frames(pulled).compactMap { $0 }
        #expect(pulledFrames == Array((pulledFrames.first ?? 0)..<1500))
        #expect(near.log.contains("push moves live/show to rtmp://new/live/***"))
        #expect(edge.log.contains("pull moves live/show to rtmp://near/live/***"))
        #expect(far.published.count == 1 && far.properEnds == 0)
    }
}
