// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// What is played under a name: a live stream, a file, or nothing; and files that are not what they seem.
@Suite struct PlaybackNameTests {
    @Test func `a name is a file of its app, or one of the directory`() throws {
        #expect(Relay.paths(of: try StreamName(app: "vod", name: "flv:a/b.flv?token=1")) == ["vod/a/b.flv", "a/b.flv"])
        #expect(Relay.paths(of: try StreamName(app: "", name: "show")) == ["show.flv"])
        let scene = RelayScene()
        let relay = scene.recordingRelay(["live/show.flv": RecordedStream().bytes, "other.flv": RecordedStream().bytes])
        for (number, name) in ["show", "show.flv", "flv:show", "mp4:show.mp4", "other", "other.flv"].enumerated() {
            let player = scene.network.add(
                host: "player \(number)", program: RawPlayer(RelayScene.url("relay", "live/\(name)")))
            #expect(scene.runUntil(player, hears: "NetStream.Play.Start"), "\(name)")
            #expect(scene.network.runUntil { player.media().count > 10 }, "\(name)")
        }
        #expect(relay.log.components(of: "from /srv/vod/live/show.flv") == 4)
        #expect(relay.log.components(of: "from /srv/vod/other.flv") == 2)
    }

    @Test(arguments: [
        "../secret", "a/../../secret", "/etc/passwd", "..", "show\0", "flv:../secret", "a\nb", "./show", "mp4:..",
    ])
    func `names that lead elsewhere are refused, with a word in the log`(name: String) throws {
        let scene = RelayScene()
        let relay = scene.recordingRelay(["show.flv": RecordedStream().bytes])
        relay.files.contents["/srv/secret.flv"] = RecordedStream().bytes
        relay.files.contents["/etc/passwd.flv"] = RecordedStream().bytes
        var player = RawPlayer(RelayScene.url("relay"), plays: [])
        player.buffer = 1_000
        let host = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay"), plays: [2],
                calls: [.init(after: .milliseconds(50), values: ["play", 0, .null, .string(AMFString(name)), 0])]))
        #expect(scene.runUntil(host, hears: "NetStream.Play.StreamNotFound"))
        #expect(host.media().isEmpty)
        #expect(relay.log.contains("refused"))
    }

    @Test func `whoever asks for a recording that is not there is refused, whoever asks for anything waits`() throws {
        let scene = RelayScene()
        let relay = scene.recordingRelay([:])
        let recorded = scene.rawPlayer("recorded")
        let live = scene.rawPlayer("live", start: -1_000)
        let any = scene.rawPlayer("any", start: -2_000)
        #expect(scene.runUntil(recorded, hears: "NetStream.Play.StreamNotFound"))
        #expect(relay.log.contains("no recording of that name"))
        #expect(scene.runUntil(live, hears: "NetStream.Play.Start"))
        #expect(scene.runUntil(any, hears: "NetStream.Play.Start"))
        scene.publisher(frames: 0..<300)
        for player in [live, any] {
            #expect(scene.network.runUntil { player.media().filter(\.isFrame).count == 300 })
        }
    }

    @Test(arguments: [1, 2, 3]) func `live streams and files of one name, whatever shard has them`(shards: Int) throws {
        let scene = RelayScene()
        let file = RecordedStream(stream: Synthetic(interval: 11, size: 300), frames: 0..<90)
        for home in 0..<shards {
            let path = try RelayShardsTests.path(home, of: shards)
            let host = "relay"
            let own = RelayScene(seed: UInt64(home) + 1)
            own.recordingRelay(["\(path).flv": file.bytes], shards: shards)
            // Several of each, so that every shard has some.
            func players(_ kind: String, _ start: Double) -> [SimulatedHost] {
                (0..<shards).map { own.rawPlayer("\(kind) \($0)", path, start: start) }
            }
            let before = players("before", -2_000)
            for player in before {
                #expect(own.runUntil(player, hears: "NetStream.Play.Stop"), "\(host) \(home)")
                #expect(player.media() == file.media.map(\.packet))
            }
            own.publisher("publisher", path, frames: 0..<2_000)
            own.network.run(for: .seconds(3))
            let recorded = players("recorded", 0)
            let any = players("any", -2_000)
            let live = players("live", -1_000)
            for player in recorded {
                #expect(own.runUntil(player, hears: "NetStream.Play.Stop"))
                #expect(player.media() == file.media.map(\.packet))
            }
            own.network.run(for: .seconds(2))
            for player in any + live {
                let frames = player.media().filter(\.isFrame).map { own.stream.number(of: $0) }
                #expect(frames.count > 100 && !frames.contains(nil), "the live stream")
                #expect(!player.told.contains("recorded"))
            }
        }
        _ = scene
    }

    @Test func `a recording is not there, so its name is that of the live stream`() {
        let scene = RelayScene()
        scene.recordingRelay([:])
        scene.publisher(frames: 0..<600)
        scene.network.run(for: .seconds(2))
        let player = scene.rawPlayer(start: 0)
        #expect(scene.network.runUntil { player.media().filter(\.isFrame).count > 100 })
    }

    @Test func `a file and a live stream on one connection do not mix`() {
        let scene = RelayScene()
        let file = RecordedStream(frames: 0..<500)
        scene.recordingRelay(["file.flv": file.bytes])
        let player = scene.rawPlayer(
            start: -1_000, buffer: 1_000, plays: [1, 2],
            calls: [.init(after: .milliseconds(300), values: ["play", 0, .null, "file", 0], stream: 2)])
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<900)
        scene.network.run(for: .seconds(12))
        #expect(
            player.media().filter(\.isFrame).map { scene.stream.number(of: $0) } == Array(0..<900).map { Optional($0) })
        let other = player.media(on: 2).filter(\.isFrame).compactMap { scene.stream.number(of: $0) }
        #expect(other.suffix(500) == Array(0..<500)[...])
        #expect(player.told.contains("NetStream.Play.Complete"))
    }

    @Test func `a damaged file plays as far as it goes`() throws {
        let scene = RelayScene()
        let bytes = RecordedStream().bytes
        var garbage = bytes
        let cut = bytes.count / 2
        garbage.replaceSubrange(cut..<(cut + 3_000), with: [UInt8](repeating: 0xEE, count: 3_000))
        let files = [
            "garbage.flv": garbage, "cut.flv": Array(bytes[..<cut]), "text.flv": Array("hello, world".utf8),
            "empty.flv": [],
        ]
        let relay = scene.recordingRelay(files)
        for name in ["garbage", "cut"] {
            for start in [0.0, 3_000, 9_000] {
                let player = scene.rawPlayer("\(name) \(start)", "live/\(name)", start: start)
                #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"), "\(name)")
                let frames = player.media().filter(\.isFrame).compactMap { scene.stream.number(of: $0) }
                let first = try #require(frames.first)
                #expect(frames == Array(first..<(first + frames.count)))
                #expect((300...500).contains(frames.last ?? 0), "\(name) \(frames.last ?? 0)")
            }
            #expect(relay.log.contains("\(name).flv is damaged"))
        }
        for name in ["text", "empty"] {
            let player = scene.rawPlayer(name, "live/\(name)")
            #expect(scene.runUntil(player, hears: "NetStream.Play.StreamNotFound"), "\(name)")
            #expect(relay.log.contains("\(name).flv cannot be played"))
        }
    }

    @Test func `a file that becomes shorter while it is played ends the player`() {
        let scene = RelayScene(stream: Synthetic(size: 60_000))
        let file = RecordedStream(stream: scene.stream, frames: 0..<200)
        let relay = scene.recordingRelay(["show.flv": file.bytes])
        let player = scene.rawPlayer(conditions: .local.limited(to: 1_000_000, buffer: 8_192))
        scene.network.run(for: .seconds(2))
        relay.files.contents["/srv/vod/show.flv"] = Array(file.bytes[..<2_500_000])
        #expect(
            scene.network.runUntil(within: .seconds(60)) {
                player.with(RawPlayer.self) { $0.isClosed || $0.statuses.contains("NetStream.Play.Stop") }
            })
        #expect(relay.log.contains("became shorter"))
        #expect(!player.media().filter(\.isFrame).map { scene.stream.number(of: $0) }.contains(nil))
    }

    @Test(arguments: 1...30) func `nothing that is in a file harms the relay`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let scene = RelayScene(seed: seed)
        let source = RecordedStream(
            frames: 0..<200, index: [.none, .right, .wrong].randomElement(using: &random) ?? .none)
        var bytes = source.bytes
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1:
                bytes[min(place, Int.random(in: 0..<2_000, using: &random))] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(place..<min(place + Int.random(in: 1...50, using: &random), bytes.count))
            default:
                bytes.insert(contentsOf: (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }, at: place)
            }
        }
        let relay = scene.recordingRelay(["show.flv": bytes])
        let seeks = (1...4).map { number in
            RawPlayer.Call(
                after: .milliseconds(300 * number),
                values: ["seek", 0, .null, .number(Double.random(in: -1...3_000, using: &random))])
        }
        let player = scene.rawPlayer(start: Double.random(in: 0...2_000, using: &random), buffer: 300, calls: seeks)
        let ends = scene.network.runUntil(within: .seconds(300)) {
            player.with(RawPlayer.self) { player in
                player.isClosed || player.statuses.contains { $0.hasSuffix("Stop") || $0.hasSuffix("NotFound") }
            }
        }
        #expect(ends, "seed \(seed): \(player.told), \(relay.log)")
        scene.network.run(for: .seconds(10))
        #expect(relay.ending == nil)
    }
}

extension String {
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
