// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// Recordings in several files, with everything that happens to files.
@Suite struct SegmentTests {
    /// A scripted server, and somebody who records from it.
    private final class Stage {
        let network: SimulatedNetwork
        let script: ServerScript
        let dump: SimulatedHost

        init(
            _ script: ServerScript, seed: UInt64 = 1, template: String = "out/{name}-{index}.flv",
            contents: [String: [UInt8]] = [:], capacity: Int? = nil,
            _ change: (inout PlayConfiguration) -> Void = { _ in }
        ) throws {
            network = SimulatedNetwork(seed: seed)
            self.script = script
            network.add(host: "server", program: ScriptedServer(script))
            network.run(for: .milliseconds(10))
            var plan = RecordingPlan(.directory("", try NameTemplate(template)))
            plan.segment = .duration(.seconds(4))
            var configuration = PlayConfiguration(url: try RTMPURL("rtmp://server/live/x"), recording: plan)
            change(&configuration)
            dump = network.add(host: "dump", program: PlayProgram(configuration))
            dump.files.contents = contents
            dump.files.capacity = capacity
        }

        func ending() throws -> Ending {
            _ = network.runUntil(within: .seconds(300)) { [dump] in dump.ending != nil }
            return try #require(dump.ending, "it has not ended: \(dump.log)")
        }

        var names: [String] { dump.files.contents.keys.sorted() }

        /// The facts of the files that a command was run for.
        func facts() throws -> [[String: Any]] {
            try dump.commands.map { command in
                try #require(JSONSerialization.jsonObject(with: Data(command.input)) as? [String: Any])
            }
        }
    }

    @Test func `files follow each other without a lost or repeated frame, and are named and told when complete`() throws
    {
        let stage = try Stage(ServerScript(media: SmallStream.live(seconds: 22))) { $0.recording.hook = "tell" }
        #expect(try stage.ending() == Ending(.done))
        #expect(stage.names == (1...6).map { "out/x-000\($0).flv" })
        let facts = try stage.facts()
        #expect(facts.compactMap { $0["file"] as? String } == stage.names)
        #expect(stage.dump.commands.allSatisfy { $0.line == "tell" })
        var joined: [FLVTag] = []
        for fact in facts {
            let bytes = try #require(stage.dump.files.contents[fact["file"] as? String ?? ""])
            #expect(StrictFLV(bytes).faults == [])
            #expect(fact["bytes"] as? Int == bytes.count)
            let begin = UInt32((fact["beginSeconds"] as? Double ?? -1) * 1000)
            // The two configurations stand at the front of every file.
            joined += try SmallStream.tags(bytes).dropFirst(2).map {
                FLVTag(kind: $0.kind, timestamp: $0.timestamp + begin, payload: $0.payload)
            }
        }
        let expected = SmallStream.packets(seconds: 22).dropFirst(3)
        #expect(joined.map(\.payload) == expected.map(\.payload))
        #expect(joined.map(\.timestamp) == expected.map(\.timestamp.milliseconds))
        // The sound of the keyframe's time comes behind it, so the file begins where sound was last.
        #expect(facts[1]["beginSeconds"] as? Double == 3.96 && facts[1]["durationSeconds"] as? Double == 4.04)
        #expect(facts[1]["videoFrames"] as? Int == 100 && facts[1]["keyframes"] as? Int == 4)
        #expect(facts[1]["ended"] as? String == "the next file began")
        #expect(facts[5]["ended"] as? String == "the stream ended")
        #expect(facts[1]["stream"] as? String == "live/x" && facts[1]["complete"] as? Bool == true)
        let progress = try #require(stage.dump.progress)
        #expect(progress.tags == 1 + 2 + 22 * 50 && progress.videoFrames == 22 * 25 && progress.keyframes == 22)
        #expect(progress.mediaMilliseconds == 22_000)
        #expect(progress.files == stage.names)
        #expect(progress.videoCodec == "avc1.64001e" && progress.audioCodec == "mp4a.40.2")
    }

    @Test func `a file is called part until it is complete`() throws {
        let stage = try Stage(ServerScript(media: SmallStream.live(seconds: 60)))
        stage.network.run(for: .milliseconds(6_000))
        #expect(stage.names == ["out/x-0001.flv", "out/x-0002.flv.part"])
        stage.network.kill(stage.dump)
        let left = StrictFLV(stage.dump.files.contents["out/x-0002.flv.part"] ?? [], rules: .interrupted)
        #expect(left.faults == [])
        #expect(left.frames.count > 70)
    }

