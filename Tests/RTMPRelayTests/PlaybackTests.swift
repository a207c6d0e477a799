// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// Recordings that a relay plays: from the start, from elsewhere, and to the end.
@Suite struct PlaybackTests {
    private let play = ["NetStream.Play.Reset", "NetStream.Play.Start", "|RtmpSampleAccess", "onMetaData"]
    private let end = ["NetStream.Play.Complete", "eof", "NetStream.Play.Stop"]

    @Test(arguments: [Faults.none, .rough]) func `a file is played whole, and said to be a recording`(faults: Faults)
        throws
    {
        let scene = RelayScene(seed: 3, faults: faults)
        let file = RecordedStream()
        let relay = scene.recordingRelay(["live/show.flv": file.bytes])
        let player = scene.rawPlayer()
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"), "\(relay.log)")
        #expect(player.media() == file.media.map(\.packet))
        let told = Array(player.told.drop { $0 != "recorded" })
        #expect(told == ["recorded", "begin"] + play + end)
        #expect(relay.log.contains("live/show from /srv/vod/live/show.flv"))
        #expect(relay.log.contains("played to its end"))
    }

    @Test func `metadata comes with the duration and without the index`() throws {
        let scene = RelayScene()
        let file = RecordedStream(index: .right)
        scene.recordingRelay(["show.flv": file.bytes])
        let player = scene.rawPlayer()
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        let values = try #require(
            player.with(RawPlayer.self) { player in
                player.messages.compactMap { message -> [AMF0Value]? in
                    guard message.typeID == .data, let values = try? AMF0Value.decodeAll(message.payload.span),
                        values.first?.string == "onMetaData"
                    else { return nil }
                    return values
                }.first
            })
        #expect(values.last?["duration"]?.number == file.duration)
        #expect(values.last?["keyframes"] == nil)
        let status = player.with(RawPlayer.self) { player in
            player.messages.compactMap { try? AMF0Value.decodeAll($0.payload.span) }
                .first { $0.first?.string == "onPlayStatus" }
        }
        #expect(status?.last?["duration"]?.number == file.duration)
    }

    @Test func `it is paced by the file's times, and the player's buffer ahead of them`() throws {
        let scene = RelayScene()
        let file = RecordedStream()
        scene.recordingRelay(["show.flv": file.bytes])
        for (buffer, ahead) in [(nil, 2_000), (5_000, 5_000)] as [(UInt32?, Int64)] {
            let player = scene.rawPlayer("player \(ahead)", buffer: buffer)
            #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
            let (messages, arrivals) = player.with(RawPlayer.self) { ($0.messages, $0.arrivals) }
            let first = try #require(messages.firstIndex { $0.typeID == .video })
            for (message, arrival) in zip(messages, arrivals)
            where message.typeID == .video || message.typeID == .audio {
                let due = max(0, Int64(message.timestamp.milliseconds) - ahead)
                let came = (arrival - arrivals[first]).wholeMilliseconds
                #expect(came >= due - 10 && came <= due + 200, "\(message.timestamp) came after \(came) ms")
            }
        }
    }

    @Test(arguments: [RecordedStream.Index.none, .right, .early, .wrong])
    func `start is the keyframe at or before it, configurations in front, times counted from it`(
        index: RecordedStream.Index
    ) {
        let scene = RelayScene()
        let file = RecordedStream(index: index)
        scene.recordingRelay(["show.flv": file.bytes])
        for (start, first) in [(0, 0), (1, 0), (989, 0), (990, 90), (5_000, 450), (9_899, 810), (70_000, 810)] {
            let player = scene.rawPlayer("player \(start)", start: Double(start))
            #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
            let media = player.media()
            #expect(media.prefix(2).map(\.payload) == file.media.prefix(2).map(\.packet.payload))
            #expect(media.compactMap { scene.stream.number(of: $0) } == Array(first..<900), "start \(start)")
            let times = media.filter(\.isFrame).map { $0.timestamp.milliseconds &+ UInt32(start) }
            #expect(times == (first..<900).map { UInt32($0 * 11) })
        }
    }

    @Test(arguments: [RecordedStream.Index.none, .right])
    func `duration ends it, and a duration of 0 is one picture`(index: RecordedStream.Index) {
        let scene = RelayScene()
        scene.recordingRelay(["show.flv": RecordedStream(index: index).bytes])
        let player = scene.rawPlayer(start: 2_000, duration: 3_000)
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        #expect(player.media().compactMap { scene.stream.number(of: $0) } == Array(180...454))
        let still = scene.rawPlayer("still", start: 2_000, duration: 0)
        #expect(scene.runUntil(still, hears: "NetStream.Play.Stop"))
        #expect(still.media().compactMap { scene.stream.number(of: $0) } == [180])
    }

    @Test func `sound alone is begun anywhere`() {
        let scene = RelayScene(stream: Synthetic(hasVideo: false))
        let file = RecordedStream(stream: scene.stream)
        scene.recordingRelay(["show.flv": file.bytes])
        let player = scene.rawPlayer(start: 5_000)
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        let frames = player.media().compactMap { scene.stream.number(of: $0) }
        #expect(frames.last == 899 && (360...455).contains(frames.first ?? 0))
    }

    @Test func `a configuration that changes is right wherever one begins`() {
        let scene = RelayScene()
        var changed = Synthetic.videoHeader
        changed[changed.count - 1] = 0x99
        let file = RecordedStream(extras: [450: [MediaPacket(.video, timestamp: .zero, payload: changed)]])
        scene.recordingRelay(["show.flv": file.bytes])
        for (start, header) in [(3_000, Synthetic.videoHeader), (6_000, changed)] {
            let player = scene.rawPlayer("player \(start)", start: Double(start))
            #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
            #expect(player.media().first { $0.kind == .video }?.payload == header)
        }
    }

    @Test func `how long a recording is can be asked before`() {
        let scene = RelayScene()
        scene.recordingRelay([
            "known.flv": RecordedStream().bytes, "unknown.flv": RecordedStream(hasMetadata: false).bytes,
        ])
        let calls = ["known", "unknown", "none"].enumerated().map { offset, name in
            RawPlayer.Call(
                after: .milliseconds(100 * (offset + 1)),
                values: ["getStreamLength", .number(Double(offset + 70)), .null, .string(AMFString(name))], stream: 0)
        }
        let player = scene.rawPlayer(start: -1_000, calls: calls)
        scene.network.run(for: .seconds(2))
        let answers = player.with(RawPlayer.self) { player in
            player.messages.compactMap { message -> [Double]? in
                guard message.typeID == .command, let values = try? AMF0Value.decodeAll(message.payload.span),
                    let number = values[1].number, number >= 70
                else { return nil }
                return [number, values.last?.number ?? -1]
            }
        }
        #expect(answers == [[70, 9.9], [71, 9.889], [72, 0]])
    }

    @Test func `a player that is slow costs no memory, whatever the frames weigh`() {
        let scene = RelayScene(stream: Synthetic(size: 100_000))
        let file = RecordedStream(stream: scene.stream, frames: 0..<200, index: .right)
        let relay = scene.recordingRelay(["show.flv": file.bytes])
        var most = 0
        scene.network.afterTurn = {
            for size in relay.withShards(Relay.self, { $0.memorySize }) { most = max(most, size) }
        }
        let slow = scene.rawPlayer(conditions: .local.limited(to: 200_000, buffer: 8_192))
        #expect(scene.runUntil(slow, hears: "NetStream.Play.Stop"))
        #expect(slow.media() == file.media.map(\.packet))
        #expect(file.bytes.count > 10 << 20)
        #expect(most < 200_000, "\(most) bytes")
    }

    @Test func `who leaves leaves nothing behind`() {
        let scene = RelayScene()
        let relay = scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let players = (0..<5).map { scene.rawPlayer("player \($0)", buffer: 1_000) }
        scene.network.run(for: .seconds(3))
        for player in players { scene.network.kill(player) }
        scene.network.run(for: .seconds(1))
        #expect(relay.withShards(Relay.self) { $0.playbacks.count }.allSatisfy { $0 == 0 })
        #expect(relay.withShards(Relay.self) { $0.playbackFiles.count }.allSatisfy { $0 == 0 })
        #expect(relay.connectionCount == 0)
    }

    @Test func `a relay that stops tells its players`() {
        let scene = RelayScene()
        let relay = scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let player = scene.rawPlayer(buffer: 1_000)
        scene.network.run(for: .seconds(3))
        scene.network.interrupt(relay)
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        #expect(scene.network.runUntil { relay.ending != nil })
        #expect(scene.network.runUntil(within: .seconds(1)) { player.with(RawPlayer.self) { $0.isClosed } })
    }
}
