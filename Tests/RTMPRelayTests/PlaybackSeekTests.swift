// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// Players of recordings that seek and pause.
@Suite struct PlaybackSeekTests {
    private static func call(_ name: String, after time: Duration, _ arguments: [AMF0Value]) -> RawPlayer.Call {
        RawPlayer.Call(after: time, values: [.string(AMFString(name)), 0, .null] + arguments)
    }

    private let sought = [
        "eof", "recorded", "begin", "NetStream.Seek.Notify", "NetStream.Play.Start",
    ]

    @Test(arguments: [RecordedStream.Index.none, .right, .early, .wrong])
    func `a seek goes on at the keyframe at or before it, with the file's own times`(index: RecordedStream.Index) {
        let scene = RelayScene()
        scene.recordingRelay(["show.flv": RecordedStream(index: index).bytes])
        let goals: [(AMF0Value, Int)] = [
            (5_000, 450), (0, 0), (-20, 0), (.number(.nan), 0), (1_000_000, 810), (.number(.infinity), 810), (990, 90),
            (989.5, 0),
        ]
        for (number, (goal, first)) in goals.enumerated() {
            let player = scene.rawPlayer(
                "player \(number)", start: 2_000, buffer: 500,
                calls: [Self.call("seek", after: .milliseconds(1_000), [goal])])
            #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"), "\(goal)")
            let media = player.media()
            let frames = media.compactMap { scene.stream.number(of: $0) }
            guard let jump = zip(frames, frames.dropFirst()).enumerated().first(where: { $1.1 != $1.0 + 1 })?.offset
            else {
                Issue.record("no jump to \(goal) in \(frames.count) frames")
                continue
            }
            #expect(Array(frames[...jump]) == Array(180...(180 + jump)))
            #expect(Array(frames[(jump + 1)...]) == Array(first..<900), "\(goal)")
            let times = media.filter(\.isFrame).suffix(900 - first).map(\.timestamp.milliseconds)
            #expect(times == (first..<900).map { UInt32($0 * 11) })
            #expect(player.told.contains(sought), "\(player.told)")
        }
    }

    @Test func `a seek inside of a large message waits for its end`() {
        let scene = RelayScene(stream: Synthetic(size: 100_000))
        let file = RecordedStream(stream: scene.stream, frames: 0..<300)
        scene.recordingRelay(["show.flv": file.bytes])
        for delay in stride(from: 100, to: 2_000, by: 130) {
            let player = scene.rawPlayer(
                "player \(delay)", conditions: .local.limited(to: 3_000_000, buffer: 8_192),
                calls: [
                    Self.call("seek", after: .milliseconds(delay), [2_500]),
                    Self.call("seek", after: .milliseconds(delay), [1_500]),
                ])
            #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
            let frames = player.media().filter(\.isFrame).map { scene.stream.number(of: $0) }
            #expect(frames.suffix(210) == Array(90..<300)[...].map { Optional($0) }[...])
            #expect(!frames.contains(nil))
        }
    }