    @Test func `names that are taken are passed by`() throws {
        let old: [String: [UInt8]] = ["out/x-0001.flv": [1], "out/x-0002.flv.part": [2], "out/x-0004.flv": [4]]
        let stage = try Stage(ServerScript(media: SmallStream.live(seconds: 10)), contents: old)
        #expect(try stage.ending() == Ending(.done))
        #expect(
            stage.names == [
                "out/x-0001.flv", "out/x-0002.flv.part", "out/x-0003.flv", "out/x-0004.flv", "out/x-0005.flv",
                "out/x-0006.flv",
            ])
        for (name, bytes) in old { #expect(stage.dump.files.contents[name] == bytes) }
        let again = try Stage(
            ServerScript(media: SmallStream.live(seconds: 2)), template: "out/{name}.flv",
            contents: ["out/x.flv": [1]])
        #expect(try again.ending() == Ending(.done))
        #expect(again.names == ["out/x-2.flv", "out/x.flv"])
    }

    @Test func `a size ends a file with the next keyframe`() throws {
        let stage = try Stage(ServerScript(media: SmallStream.live(seconds: 30, size: 2_000))) {
            $0.recording.segment = .size(300_000)
        }
        #expect(try stage.ending() == Ending(.done))
        #expect(stage.names.count > 4)
        for name in stage.names.dropLast() {
            let size = try #require(stage.dump.files.contents[name]).count
            #expect(size >= 300_000 && size < 300_000 + 60_000)
        }
    }

    @Test func `old files are removed, those of others stay`() throws {
        let stage = try Stage(
            ServerScript(media: SmallStream.live(seconds: 30)),
            contents: ["out/other.flv": [1], "out/x-0000.flv": [2]]
        ) { $0.recording.retention.count = 3 }
        #expect(try stage.ending() == Ending(.done))
        #expect(
            stage.names == [
                "out/other.flv", "out/x-0006.flv", "out/x-0007.flv", "out/x-0008.flv",
            ])
        #expect(stage.dump.log.contains("record: removed out/x-0000.flv"))
    }

    @Test func `a command that fails is told, and spoils nothing`() throws {
        let stage = try Stage(ServerScript(media: SmallStream.live(seconds: 6))) { $0.recording.hook = "false" }
        stage.dump.commandResult = .exited(3)
        #expect(try stage.ending() == Ending(.done))
        #expect(stage.dump.log.contains("the command for out/x-0001.flv ended with status 3"))
    }

    @Test func `a disk that is full leaves what is complete, and a part that is whole`() throws {
        let stage = try Stage(
            ServerScript(media: SmallStream.live(seconds: 60, size: 2_000)), capacity: 500_000)
        #expect(try stage.ending().status == .inputOutput)
        #expect(stage.names == ["out/x-0001.flv", "out/x-0002.flv.part"])
        for name in stage.names { #expect(StrictFLV(stage.dump.files.contents[name] ?? []).faults == []) }
        #expect(stage.dump.files.used <= 500_000 && stage.dump.files.used > 495_000)
    }

    @Test func `a file in which not even the first frame has room is removed`() throws {
        let stage = try Stage(ServerScript(media: SmallStream.live(seconds: 10)), capacity: 30_000)
        #expect(try stage.ending().status == .inputOutput)
        stage.network.run(for: .seconds(1))
        #expect(stage.names == [])
    }

    @Test func `what was lost with the connection is noted where it is missing`() throws {
        let script = ServerScript(media: SmallStream.live(seconds: 6), end: .close)
        let stage = try Stage(script) {
            $0.reconnects = true
            $0.recording.hook = "tell"
        }
        #expect(stage.network.runUntil { script.connections == 2 })
        script.media = SmallStream.live(seconds: 6, from: 700_000)
        script.end = .proper
        #expect(try stage.ending() == Ending(.done))
        let gaps = try #require(stage.dump.progress?.gaps)
        #expect(gaps.count == 1)
        #expect(gaps[0].milliseconds == 6_000 && gaps[0].why == "the connection was lost")
        #expect((500..<3_000).contains(gaps[0].length ?? 0))
        let facts = try stage.facts()
        let inFiles = facts.map { ($0["gaps"] as? [[String: Any]])?.count }
        #expect(inFiles.compactMap { $0 }.reduce(0, +) == 1)
        #expect(((facts[1]["gaps"] as? [[String: Any]])?.first?["atSeconds"] as? Double) == 2.04)
        for name in stage.names { #expect(StrictFLV(stage.dump.files.contents[name] ?? []).faults == []) }
    }
}
