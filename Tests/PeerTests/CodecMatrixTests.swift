// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Every codec, and every combination of tracks, that a current ffmpeg can publish and play: each goes through our
/// relay bit by bit, also to those who join late.
///
/// | ffmpeg 9 writes into FLV | as the first track | as a further track |
/// |---|---|---|
/// | H.264, HEVC, AV1, VP9, VVC | yes | yes |
/// | AAC, MP3, Opus, FLAC, AC-3, E-AC-3 | yes | yes |
/// | Sorenson H.263, Screen video 1 and 2 | yes | no: "Unsupported multi-track video codec" |
/// | Speex, Nellymoser, ADPCM, PCM, A-law, mu-law | yes | no: "Unsupported multi-track audio codec" |
/// | H.263 (`-strict unofficial`) | yes | no |
/// | MPEG-4 (`-strict unofficial`) | yes, and cannot read what it wrote | no |
/// | VP8, Vorbis | no: "not compatible with flv", "not supported" | no |
/// | VP6 | yes, but has no encoder, and no fixture has pictures of it | no |
///
/// Neither does it write several tracks into one message, modifiers, SequenceEnd of enhanced codecs, or AMF3: the
/// fixtures `synth_*` stand for those, in `FixtureTests`. It reads everything that it writes, except where a comment
/// says so.
@Suite struct CodecMatrixTests {
    struct Group: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rows: [Combination]