    @Test func `who seeks after the end sees more`() {
        let scene = RelayScene()
        let relay = scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let player = scene.rawPlayer(calls: [Self.call("seek", after: .seconds(30), [9_000])])
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop", count: 2))
        #expect(
            player.media().filter(\.isFrame).compactMap { scene.stream.number(of: $0) } == Array(0..<900)
                + Array(810..<900))
        #expect(relay.connectionCount == 1)
        scene.network.run(for: .seconds(65))
        #expect(relay.connectionCount == 0, "in the end it is closed")
    }

    @Test func `a pause holds everything back, and nothing is lost or comes twice`() {
        let scene = RelayScene()
        scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let player = scene.rawPlayer(
            buffer: 1_000,
            calls: [
                Self.call("pause", after: .seconds(2), [true, 1_900]),
                Self.call("pause", after: .seconds(20), [false, 1_900]),
                Self.call("pauseRaw", after: .seconds(21), [true, 0]),
                Self.call("pauseRaw", after: .seconds(40), [false, 0]),
            ])
        #expect(scene.runUntil(player, hears: "NetStream.Pause.Notify"))
        scene.network.run(for: .milliseconds(100))
        let count = player.media().count
        scene.network.run(for: .seconds(15))
        #expect(player.media().count == count)
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        #expect(player.told.count { $0 == "NetStream.Pause.Notify" } == 2)
        #expect(player.told.count { $0 == "NetStream.Unpause.Notify" } == 2)
        #expect(player.media().filter(\.isFrame).compactMap { scene.stream.number(of: $0) } == Array(0..<900))
    }

    @Test func `who goes on elsewhere after a pause is sent there`() {
        let scene = RelayScene()
        scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let player = scene.rawPlayer(
            buffer: 1_000,
            calls: [
                Self.call("pause", after: .seconds(2), [true, 1_900]),
                Self.call("pause", after: .seconds(4), [false, 8_000]),
            ])
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        let frames = player.media().filter(\.isFrame).compactMap { scene.stream.number(of: $0) }
        #expect(frames.suffix(180) == Array(720..<900)[...])
        #expect(frames.count < 600)
    }

    @Test func `a seek in a pause is answered, and goes on when the player does`() {
        let scene = RelayScene()
        scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let player = scene.rawPlayer(
            buffer: 1_000,
            calls: [
                Self.call("pause", after: .seconds(2), [true, 1_900]),
                Self.call("seek", after: .seconds(3), [5_000]),
                Self.call("pause", after: .seconds(10), [false, 5_000]),
            ])
        #expect(scene.runUntil(player, hears: "NetStream.Seek.Notify"))
        let count = player.media().filter(\.isFrame).count
        scene.network.run(for: .seconds(5))
        #expect(player.media().filter(\.isFrame).count == count)
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        let frames = player.media().filter(\.isFrame).compactMap { scene.stream.number(of: $0) }
        #expect(frames == Array(0..<count) + Array(450..<900))
    }

    @Test func `pictures that are turned off and on come again from a keyframe`() {
        let scene = RelayScene()
        scene.recordingRelay(["show.flv": RecordedStream().bytes])
        let player = scene.rawPlayer(
            buffer: 500,
            calls: [
                Self.call("receiveVideo", after: .seconds(2), [false]),
                Self.call("receiveVideo", after: .seconds(4), [true]),
            ])
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        let frames = player.media().filter(\.isFrame).compactMap { scene.stream.number(of: $0) }
        #expect(frames.filter { !scene.stream.isVideo($0) } == (0..<900).filter { !scene.stream.isVideo($0) })
        let video = frames.filter { scene.stream.isVideo($0) }
        for (one, next) in zip(video, video.dropFirst()) where next != one + 3 {
            #expect(scene.stream.isKeyframe(next) && next > 200)
        }
        #expect(video.count < 250 && video.count > 200)
    }

    @Test func `who plays another file on the same stream, or closes it, gets whole messages`() {
        let scene = RelayScene(stream: Synthetic(size: 60_000))
        let file = RecordedStream(stream: scene.stream, frames: 0..<300)
        let relay = scene.recordingRelay(["show.flv": file.bytes, "other.flv": file.bytes])
        let player = scene.rawPlayer(
            conditions: .local.limited(to: 1_000_000, buffer: 8_192),
            calls: [
                Self.call("play", after: .milliseconds(700), ["other", 1_000]),
                Self.call("closeStream", after: .milliseconds(1_500), []),
                Self.call("play", after: .milliseconds(2_000), ["show", 2_000]),
            ])
        #expect(scene.runUntil(player, hears: "NetStream.Play.Stop"))
        let frames = player.media().filter(\.isFrame).map { scene.stream.number(of: $0) }
        #expect(!frames.contains(nil))
        #expect(frames.suffix(120) == Array(180..<300)[...].map { Optional($0) }[...])
        #expect(relay.withShards(Relay.self) { $0.playbacks.count }.reduce(0, +) == 1)
    }
}

extension [String] {
    fileprivate func contains(_ run: [String]) -> Bool {
        count >= run.count && (0...(count - run.count)).contains { Array(self[$0..<($0 + run.count)]) == run }
    }
}
