// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@testable import rtmpctl

/// `probe` and `repair`, from the command line to files.
@Suite(.timeLimit(.minutes(10))) struct ProbeAndRepairTests {
    private func files(_ line: String) throws -> [String] {
        let (input, output) = try RepairFile.files(arguments(RepairFile.command, line))
        return [input, output]
    }

    @Test func `the repaired file is called after the damaged one`() throws {
        #expect(try files("show.flv") == ["show.flv", "show.repaired.flv"])
        #expect(try files("dir/show.FLV") == ["dir/show.FLV", "dir/show.repaired.flv"])
        #expect(try files("show") == ["show", "show.repaired.flv"])
        #expect(try files("a.flv b.flv") == ["a.flv", "b.flv"])
        #expect(try files("- b.flv") == ["-", "b.flv"])
        for line in ["", "-", "a -", "a b c", "rtmp://host/live/SECRET", "a rtmp://host/live/SECRET"] {
            let failure = #expect(throws: Failure.self) { try files(line) }
            #expect(failure?.status == .usage)
            #expect(failure?.message.contains("SECRET") == false)
        }
    }

    @Test func `probe takes its options`() throws {
        let line = "rtmp://host/live/show --duration 30 --timeout 3 --tc-url rtmp://t/a"
        let configuration = try Probe.configuration(
            "rtmp://host/live/show", .json, arguments(Probe.command, line), Stage().surroundings)
        #expect(configuration.duration == .seconds(30))
        #expect(configuration.timeout == .seconds(3))
        #expect(configuration.session.tcURL == "rtmp://t/a")
        #expect(configuration.form == .json)
    }

    @Test func `a file is repaired, looked at, and never written over`() throws {
        let directory = try TemporaryDirectory()
        let damaged = Fixture.path("flv/broken_concatenated.flv")
        let link = directory.file("link.flv")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: damaged)
        let onItself = try ToolProcess.run(["repair", damaged, link, "--force"])
        #expect(onItself.status == 64)
        #expect(onItself.error.contains("is the file to repair, which stays as it is"))

        let good = directory.file("good.flv")
        let repaired = try ToolProcess.run(["repair", damaged, good])
        #expect(repaired.status == 0)
        #expect(
            repaired.output.contains("  byte 33727: another file begins here; its times go on behind those before\n"))
        #expect(repaired.error == "")
        let again = try ToolProcess.run(["repair", damaged, good])
        #expect(again.status == 73)
        #expect(try StrictFLV([UInt8](Data(contentsOf: URL(filePath: good)))).faults == [])

        let looked = try ToolProcess.run(["probe", good, "--json"])
        #expect(looked.status == 0)
        #expect(looked.output.hasPrefix(#"{"command":"probe","status":0,"message":null,"input":""#))
        #expect(looked.output.contains(#""keyframeIndex":{"entries":4,"right":4}"#))
        #expect(try ToolProcess.run(["probe", directory.file("none.flv")]).status == 65)
        let before = try ToolProcess.run(["probe", Fixture.path("flv/broken_truncated_midtag.flv")])
        #expect(before.status == 2)
        #expect(before.error.contains("rtmpctl repair can save the rest"))
    }
}
