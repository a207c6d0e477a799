// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayRecordingTests {
    private func tags(_ bytes: [UInt8]) throws -> [FLVTag] {
        var reader = FLVReader()
        reader.receive(bytes.span)
        reader.receiveEnd()
        var tags: [FLVTag] = []
        while let element = try reader.nextElement() {
            if case .tag(let tag) = element { tags.append(tag) }
        }
        return tags
    }

    private func frames(_ tags: [FLVTag], _ stream: Synthetic) -> [Int] {
        tags.compactMap { tag in
            stream.number(
                of: MediaPacket(
                    tag.kind == .video ? .video : .audio, timestamp: RTMPTimestamp(tag.timestamp),
                    payload: tag.payload))
        }
    }

    @Test func `every stream is recorded to a file named after it and its start`() throws {
        let scene = RelayScene()
        let relay = scene.relay {
            $0.recordDirectory = "/rec"
            $0.wallClock = 1_795_255_845_250 - 3_600_000
        }
        scene.network.run(for: .milliseconds(20))
        scene.publisher(frames: 0..<300, start: 5000)
        scene.network.run(for: .seconds(6))
        let (path, contents) = try #require(relay.files.contents.first)
        #expect(path.hasPrefix("/rec/live/show-20261121T101045.") && path.hasSuffix("Z.flv"))
        let tags = try tags(contents)
        #expect(frames(tags, scene.stream) == Array(0..<300))
        let stamps = tags.filter {
            scene.stream.number(
                of: MediaPacket($0.kind == .video ? .video : .audio, timestamp: RTMPTimestamp(0), payload: $0.payload))
                != nil
        }.map(\.timestamp)
        #expect(stamps == (0..<300).map { UInt32($0) * scene.stream.interval }, "a file begins at 0")
        #expect(relay.log.contains("record end"))
        #expect(StrictFLV(contents).faults == [])
    }

    @Test func `a publisher that comes back goes on in the same file`() throws {
        let scene = RelayScene()
        let relay = scene.relay { $0.recordDirectory = "/rec" }
        scene.publisher("first", frames: 0..<90, end: .hangUp)
        scene.network.run(for: .seconds(3))
        scene.publisher("second", frames: 90..<180)
        scene.network.run(for: .seconds(6))
        #expect(relay.files.contents.count == 1)
        let tags = try tags(relay.files.contents.values.first ?? [])
        #expect(frames(tags, scene.stream) == Array(0..<180))
    }

    @Test func `a full disk ends the recording with a line, and harms no player`() {
        let scene = RelayScene()
        let relay = scene.relay { $0.recordDirectory = "/rec" }
        relay.files.capacity = 90_000
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher(frames: 0..<900)
        #expect(scene.runUntil(player, has: 899))
        #expect(scene.frames(player) == Array(0..<900))
        #expect(relay.logs.contains { $0.level == .error && $0.text.hasPrefix("record live/show") })
        #expect(StrictFLV(relay.files.contents.values.first ?? []).faults == [])
    }

    @Test func `a relay that is told to stop finishes its files and tells its players`() throws {
        let scene = RelayScene()
        let relay = scene.relay { $0.recordDirectory = "/rec" }
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher(frames: 0..<9000)
        #expect(scene.runUntil(player, has: 200))
        scene.network.interrupt(relay)
        #expect(scene.network.runUntil(within: .seconds(10)) { relay.ending != nil })
        #expect(relay.ending?.status == .terminated)
        #expect(player.with(WatchingPlayer.self) { $0.ended } == .playUnpublishNotify)
        let recorded = frames(try tags(relay.files.contents.values.first ?? []), scene.stream)
        #expect(recorded == Array(0..<recorded.count) && recorded.count >= 200)
    }
}
