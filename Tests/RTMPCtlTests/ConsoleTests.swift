// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Synchronization
import Testing

@testable import rtmpctl

@Suite struct ConsoleTests {
    private func progress(_ seconds: Int64, bytes: Int64, frames: Int64, state: String = "recording") -> Progress {
        var progress = Progress()
        progress.mediaMilliseconds = seconds * 1000
        progress.bytes = bytes
        progress.videoFrames = frames
        progress.state = state
        return progress
    }

    @Test func `a log line has its time in UTC and its level`() {
        let stage = Stage()
        let console = Console(stage.surroundings, threshold: .info, showsProgress: true)
        console.log(.info, "listening on 127.0.0.1:1935")
        stage.clock.withLock { $0 = Instant(nanoseconds: 1_750_000_000) }
        console.log(.warning, "open")
        console.log(.debug, "not heard")
        #expect(
            stage.error == """
                2026-11-21T10:15:30.250Z info listening on 127.0.0.1:1935
                2026-11-21T10:15:32.000Z warning open

                """)
        #expect(stage.output == "")
    }

    @Test func `what a peer says stays in its line`() {
        let stage = Stage()
        Console(stage.surroundings, threshold: .info, showsProgress: true)
            .log(.info, "a\n2026 error b\u{1B}[2Jc\u{9B}d")
        #expect(stage.error == "2026-11-21T10:15:30.250Z info a?2026 error b?[2Jc?d\n")
    }

    @Test func `without a terminal there is no progress line`() {
        let stage = Stage()
        let console = Console(stage.surroundings, threshold: .info, showsProgress: true)
        console.report(progress(1, bytes: 1, frames: 1))
        #expect(console.finish().bytes == 1)
        #expect(stage.error == "")
    }

    @Test func `on a terminal the progress line stays below the log and is cut to the width`() {
        let stage = Stage(isTerminal: true)
        let console = Console(stage.surroundings, threshold: .info, showsProgress: true)
        console.report(progress(83, bytes: 12_345_678, frames: 2490))
        console.log(.error, "oh")
        _ = console.finish()
        let clear = "\r\u{1B}[K"
        let line = "00:01:23  12.3 MB  0 kbit/s  0.0 fps  r"
        #expect(line.count == 39)
        #expect(
            stage.error == clear + line + clear + "2026-11-21T10:15:30.250Z \u{1B}[31merror\u{1B}[0m oh\n" + line
                + clear)
    }

    @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func `NO_COLOR and a dumb terminal get no color`(_ variables: [String: String]) {
        let stage = Stage(variables: variables, isTerminal: true)
        Console(stage.surroundings, threshold: .info, showsProgress: true).log(.error, "oh")
        #expect(stage.error == "2026-11-21T10:15:30.250Z error oh\n")
    }

    @Test func `rates are those of the last second`() {
        let second: (Int64) -> Instant = { Instant(nanoseconds: $0 * 1_000_000_000) }
        var line = ProgressLine(from: second(0))
        #expect(line.text(progress(0, bytes: 0, frames: 0), at: second(0)).contains("  0 kbit/s  0.0 fps"))
        #expect(
            line.text(progress(1, bytes: 250_000, frames: 30), at: second(1))
                == "00:00:01  250.0 kB  2000 kbit/s  30.0 fps  recording")
        var last = progress(3600, bytes: 500_000, frames: 55)
        last.lagMilliseconds = 1_240
        last.skipped = 7
        #expect(
            line.text(last, at: second(3))
                == "01:00:00  500.0 kB  1000 kbit/s  12.5 fps  lag 1.2 s  7 skipped  recording")
    }

    @Test func `figures are short`() {
        #expect(Figures.size(0) == "0 B")
        #expect(Figures.size(999) == "999 B")
        #expect(Figures.size(1000) == "1.0 kB")
        #expect(Figures.size(999_999) == "1.0 MB")
        #expect(Figures.size(.max) == "9223372.0 TB")
        #expect(Figures.clock(-5) == "00:00:00")
        #expect(Figures.clock(360_000_000) == "100:00:00")
        #expect(Figures.tenths(.nan) == "0.0")
        #expect(Figures.tenths(.infinity) == "0.0")
        #expect(Figures.tenths(-0.25) == "-0.3")
    }

    @Test func `a summary is one JSON object without secrets`() throws {
        let url = try RTMPURL("rtmp://u:SECRET@host/live/SECRET?SECRET")
        let summary = Summary(
            command: "dump", file: "a \"b\"\\\n\u{1}.flv", urls: [url], progress: progress(12, bytes: 5, frames: 3),
            ending: Ending(.incomplete, "lost"))
        #expect(
            summary.json == #"{"command":"dump","status":2,"message":"lost","file":"a \"b\"\\\n\u0001.flv","#
                + #""urls":["rtmp://u:***@host/live/***"],"durationSeconds":12.0,"bytes":5,"videoFrames":3,"#
                + #""skippedMessages":0}"# + "\n")
        #expect(summary.line == "00:00:12, 5 B, 3 video frames")
    }

    @Test func `a summary of a recording says what is in it, what is missing and what ended it`() throws {
        var progress = progress(12, bytes: 5, frames: 3)
        progress.tags = 9
        progress.keyframes = 1
        progress.videoCodec = "avc1.64001e"
        progress.gaps = [Progress.Gap(at: 1_500, length: 250, messages: nil, why: "the connection was lost")]
        progress.files = ["a.flv"]
        progress.state = "the stream ended"
        let summary = Summary(
            command: "dump", file: "a.flv", urls: [], progress: progress, ending: Ending(.done), isRecording: true)
        #expect(
            summary.json.contains(
                #""tags":9,"keyframes":1,"videoCodec":"avc1.64001e","audioCodec":null,"gaps":[{"atSeconds":1.5,"#
                    + #""seconds":0.25,"messages":null,"why":"the connection was lost"}],"files":["a.flv"],"#
                    + #""ended":"the stream ended"}"#))
    }
}