        init(_ description: String, _ rows: [Combination]) {
            testDescription = description
            self.rows = rows
        }
    }

    private static let video: [Source] = [.h264, .hevc, .av1, .vp9, .vvc]
    private static let audio: [Source] = [.aac, .mp3, .opus, .flac, .ac3, .eac3]

    static let single: [Group] =
        video.map { picture in
            Group(
                "\(picture.name) alone and with each sound",
                [Combination(picture)] + audio.map { Combination(picture, $0) })
        } + [
            Group("each sound alone", audio.map { Combination($0) }),
            Group(
                "legacy codecs",
                [
                    Combination(.sorenson, .mp3), Combination(.sorenson, .opus), Combination(.screen, .mp3),
                    Combination(.screen2), Combination(.screen2, .aac), Combination(.sorenson, .speex),
                    Combination(.sorenson, .pcm16), Combination(.sorenson, .nellymoser), Combination(.h264, .speex),
                    Combination(.h263),
                ]),
            Group(
                "legacy sound",
                [
                    Combination(.speex), Combination(.nellymoser8), Combination(.nellymoser16),
                    Combination(.nellymoser), Combination(.adpcm), Combination(.pcm8), Combination(.pcm16BigEndian),
                    Combination(.aLaw), Combination(.muLaw),
                ]),
            Group(
                "more channels and more bits",
                [
                    Combination(.h264, .aac51), Combination(.hevc, .opus51), Combination(.vp9, .ac351),
                    Combination(.hdr, .aac), Combination(.tenBit, .eac3),
                ]),
        ]

    /// Each codec as the first track and as a later one, next to its own kind and to others.
    static let multitrack = [
        Combination(.h264, .h264, .aac, .aac), Combination(.h264, .hevc, .aac, .mp3),
        Combination(.hevc, .av1, .mp3, .opus), Combination(.av1, .vp9, .opus, .flac),
        Combination(.vp9, .vvc, .flac, .ac3), Combination(.vvc, .h264, .ac3, .eac3),
        Combination(.hevc, .hevc, .eac3, .aac), Combination(.h264, .aac, .opus), Combination(.av1, .aac, .aac, .aac),
        Combination(.h264, .hevc), Combination(.hevc, .av1, .vp9, .vvc, .h264), Combination(.opus, .aac),
        Combination(.aac, .mp3, .opus, .flac, .ac3, .eac3), Combination(.h264, .hevc, .av1, .vp9, .vvc, .aac),
        Combination(.sorenson, .h264, .speex, .aac), Combination(.hdr, .tenBit, .opus51, .aac51),
    ]

    @Test(arguments: single + [Group("several tracks", multitrack)])
    func `arrives bit by bit`(group: Group) async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let relay = try OurRelay(bench)
            var players: [(row: Combination, playing: [Playing])] = []
            for row in group.rows {
                let url = relay.url("live/\(row.path)")
                players.append(
                    (
                        row,
                        [
                            try Player.dump.start(url, bench, file: "\(row.path).dump.flv"),
                            try Player.currentFFmpeg.start(url, bench, file: "\(row.path).md5"),
                        ]
                    ))
            }
            try relay.awaitPlayers(2 * group.rows.count)
            let publishers = try group.rows.map { row in
                try bench.start(
                    .currentFFmpeg,
                    row.arguments(to: relay.url("live/\(row.path)"), file: bench.path("\(row.path).flv")),
                    name: "publisher of \(row)")
            }
            for publisher in publishers { try bench.ends(publisher) }
            for (row, playing) in players {
                let sent = try FLVFile(bench.bytes("\(row.path).flv"))
                for player in playing {
                    try player.check(against: sent, sourcePath: bench.path("\(row.path).flv"), bench)
                }
            }
        }
    }

    static let joined = [
        Group(
            "one track each",
            [
                Combination(.h264, .aac), Combination(.hevc, .opus), Combination(.av1, .flac), Combination(.vp9, .ac3),
                Combination(.vvc, .eac3), Combination(.h264, .mp3), Combination(.opus), Combination(.flac),
                Combination(.sorensonLive, .mp3), Combination(.screenLive, .adpcmLive),
            ]),
        Group(
            "several tracks",
            [
                Combination(.h264, .h264, .aac, .aac), Combination(.hevc, .av1, .opus, .flac),
                Combination(.vp9, .vvc, .mp3, .aac), Combination(.hdr, .tenBit, .eac3, .ac3), Combination(.aac, .opus),
            ]),
    ]

    @Test(arguments: joined)
    func `late joiners get every header of every track`(group: Group) async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let relay = try OurRelay(bench)
            // One who was there from the start says when a stream is well under way.
            let clocks = try group.rows.map { row in
                try Player.rtmpdump.start(relay.url("live/\(row.path)"), bench, file: "\(row.path).clock")
            }
            try relay.awaitPlayers(clocks.count)
            let publishers = try group.rows.map { row in
                try bench.start(
                    .currentFFmpeg,
                    row.arguments(
                        to: relay.url("live/\(row.path)"), file: bench.path("\(row.path).flv"), seconds: 6),
                    name: "publisher of \(row)")
            }
            var players: [(row: Combination, playing: [Playing])] = []
            for (row, clock) in zip(group.rows, clocks) {
                try clock.process.expect(#"[1-9]\.[1-9]\d sec"#)
                let url = relay.url("live/\(row.path)")
                players.append(
                    (
                        row,
                        [
                            try Player.dump.start(url, bench, file: "\(row.path).dump.flv"),
                            try Player.currentFFmpeg.start(url, bench, file: "\(row.path).md5"),
                        ]
                    ))
            }
            for publisher in publishers { try bench.ends(publisher) }
            for (row, playing) in players {
                let sent = try FLVFile(bench.bytes("\(row.path).flv"))
                for player in playing {
                    try player.check(
                        against: sent, sourcePath: bench.path("\(row.path).flv"), extent: .fromKeyframe, bench)
                }
            }
        }
    }

    /// What ffmpeg refuses to write. When a newer one writes it, it belongs into the table above.
    @Test func `what this ffmpeg cannot make`() async throws {
        try await withBench([.currentFFmpeg]) { bench in
            let picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=0.3"]
            let refused: [(name: String, arguments: [String])] = [
                ("VP8", picture + ["-c:v", "libvpx"]),
                ("Vorbis", ["-f", "lavfi", "-i", "sine=duration=0.3", "-c:a", "libvorbis"]),
            ]
            for (name, arguments) in refused {
                let process = try bench.start(
                    .currentFFmpeg,
                    ["-v", "error", "-nostdin", "-y"] + arguments + ["-f", "flv", bench.path("x.flv")],
                    name: name)
                bench.check(try process.wait() != 0, "ffmpeg writes \(name) now")
            }
            for row in [Combination(.h264, .sorenson), Combination(.aac, .speex), Combination(.aac, .pcm16)] {
                let process = try bench.start(
                    .currentFFmpeg, row.arguments(to: bench.path("y.flv"), file: bench.path("x.flv")), name: "\(row)")
                bench.check(try process.wait() != 0, "ffmpeg writes \(row) now")
            }
        }
    }
}
