// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import rtmpctl

/// What the built program says and returns when peers and files are not as they should be.
@Suite(.timeLimit(.minutes(10))) struct PeerFailureTests {
    private let input = Fixture.path("flv/h264_aac.flv")
    private let check = "check host and port, and whether the server runs"

    private func expect(
        _ result: ToolProcess.Result, _ status: Int32, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == status, sourceLocation: sourceLocation)
        #expect(result.error == message + "\n", sourceLocation: sourceLocation)
        #expect(result.output == "", sourceLocation: sourceLocation)
    }

    @Test func `a refused connection is 69`() throws {
        let directory = try TemporaryDirectory()
        let listener = try RawListener(.refuses)
        let host = "127.0.0.1:\(listener.port)"
        let reason = "rtmp://\(host)/live/***: connection refused by \(host); \(check)"
        let url = "rtmp://\(host)/live/SECRET?token=SECRET"
        expect(try ToolProcess.run(["play", url]), 69, "rtmpctl play: cannot play \(reason)")
        expect(try ToolProcess.run(["dump", url], in: directory.url), 69, "rtmpctl dump: cannot play \(reason)")
        expect(try ToolProcess.run(["publish", input, url]), 69, "rtmpctl publish: cannot publish to \(reason)")
        #expect(directory.names == [])
    }

    @Test func `a host that does not exist is 69`() throws {
        let result = try ToolProcess.run(["publish", input, "rtmp://no-such-host.invalid/live/SECRET"])
        #expect(result.status == 69)
        #expect(result.error.contains("rtmp://no-such-host.invalid/live/***"))
        #expect(!result.error.contains("SECRET"))
    }

    @Test func `a peer that keeps silent is 69`() throws {
        let listener = try RawListener(.isSilent)
        let url = "rtmp://127.0.0.1:\(listener.port)/live/SECRET"
        let result = try ToolProcess.run(["play", url, "--timeout", "0.2"])
        #expect(result.status == 69)
        #expect(result.error.contains("no answer to the handshake"))
    }

    @Test func `a peer that speaks something else is 76`() throws {
        for command in [["play"], ["publish", input]] {
            let listener = try RawListener(.says("HTTP/1.0 400 Bad Request\r\n\r\n"))
            let result = try ToolProcess.run(command + ["rtmp://127.0.0.1:\(listener.port)/live/SECRET"])
            #expect(result.status == 76)
            #expect(result.error.contains("does not speak RTMP"))
            #expect(result.error.split(separator: "\n").count == 1)
            #expect(!result.error.contains("SECRET"))
        }
    }

    @Test func `input that is missing or no FLV file is 65`() throws {
        let url = "rtmp://127.0.0.1:9/live/SECRET"
        expect(
            try ToolProcess.run(["publish", "/none.flv", url]), 65,
            "rtmpctl publish: cannot read /none.flv: there is no such file")
        for path in [Fixture.path("flv/README.md"), "/dev/null", "-"] {
            let result = try ToolProcess.run(["publish", path, url])
            #expect(result.status == 65)
            #expect(result.error.split(separator: "\n").count == 1)
        }
    }

    @Test func `a file in the way is 73 and stays as it is`() throws {
        let directory = try TemporaryDirectory()
        try Data("precious".utf8).write(to: directory.url.appending(path: "show.flv"))
        // Nobody is asked before the file is looked at: whatever listens there must not matter.
        let listener = try RawListener(.isSilent)
        let url = "rtmp://127.0.0.1:\(listener.port)/live/show?k=SECRET"
        expect(
            try ToolProcess.run(["dump", url], in: directory.url), 73,
            "rtmpctl dump: show.flv exists; choose another name, or --force to replace it")
        #expect(try String(contentsOf: directory.url.appending(path: "show.flv"), encoding: .utf8) == "precious")
    }

    @Test func `an address in use is told`() throws {
        let listener = try RawListener(.isSilent)
        expect(
            try ToolProcess.run(["relay", "--listen", "127.0.0.1:\(listener.port)"]), 1,
            "rtmpctl relay: cannot listen on 127.0.0.1:\(listener.port): the port is in use; "
                + "stop the program that uses it, or choose another port")
    }

    @Test func `no way to give a key shows it`() throws {
        let directory = try TemporaryDirectory()
        try Data("SECRET\n".utf8).write(to: directory.url.appending(path: "key"))
        let listener = try RawListener(.refuses)
        let host = "127.0.0.1:\(listener.port)"
        let lines = [
            "rtmp://\(host)/live/SECRET", "rtmp://user:SECRET@\(host)/live/SECRET?a=SECRET",
            "rtmp://\(host)/live?SECRET --key-file key", "rtmp://\(host)/live?SECRET/SECRET", "rtmp://\(host)/live",
            "rtmp://\(host)/live -y SECRET", "rtmp://\(host) -a live?SECRET -y SECRET",
        ]
        for line in lines {
            for command in [
                ["publish", input, "--json", "--verbose"], ["dump", "-o", "x.flv", "--json", "-V"], ["play", "-V"],
            ] {
                let words = command + line.split(separator: " ").map(String.init)
                let result = try ToolProcess.run(
                    words, variables: ["RTMPCTL_STREAM_KEY": "SECRET"], in: directory.url)
                #expect(result.status == 69, "\(words)")
                #expect(!(result.error + result.output).contains("SECRET"), "\(words)")
            }
        }
    }
}
