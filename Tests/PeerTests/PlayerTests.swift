// SPDX-License-Identifier: Apache-2.0

import Testing

/// Every player out of our relay.
@Suite struct PlayerTests {
    private static let everybody = Player.allCases

    /// All players of one stream, from before its start to its proper end: each gets all of it and exits by itself.
    @Test(arguments: [Media.h264AAC, .h264BFrames, .h264MP3])
    func `every player takes a legacy stream and exits at its end`(media: Media) async throws {
        try await withBench(Tool.allCases.filter { $0 != .nginx && $0 != .ffprobe }) { bench in
            let sent = try Publisher.currentFFmpeg.sent(media, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let players = try Self.everybody.map { try $0.start(url, bench) }
            try relay.awaitPlayers(players.count)
            let publisher = try Publisher.currentFFmpeg.start(media, to: url, bench)
            try bench.ends(publisher)
            for playing in players {
                try playing.check(against: sent, sourcePath: try media.file(bench), bench, seconds: 8)
            }
        }
    }

    /// Players that only carry bytes, and the current ffmpeg, take enhanced streams too.
    @Test(arguments: [Media.hevcOpus, .av1Opus, .multitrack])
    func `players that know no codecs carry enhanced streams`(media: Media) async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .gstreamer, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(media, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let players = try [Player.dump, .currentFFmpeg, .rtmpdump, .rtmp2src].map { try $0.start(url, bench) }
            try relay.awaitPlayers(players.count)
            try bench.ends(Publisher.currentFFmpeg.start(media, to: url, bench))
            for playing in players {
                try playing.check(against: sent, sourcePath: try media.file(bench), bench, seconds: 8)
            }
        }
    }

    /// Players that come while the stream runs start at a keyframe, with all headers, and miss nothing behind it.
    @Test(arguments: [Media.h264BFrames, .hevcAAC])
    func `late joiners start at a keyframe`(media: Media) async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .gstreamer, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(media, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            // One who was there from the start says when the stream is well under way.
            let first = try Player.rtmpdump.start(url, bench, file: "first")
            try relay.awaitPlayers(1)
            let publisher = try Publisher.currentFFmpeg.start(media, to: url, bench)
            try first.process.expect(#"1\.[1-9]\d sec"#)
            let players = try [Player.dump, .play, .currentFFmpeg, .rtmpdump, .rtmp2src].map {
                try $0.start(url, bench)
            }
            try bench.ends(publisher)
            for playing in players {
                try playing.check(
                    against: sent, sourcePath: try media.file(bench), extent: .fromKeyframe, bench, seconds: 8)
            }
            try first.check(against: sent, sourcePath: try media.file(bench), bench)
        }
    }

    @Test func `audio-only streams are joined at once`() async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.audioOnly, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let first = try Player.rtmpdump.start(url, bench, file: "first")
            try relay.awaitPlayers(1)
            let publisher = try Publisher.currentFFmpeg.start(.audioOnly, to: url, bench)
            try first.process.expect(#"1\.\d+ sec"#)
            let late = try Player.dump.start(url, bench)
            try bench.ends(publisher)
            try late.check(
                against: sent, sourcePath: try Media.audioOnly.file(bench), extent: .fromKeyframe, bench)
        }
    }

    /// What a dump leaves behind is a file that others read without a word.
    @Test(arguments: [Media.h264BFrames, .audioOnly])
    func `a dumped file is whole`(media: Media) async throws {
        try await withBench([.currentFFmpeg, .ffprobe, .rtmpctl]) { bench in
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let dump = try Player.dump.start(url, bench, file: "show.flv")
            try relay.awaitPlayers(1)
            try bench.ends(Publisher.currentFFmpeg.start(media, to: url, isLive: false, bench))
            try bench.ends(dump.process)
            let probe = try Self.probe(dump.path, bench)
            let reference = try Self.probe(try media.file(bench), bench)
            bench.check(probe.warnings.isEmpty, "ffprobe says: \(probe.warnings)")
            bench.check(
                abs(probe.duration - reference.duration) < 0.05,
                "duration \(probe.duration) instead of \(reference.duration)")
            if media != .audioOnly {
                bench.check(
                    probe.lines.contains("width=320") && probe.lines.contains("height=180"), "\(probe.lines)")
            }
        }
    }

    private static func probe(_ path: String, _ bench: Bench) throws
        -> (lines: [String], warnings: [String], duration: Double)
    {
        let entries = "format=duration:stream=width,height"
        let process = try bench.start(
            .ffprobe, ["-v", "warning", "-show_entries", entries, "-of", "default=nk=0", path])
        try bench.ends(process)
        let lines = process.output.split(separator: "\n").map(String.init)
        let isValue = { (line: String) in
            line.hasPrefix("[/") || line.hasPrefix("[FORMAT") || line.hasPrefix("[STREAM")
                || line.contains("=") && !line.contains("@")
        }
        let duration = lines.compactMap { $0.hasPrefix("duration=") ? Double($0.dropFirst(9)) : nil }.first ?? 0
        return (lines, lines.filter { !isValue($0) }, duration)
    }
}
