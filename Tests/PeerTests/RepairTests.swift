// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What other programs say of repaired files.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RepairTests {
    static let broken = Fixture.list("flv", suffix: ".flv").filter { $0.contains("/broken_") }

    private func run(_ tool: Tool, _ arguments: [String], in directory: String) throws -> (status: Int32, said: String)
    {
        let process = try ChildProcess(#require(tool.path), arguments, directory: directory)
        let status = try process.wait(seconds: 60)
        return (status, process.output)
    }

    @Test(arguments: broken) func `ffprobe and ffmpeg find no fault in a repaired file`(_ name: String) throws {
        try Tool.require([.rtmpctl, .ffprobe, .systemFFmpeg])
        let directory = FileManager.default.temporaryDirectory.appending(path: "repair-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let good = directory.appending(path: "good.flv").path
        #expect(try run(.rtmpctl, ["repair", Fixture.path(name), good], in: directory.path).status == 0)
        let file = StrictFLV([UInt8](try Data(contentsOf: URL(filePath: good))))
        #expect(file.faults == [])

        let packets = try run(
            .ffprobe, ["-v", "warning", "-show_entries", "packet=codec_type,pos", "-of", "csv=p=0", good],
            in: directory.path)
        #expect(packets.status == 0)
        let lines = packets.said.split(separator: "\n")
        // Every line is a packet: a warning would be one too many.
        #expect(lines.allSatisfy { $0.hasPrefix("video,") || $0.hasPrefix("audio,") }, "\(packets.said)")
        // ffmpeg also counts the marks of ends as packets.
        let marks = file.tags.filter { $0.type == 9 && $0.content == .other && $0.body.count == 5 }.count
        #expect((file.frames.count...(file.frames.count + marks)).contains(lines.count))

        let decoded = try run(.systemFFmpeg, ["-v", "error", "-i", good, "-f", "null", "-"], in: directory.path)
        #expect(decoded.status == 0 && decoded.said == "", "\(decoded.said)")

        // A seek lands where the index says.
        let keyframe = try #require(file.keyframes.last)
        let sought = try run(
            .ffprobe,
            [
                "-v", "error", "-select_streams", "v", "-read_intervals", "\(Double(keyframe.time) / 1000 + 0.2)%+#1",
                "-show_entries", "packet=dts", "-of", "csv=p=0", good,
            ], in: directory.path)
        #expect(sought.said.split(separator: "\n").first.map(String.init) == "\(keyframe.time)", "\(sought.said)")
    }
}
