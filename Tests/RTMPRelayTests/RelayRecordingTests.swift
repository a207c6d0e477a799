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

    @Test func `files are cut, named, kept and told as the plan says`() throws {
        let scene = RelayScene()
        let relay = scene.relay {
            var plan = RecordingPlan(.directory("/rec", try! NameTemplate("{app}/%Y/{name}-{index}.flv")))
            plan.segment = .duration(.milliseconds(1_400))
            plan.retention.count = 2
            plan.hook = "tell"
            $0.recording = plan
        }
        scene.publisher(frames: 0..<400)
        scene.network.run(for: .milliseconds(2_500))
        let parts = relay.files.contents.keys.filter { $0.hasSuffix(".part") }
        #expect(parts.count == 1)
        scene.network.run(for: .seconds(4))
        #expect(relay.files.contents.keys.sorted() == ["/rec/live/1970/show-0002.flv", "/rec/live/1970/show-0003.flv"])
        for contents in relay.files.contents.values { #expect(StrictFLV(contents).faults == []) }
        #expect(relay.commands.count == 3)
        #expect(String(decoding: relay.commands[0].input, as: UTF8.self).contains(#""stream":"live/show""#))
        #expect(relay.log.contains("record: removed /rec/live/1970/show-0001.flv"))
    }

    @Test func `a disk that is slow costs the recording a gap, and nobody else anything`() throws {
        let scene = RelayScene()
        let relay = scene.relay {
            $0.recordDirectory = "/rec"
            $0.recordingBacklog = 200_000
        }
        let player = scene.player()
        scene.network.run(for: .milliseconds(50))
        scene.publisher(frames: 0..<2700)
        scene.network.run(for: .seconds(4))
        relay.files.latency = .seconds(8)
        scene.network.run(for: .seconds(6))
        relay.files.latency = .milliseconds(2)
        #expect(scene.runUntil(player, has: 2699))
        #expect(scene.frames(player) == Array(0..<2700))
        scene.network.run(for: .seconds(20))
        let contents = try #require(relay.files.contents.values.first)
        #expect(StrictFLV(contents).faults == [])
        let recorded = frames(try tags(contents), scene.stream)
        #expect(recorded.count > 1000 && recorded.count < 2700)
        #expect(recorded.first == 0 && recorded.last == 2699)
        #expect(recorded == recorded.sorted())
        #expect(relay.log.contains("record live/show: the disk is too slow"))
        let end = try #require(relay.logs.first { $0.text.hasPrefix("record end") })
        #expect(end.level == .warning)
        #expect(end.text.contains("messages lost in 1 gap because the disk was too slow"), "\(end)")
        #expect(end.text.contains("ms behind"))
    }

    @Test func `a recording that failed begins anew when there is room again`() throws {
        let scene = RelayScene()
        let relay = scene.relay { $0.recordDirectory = "/rec" }
        relay.files.capacity = 80_000
        scene.publisher(frames: 0..<1800)
        scene.network.run(for: .seconds(8))
        #expect(relay.files.contents.keys.allSatisfy { $0.hasSuffix(".part") })
        relay.files.capacity = nil
        scene.network.run(for: .seconds(40))
        let names = relay.files.contents.keys.sorted()
        #expect(names.count == 2 && names[0].hasSuffix(".part") && names[1].hasSuffix(".flv"))
        for contents in relay.files.contents.values { #expect(StrictFLV(contents).faults == []) }
        let second = frames(try tags(relay.files.contents[names[1]] ?? []), scene.stream)
        let first = try #require(second.first)
        #expect(second == Array(first..<1800))
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
