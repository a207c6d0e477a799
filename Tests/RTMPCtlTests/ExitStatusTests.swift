// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import rtmpctl

/// What a shell sees of bad input: the exit status, one line on standard error, and no secret anywhere.
@Suite struct ExitStatusTests {
    /// A run that must fail, and what it must say.
    struct Case: CustomTestStringConvertible, Sendable {
        var words: String
        var status: Int32
        var message: String
        var testDescription: String { words }

        init(_ words: String, _ status: Int32, _ message: String) {
            self.words = words
            self.status = status
            self.message = message
        }
    }

    static let usage = [
        Case(
            "", 64,
            "rtmpctl: no command given; write one of publish, play, dump, relay, probe, repair, or rtmpctl --help"),
        Case("dmup", 64, "rtmpctl: unknown command dmup; did you mean dump?"),
        Case(
            "frobnicate", 64,
            "rtmpctl: unknown command frobnicate; write one of publish, play, dump, relay, probe, repair, or rtmpctl --help"
        ),
        Case(
            "rtmp://host/live/SECRET", 64,
            "rtmpctl: a URL stands where the command should be; "
                + "write one of publish, play, dump, relay, probe, repair, or rtmpctl --help"),
        Case(
            "--key=SECRET dump", 64,
            "rtmpctl: unknown option --key in front of a command; options stand behind it; "
                + "write one of publish, play, dump, relay, probe, repair, or rtmpctl --help"),
        Case("dump --key=SECRET", 64, "rtmpctl dump: unknown option --key; did you mean --key-file?"),
        Case("play", 64, "rtmpctl play: URL is missing; --help shows how to write it"),
        Case("play SECRET", 64, "rtmpctl play: the URL has no scheme; write it as rtmp://host/app/name"),
        Case(
            "play http://host/SECRET", 64,
            "rtmpctl play: the scheme http:// is not supported; use rtmp:// or rtmps://"),
        Case("play rtmp:///SECRET", 64, "rtmpctl play: the URL names no host; write it as rtmp://host/app/name"),
        Case(
            "play rtmp://host:0/live/SECRET", 64, "rtmpctl play: the port 0 is not a number from 1 to 65535"),
        Case(
            "play rtmp://host/live/a rtmp://host/live/SECRET", 64,
            "rtmpctl play: 2 operands are given, at most 1 wanted: URL"),
        Case("dump", 64, "rtmpctl dump: URL is missing; --help shows how to write it"),
        Case(
            "dump rtmp://host/live/SECRET --duration soon", 64,
            "rtmpctl dump: --duration soon is not a time; write 90, 1.5m, 500ms or 1:30"),
        Case(
            "dump rtmp://host/live?SECRET", 64,
            "rtmpctl dump: rtmp://host/live?*** names no stream; write rtmp://host/live?***/NAME, "
                + "or give the name with --key-file"),
        Case(
            "dump rtmp://host/live/SECRET rtmp://host/live/SECRET", 64,
            "rtmpctl dump: where FILE should be is no name of a file; write dump URL FILE"),
        Case(
            "dump rtmp://host/live/SECRET - --json", 64,
            "rtmpctl dump: standard output cannot take both the stream and --json; write the stream to a file"),
        Case(
            "publish show.flv", 64, "rtmpctl publish: INPUT URL... is missing; --help shows how to write it"),
        Case(
            "publish rtmp://host/live/SECRET show.flv", 64,
            "rtmpctl publish: a URL stands where INPUT should be; the file comes first: publish INPUT URL..."),
        Case(
            "relay", 64,
            "rtmpctl relay: nothing to do; write --listen 127.0.0.1:1935 to be a server, "
                + "or SOURCE DEST to carry a stream"),
        Case("relay rtmp://host/live/SECRET", 64, "rtmpctl relay: DEST is missing; write relay SOURCE DEST..."),
        Case(
            "relay --listen 127.0.0.1:0 --threads 0", 64,
            "rtmpctl relay: --threads 0 is no number of threads; write one from 1 to 256"),
        Case(
            "relay --listen 127.0.0.1:0 --log-level loud", 64,
            "rtmpctl relay: --log-level loud is none of the choices; write one of debug, info, warning, error"),
    ]

    private func check(_ result: ToolProcess.Result, _ test: Case) {
        #expect(result.status == test.status)
        #expect(result.error == test.message + "\n")
        #expect(result.output == "")
    }

    @Test(arguments: usage)
    func `a wrong command line is refused in one line`(_ test: Case) throws {
        check(try ToolProcess.run(test.words.split(separator: " ").map(String.init)), test)
    }

    @Test func `a key file that is missing or empty is bad input`() throws {
        let directory = try TemporaryDirectory()
        try Data("\n".utf8).write(to: directory.url.appending(path: "empty"))
        let words = ["publish", "show.flv", "rtmp://127.0.0.1:1/live", "--key-file"]
        check(
            try ToolProcess.run(words + ["none"], in: directory.url),
            Case("", 65, "rtmpctl publish: cannot read none: no such file or directory"))
        check(
            try ToolProcess.run(words + ["empty"], in: directory.url),
            Case("", 65, "rtmpctl publish: empty has no key in its first line; write the stream's name there"))
    }
}
