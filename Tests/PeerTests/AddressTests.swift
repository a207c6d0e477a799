// SPDX-License-Identifier: Apache-2.0

import Testing

/// The ways to write down where a stream is, as real peers split them.
@Suite struct AddressTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var publish: String
        var play: String
        var testDescription: String { "\(publish) -> \(play)" }
    }

    @Test(arguments: [
        Row(publish: "live/x?token=abc&y=1", play: "live/x"),
        Row(publish: "live/x", play: "live/x?user=me"),
        Row(publish: "live/deep/er/x", play: "live/deep/er/x"),
        Row(publish: "live/_definst_/x", play: "live/x"),
        Row(publish: "a/b", play: "a/b"),
    ])
    func `peers that split differently meet`(row: Row) async throws {
        try await withBench([.systemFFmpeg, .currentFFmpeg, .rtmpdump, .gstreamer, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let relay = try OurRelay(bench)
            let url = relay.url(row.play)
            let players = try [Player.dump, .systemFFmpeg, .currentFFmpeg, .rtmpdump, .rtmp2src].map {
                try $0.start(url, bench)
            }
            try relay.awaitPlayers(players.count)
            try bench.ends(
                Publisher.currentFFmpeg.start(.h264AAC, to: relay.url(row.publish), isLive: false, bench))
            for playing in players {
                try playing.check(against: sent, sourcePath: try Media.h264AAC.file(bench), bench, seconds: 8)
            }
        }
    }

    /// An IPv6 literal, and port 1935 left out (on a loopback address that nobody else uses).
    @Test(arguments: [("[::1]", 0), ("127.19.35.1", 1935)])
    func `other hosts and ports`(host: String, port: Int) async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let relay = try OurRelay(bench, host: host, port: port)
            let url = relay.url("live/x")
            let players = try [Player.dump, .play, .currentFFmpeg].map { try $0.start(url, bench) }
            try relay.awaitPlayers(players.count)
            try bench.ends(Publisher.rtmpctl.start(.h264AAC, to: url, isLive: false, bench))
            for playing in players {
                try playing.check(against: sent, sourcePath: try Media.h264AAC.file(bench), bench)
            }
        }
    }

    /// What rtmpdump's users type.
    @Test func `dump understands rtmpdump's options`() async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let path = bench.path("show.flv")
            let dump = try bench.start(.rtmpctl, ["dump", "-r", url, "-o", path, "--live"])
            try relay.awaitPlayers(1)
            try bench.ends(Publisher.currentFFmpeg.start(.h264AAC, to: url, isLive: false, bench))
            try bench.ends(dump)
            bench.check(try FLVFile(bench.bytes(path)).differences(from: sent), "dump")
        }
    }
}
