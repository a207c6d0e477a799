// SPDX-License-Identifier: Apache-2.0

import Testing

/// Our commands against nginx-rtmp, with what it carries: H.264, AAC and MP3.
@Suite struct NginxTests {
    /// Ends its players when the publisher leaves; by default it keeps them.
    private static let ends = "publish_notify on;"

    @Test(arguments: [Media.h264AAC, .h264BFrames, .h264MP3])
    func `publish to nginx, play and dump from it`(media: Media) async throws {
        try await withBench([.nginx, .currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let sent = try Publisher.rtmpctl.sent(media, bench)
            let server = try NginxServer(bench, Self.ends)
            let url = server.url("live/x")
            let players = try [Player.dump, .play, .currentFFmpeg, .rtmpdump].map { try $0.start(url, bench) }
            try server.awaitPlayers(players.count)
            try bench.ends(Publisher.rtmpctl.start(media, to: url, bench))
            for playing in players {
                try playing.check(against: sent, sourcePath: try media.file(bench), bench, seconds: 8)
            }
        }
    }

    @Test func `publish as fast as it goes loses no frame`() async throws {
        try await withBench([.nginx, .currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let sent = try Publisher.rtmpctl.sent(.h264AAC, bench)
            let server = try NginxServer(bench, Self.ends)
            let url = server.url("live/x")
            let player = try Player.rtmpdump.start(url, bench)
            try server.awaitPlayers(1)
            bench.check(
                try Publisher.rtmpctl.start(.h264AAC, to: url, isLive: false, bench).wait() == 0, "the publisher failed"
            )
            try player.check(against: sent, sourcePath: try Media.h264AAC.file(bench), bench, seconds: 8)
        }
    }

    @Test(arguments: [true, false])
    func `relay a stream from and to nginx`(fromNginx: Bool) async throws {
        try await withBench([.nginx, .currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264BFrames, bench)
            let nginx = try NginxServer(bench, Self.ends)
            let ours = try OurRelay(bench)
            let (source, destination): (any Server, any Server) = fromNginx ? (nginx, ours) : (ours, nginx)
            let player = try Player.rtmpdump.start(destination.url("live/y"), bench)
            let dump = try Player.dump.start(destination.url("live/y"), bench)
            try destination.awaitPlayers(2)
            let carrier = try bench.start(
                .rtmpctl, ["relay", source.url("live/x"), destination.url("live/y")], name: "carrier")
            try source.awaitPlayers(1)
            let publisher = try Publisher.currentFFmpeg.start(.h264BFrames, to: source.url("live/x"), bench)
            try bench.ends(publisher)
            for playing in [player, dump] {
                try playing.check(against: sent, sourcePath: try Media.h264BFrames.file(bench), bench, seconds: 15)
            }
            carrier.signal(.terminate)
            try bench.ends(carrier, with: 143, seconds: 8)
        }
    }
}
