// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import TestSupport
import Testing

@testable import rtmpctl

/// The four commands together, over loopback, as a shell runs them.
@Suite(.timeLimit(.minutes(10))) struct MainJobTests {
    /// A relay on a free port.
    private final class RunningRelay {
        let tool: ToolProcess
        let address: String

        init(_ options: String...) throws {
            tool = try ToolProcess(["relay", "--listen", "127.0.0.1:0"] + options)
            let line = try Self.line(of: tool)
            address = line.firstMatch(of: /listening on ([^ ,]+), room for/).map { String($0.1) } ?? ""
            try #require(line.contains(" info listening on 127.0.0.1:"), "\(line)")
        }

        /// Waits until so many more players are there.
        func waitForPlayers(_ count: Int) throws {
            var left = count
            while left > 0 {
                let line = try Self.line(of: tool)
                try #require(!line.isEmpty, "the relay has ended")
                if line.contains(" info play #") { left -= 1 }
            }
        }

        private static func line(of tool: ToolProcess) throws -> String {
            var line = ""
            while !line.hasSuffix("\n") {
                guard let byte = try tool.error.fileHandleForReading.read(upToCount: 1)?.first else { break }
                line.unicodeScalars.append(Unicode.Scalar(byte))
            }
            return line
        }

        func end() -> ToolProcess.Result {
            tool.process.interrupt()
            return tool.result()
        }

        deinit { if tool.process.isRunning { tool.process.terminate() } }
    }

    /// Sound and pictures of a file, without their times.
    private func media(_ bytes: [UInt8]) throws -> [FLVTag] {
        var reader = FLVReader()
        reader.receive(bytes.span)
        reader.receiveEnd()
        var tags: [FLVTag] = []
        while let element = try reader.nextElement() {
            if case .tag(let tag) = element, tag.kind == .audio || tag.kind == .video { tags.append(tag) }
        }
        return tags
    }

    @Test func `what is published is played, dumped and recorded bit by bit`() throws {
        let directory = try TemporaryDirectory()
        let relay = try RunningRelay("--record", directory.file("record"))
        let url = "rtmp://\(relay.address)/live/show?token=SECRET"
        let dump = try ToolProcess(["dump", url, "--wait", "--json"], in: directory.url)
        let dumpLikeRTMPDump = try ToolProcess(
            ["dump", "-r", url, "-o", "b.flv", "--live", "--wait"], in: directory.url)
        let play = try ToolProcess(["play", url, "--wait", "--quiet"])
        try relay.waitForPlayers(3)
        let source = Fixture.path("flv/aac_only.flv")
        let publish = try ToolProcess.run(["publish", source, url, "--json"])
        #expect(publish.status == 0)
        #expect(publish.output.hasPrefix(#"{"command":"publish","status":0,"message":null,"#))

        let played = play.output.fileHandleForReading.readDataToEndOfFile()
        #expect(play.result().status == 0)
        let dumped = dump.result()
        #expect(dumped.status == 0)
        #expect(dumped.output.hasPrefix(#"{"command":"dump","status":0,"message":null,"file":"show.flv","#))
        #expect(dumped.error.hasPrefix("rtmpctl dump: 00:00:0"))
        #expect(dumpLikeRTMPDump.result().status == 0)
        let ended = relay.end()
        #expect(ended.status == 130)
        #expect(ended.error.contains(" info publish #"))
        #expect(!ended.error.contains("SECRET"))

        let expected = try media(Fixture.bytes("flv/aac_only.flv")).map(\.payload)
        #expect(try media([UInt8](played)).map(\.payload) == expected)
        for name in ["show.flv", "b.flv"] {
            let tags = try media([UInt8](Data(contentsOf: directory.url.appending(path: name))))
            #expect(tags.map(\.payload) == expected)
            #expect(tags.first?.timestamp == 0)
        }
        let recordings = try FileManager.default.contentsOfDirectory(atPath: directory.file("record/live"))
        #expect(recordings.count == 1)
        let recording = try #require(recordings.first)
        #expect(recording.hasPrefix("show-") && recording.hasSuffix("Z.flv"))
        let recorded = [UInt8](try Data(contentsOf: directory.url.appending(path: "record/live/\(recording)")))
        #expect(try media(recorded).map(\.payload) == expected)
    }

    @Test func `a name in use is refused with 77`() throws {
        let relay = try RunningRelay("--takeover", "never")
        let url = "rtmp://\(relay.address)/live/show"
        let first = try ToolProcess(["publish", Fixture.path("flv/aac_only.flv"), url, "--loop"])
        // Media flows once a player has some.
        #expect(try ToolProcess.run(["dump", url, "/dev/null", "--force", "--wait", "--duration", "0.1"]).status == 0)
        let second = try ToolProcess.run(["publish", Fixture.path("flv/aac_only.flv"), url])
        #expect(second.status == 77)
        #expect(second.error.contains("NetStream.Publish.BadName"))
        first.process.interrupt()
        #expect(first.result().status == 130)
        #expect(relay.end().status == 130)
    }

    @Test func `a relay that goes away leaves a valid file and 2`() throws {
        let directory = try TemporaryDirectory()
        let relay = try RunningRelay()
        let url = "rtmp://\(relay.address)/live/show"
        let publish = try ToolProcess(["publish", Fixture.path("flv/aac_only.flv"), url, "--loop"])
        let dump = try ToolProcess(["dump", url, "a.flv", "--wait"], in: directory.url)
        while !directory.names.contains("a.flv") { Thread.sleep(forTimeInterval: 0.01) }
        kill(relay.tool.process.processIdentifier, SIGKILL)
        let result = dump.result()
        #expect(result.status == 2)
        #expect(result.error.contains("lost the connection from rtmp://\(relay.address)/live/***"))
        _ = try media([UInt8](Data(contentsOf: directory.url.appending(path: "a.flv"))))
        publish.process.terminate()
        #expect(publish.result().status == 143)
    }

    @Test func `a stream is carried from one relay to another`() throws {
        let directory = try TemporaryDirectory()
        let a = try RunningRelay()
        let b = try RunningRelay()
        let route = try ToolProcess(["relay", "rtmp://\(a.address)/live/x", "rtmp://\(b.address)/live/SECRET"])
        let dump = try ToolProcess(["dump", "rtmp://\(b.address)/live/SECRET", "x.flv", "--wait"], in: directory.url)
        let source = Fixture.path("flv/aac_only.flv")
        #expect(try ToolProcess.run(["publish", source, "rtmp://\(a.address)/live/x"]).status == 0)
        #expect(dump.result().status == 0)
        route.process.terminate()
        let ended = route.result()
        #expect(ended.status == 143)
        #expect(!ended.error.contains("SECRET"))
        #expect(a.end().status == 130)
        #expect(b.end().status == 130)
        let tags = try media([UInt8](Data(contentsOf: directory.url.appending(path: "x.flv"))))
        #expect(tags.count > 50)
    }
}
