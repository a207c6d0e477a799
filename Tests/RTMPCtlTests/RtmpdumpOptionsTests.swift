// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import Testing

@testable import rtmpctl

/// What rtmpdump's users type beyond what `publish` and `play` have too.
@Suite struct RtmpdumpOptionsTests {
    private func dump(_ line: String) throws -> (PlayConfiguration, file: String) {
        try Dump.configuration(arguments(Dump.command, line), Stage().surroundings)
    }

    private func message(_ line: String) -> String? {
        do {
            _ = try dump(line)
            return nil
        } catch {
            return (error as? Failure)?.message
        }
    }

    @Test func `start and stop are places in the stream`() throws {
        let both = try dump("-r rtmp://host/vod/x -A 60 -B 90.5").0
        #expect(both.start == .seconds(60) && both.duration == .milliseconds(30_500))
        let stop = try dump("-r rtmp://host/vod/x --stop 90").0
        #expect(stop.start == nil && stop.duration == .seconds(90))
        let length = try dump("-r rtmp://host/vod/x --start 1:00 --duration 10").0
        #expect(length.start == .seconds(60) && length.duration == .seconds(10))
        #expect(message("-r rtmp://host/vod/x -A 60 -B 60")?.contains("--stop is not behind --start") == true)
        #expect(message("-r rtmp://host/vod/x -B 60 --duration 9")?.contains("leave one of them out") == true)
        #expect(message("-r rtmp://host/vod/x -v -A 60")?.contains("--live and --start exclude each other") == true)
    }

    @Test func `a file is continued`() throws {
        let (configuration, file) = try dump("-e -k 2 -r rtmp://host/vod/x -o x.flv")
        #expect(configuration.resumes && configuration.skippedKeyframes == 2 && file == "x.flv")
        #expect(try !dump("-r rtmp://host/vod/x").0.resumes)
        #expect(message("-e -r rtmp://host/vod/x -o -")?.contains("--resume continues one file") == true)
        #expect(message("-e -r rtmp://host/vod/x --segment 10m")?.contains("leave --segment out") == true)
        #expect(message("-e -v -r rtmp://host/vod/x")?.contains("--live and --resume exclude each other") == true)
        #expect(message("-k 1 -r rtmp://host/vod/x")?.contains("--skip is for --resume") == true)
        #expect(message("-e -k some -r rtmp://host/vod/x")?.contains("--skip some is not a number") == true)
    }

    @Test func `recorded streams are wanted fast, live ones as they come`() throws {
        #expect(try dump("rtmp://host/vod/x").0.session.bufferMilliseconds == 36_000_000)
        #expect(try dump("rtmp://host/vod/x --live").0.session.bufferMilliseconds == 3_000)
        #expect(try dump("rtmp://host/vod/x -b 500 --realtime").0.session.bufferMilliseconds == 500)
        #expect(message("rtmp://host/vod/x -b soon")?.contains("--buffer soon is no number") == true)
    }

    @Test func `the server is another one than the URL says`() throws {
        let url = try dump("-r rtmp://host/vod/x -n other -c 1936 -l 0").0.url
        #expect(url.host == "other" && url.port == 1936 && url.name.value == "x")
        #expect(message("-r rtmp://host/vod/x -c 0") == "--port 0 is no port; write 1935")
        #expect(message("-r rtmp://host/vod/x --host a/b")?.contains("is no name of a host") == true)
        #expect(message("-r rtmp://host/vod/x -l 2")?.contains("is RTMPE, whose encryption hides nothing") == true)
        #expect(message("-r rtmp://host/vod/x --protocol 1")?.contains("only 0, plain RTMP, is") == true)
    }

    @Test func `what is said to the server`() throws {
        let session = try dump("-r rtmp://host/vod/x -u secret -C N:2 -d other").0.session
        #expect(session.connectArguments == [true, "secret", .number(2)])
        #expect(session.subscription == "other")
        #expect(try dump("-r rtmp://host/vod/x --live").0.session.subscription == nil)
    }

    @Test(arguments: [
        ("-i rtmp://host/vod/x", "--url is librtmp's URL"), ("-S proxy:1080", "--socks is not there"),
        ("-Y", "--playlist asked"), ("--token key", "--token answered Wowza's first SecureToken"),
        ("-j {}", "--jtv was for Justin.tv"), ("--swfAge 3", "--swfAge is about"),
    ])
    func `what means nothing today is refused with a reason`(_ line: String, _ reason: String) {
        #expect(message("-r rtmp://host/vod/x \(line)")?.hasPrefix(reason) == true)
    }

    @Test func `what is refused is not in the help`() {
        for option in Option.refused { #expect(!Dump.command.help.contains(option.name + " ")) }
    }
}
