// SPDX-License-Identifier: Apache-2.0

import Testing

/// Publishers and players that come and go.
@Suite struct EndTests {
    /// A publisher that is killed and comes back within the hold time: players stay, and hear of nothing.
    @Test func `a publisher that comes back finds its players`() async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .gstreamer, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let relay = try OurRelay(bench, ["--hold", "10"])
            let url = relay.url("live/x")
            let players = try [Player.dump, .play, .currentFFmpeg, .rtmpdump, .rtmp2src].map {
                try $0.start(url, bench)
            }
            try relay.awaitPlayers(players.count)
            let first = try Publisher.currentFFmpeg.start(.h264AAC, to: url, bench, name: "first publisher")
            try players[3].process.expect(#"1\.\d+ sec"#)
            first.signal(.kill)
            try first.wait()
            let second = try Publisher.currentFFmpeg.start(.h264AAC, to: url, bench, name: "second publisher")
            try bench.ends(second)
            try relay.awaitPublishers(2)
            for playing in players {
                let status = try playing.process.wait(seconds: 8)
                bench.check(status == 0, "\(playing.player) ended with status \(status)")
                if playing.player == .currentFFmpeg {
                    bench.check(playing.process.output.isEmpty, "ffmpeg warns: \(playing.process.output)")
                    continue
                }
                let file = try FLVFile(bench.bytes(playing.path))
                for kind: UInt8 in [8, 9] {
                    let frames = file.frames(kind: kind)
                    let times = frames.map(\.timestamp)
                    bench.check(
                        zip(times, times.dropFirst()).allSatisfy { $0 < $1 },
                        "\(playing.player): timestamps of \(kind) do not go on")
                    // All of the second run, behind a part of the first.
                    // (As always rtmp2src may lose the last frame.)
                    let missing =
                        playing.player == .rtmp2src && frames.last?.payload != sent.frames(kind: kind).last?.payload
                        ? 1 : 0
                    let whole = sent.frames(kind: kind).map(\.payload).dropLast(missing)
                    bench.check(
                        frames.count > whole.count && frames.suffix(whole.count).map(\.payload) == Array(whole),
                        "\(playing.player): \(frames.count) frames of \(kind) do not end with the \(whole.count) sent")
                }
            }
        }
    }

    /// A publisher that is killed and stays away: players end when the hold time is over.
    @Test func `players are let go when the hold time is over`() async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .gstreamer, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let relay = try OurRelay(bench, ["--hold", "1"])
            let url = relay.url("live/x")
            let players = try [Player.dump, .currentFFmpeg, .rtmpdump, .rtmp2src].map { try $0.start(url, bench) }
            try relay.awaitPlayers(players.count)
            let publisher = try Publisher.currentFFmpeg.start(.h264AAC, to: url, bench)
            try players[2].process.expect(#"1\.[3-9]\d sec"#)
            publisher.signal(.kill)
            for playing in players {
                try playing.check(
                    against: sent, sourcePath: try Media.h264AAC.file(bench), extent: .beginning, bench, seconds: 8)
            }
        }
    }

    @Test func `a second publisher of a name is refused`() async throws {
        try await withBench([.systemFFmpeg, .currentFFmpeg, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let dump = try Player.dump.start(url, bench)
            try relay.awaitPlayers(1)
            let first = try Publisher.currentFFmpeg.start(.h264AAC, to: url, bench, name: "first publisher")
            try relay.awaitPublishers(1)
            let second = try Publisher.systemFFmpeg.start(.h264AAC, to: url, bench, name: "second publisher")
            try bench.ends(second, fails: true, seconds: 5)
            let ours = try Publisher.rtmpctl.start(.h264AAC, to: url, bench, name: "our publisher")
            try bench.ends(ours, with: 77, seconds: 5)
            try bench.ends(first)
            try dump.check(against: sent, sourcePath: try Media.h264AAC.file(bench), bench)
        }
    }

    /// Whatever ends a dump, the file is valid.
    @Test func `a dump that is interrupted, and one that loses its relay`() async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.long, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let clock = try Player.rtmpdump.start(url, bench, file: "clock")
            let interrupted = try Player.dump.start(url, bench, file: "interrupted.flv")
            let limited = try Player.dump.start(url, bench, file: "limited.flv", ["--duration", "1"])
            let cut = try Player.dump.start(url, bench, file: "cut.flv")
            try relay.awaitPlayers(4)
            _ = try Publisher.currentFFmpeg.start(.long, to: url, bench)
            try clock.process.expect(#"[4-9]\.\d+ sec"#)
            interrupted.process.signal(.interrupt)
            try bench.ends(interrupted.process, with: 130, seconds: 5)
            try bench.ends(limited.process, seconds: 5)
            relay.process.signal(.kill)
            try bench.ends(cut.process, with: 2, seconds: 15)
            for dump in [interrupted, limited, cut] {
                let file = try FLVFile(bench.bytes(dump.path))
                bench.check(file.differences(from: sent, extent: .run(14)), dump.path)
            }
        }
    }
}
