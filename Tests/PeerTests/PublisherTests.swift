// SPDX-License-Identifier: Apache-2.0

import Testing

/// Every publisher into our relay, out of it by `rtmpctl dump`, `rtmpctl play`, and a player that knows the codecs.
@Suite struct PublisherTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var publisher: Publisher
        var media: Media
        var isLive = false
        var testDescription: String { "\(publisher) \(media)\(isLive ? " live" : "")" }
    }

    static let rows: [Row] =
        [Media.h264AAC, .h264BFrames, .audioOnly, .videoOnly, .mp3Only, .flv1MP3]
        .map { Row(publisher: .systemFFmpeg, media: $0) }
        + Media.allCases.filter { $0 != .long }.map { Row(publisher: .currentFFmpeg, media: $0) }
        + [Row(publisher: .currentFFmpeg, media: .h264BFrames, isLive: true)]
        + [.rtmp2sink, .rtmpsink].map { Row(publisher: $0, media: .h264AAC, isLive: true) }
        + [Media.h264AAC, .h264BFrames, .hevcOpus, .multitrack, .mp3Only].map {
            Row(publisher: .rtmpctl, media: $0)
        }
        + [Row(publisher: .rtmpctl, media: .h264AAC, isLive: true)]

    @Test(arguments: rows)
    func `arrives bit by bit`(row: Row) async throws {
        try await withBench([row.publisher.tool, .currentFFmpeg, .rtmpctl]) { bench in
            // Made before anybody waits for it.
            let sent = try row.publisher.sent(row.media, bench)
            let relay = try OurRelay(bench)
            let url = relay.url("live/x")
            let players = try [Player.dump, .play, .currentFFmpeg].map { try $0.start(url, bench) }
            try relay.awaitPlayers(players.count)
            let publisher = try row.publisher.start(row.media, to: url, isLive: row.isLive, bench)
            try bench.ends(publisher)
            for playing in players {
                try playing.check(against: sent, sourcePath: try row.media.file(bench), bench)
            }
            bench.check(relay.process.isRunning, "the relay ended")
        }
    }
}
