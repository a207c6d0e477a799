// SPDX-License-Identifier: Apache-2.0

import Testing

/// The harness itself, with foreign programs on both sides: what fails here is no fault of ours.
@Suite struct HarnessTests {
    @Test func `foreign programs agree with each other`() async throws {
        try await withBench([.currentFFmpeg, .systemFFmpeg, .nginx, .rtmpdump, .gstreamer]) { bench in
            let server = try NginxServer(bench, "publish_notify on;")
            let url = server.url("live/x")
            let players = try [Player.systemFFmpeg, .currentFFmpeg, .rtmpdump, .rtmp2src, .rtmpsrc].map {
                try $0.start(url, bench)
            }
            try server.awaitPlayers(players.count)
            let publisher = try Publisher.currentFFmpeg.start(.h264AAC, to: url, bench)
            try bench.ends(publisher)
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            for playing in players {
                // rtmp2src ends on this server's StreamEOF, which overtakes the last audio frame.
                let extent: FLVFile.Extent = playing.player == .rtmp2src ? .beginning : .whole
                try playing.check(against: sent, sourcePath: try Media.h264AAC.file(bench), extent: extent, bench)
            }
        }
    }

    /// The material is what its name says. (Copies are compared for legacy codecs only: of AV1 and FLAC ffmpeg copies
    /// the headers with changes.)
    @Test(arguments: Media.allCases)
    func `the material is sound`(media: Media) async throws {
        try await withBench([.currentFFmpeg]) { bench in
            let file = try FLVFile(bench.bytes(try media.file(bench)))
            bench.check(file.hasMetadata, "no metadata")
            let copy = try media.copied(by: .currentFFmpeg, bench)
            if media.isLegacy { bench.check(copy.differences(from: file), "copied") }
            let hasVideo = media != .audioOnly && media != .mp3Only
            bench.check(file.frames(kind: 9).isEmpty != hasVideo, "video")
            bench.check(file.frames(kind: 8).isEmpty == (media == .videoOnly), "audio")
            if hasVideo {
                let keyframes = file.tags.filter(\.isKeyframe).count
                bench.check(keyframes >= Int(media.duration), "\(keyframes) keyframes")
            }
        }
    }

    @Test func `a difference of one byte, one frame or one millisecond is found`() async throws {
        try await withBench([.currentFFmpeg]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264BFrames, bench)
            func damaged(_ damage: (inout FLVFile) -> Void) -> [String] {
                var file = sent
                damage(&file)
                return file.differences(from: sent)
            }
            let frames = sent.tags.indices.filter { sent.tags[$0].isVideo && !sent.tags[$0].isHeader }
            bench.check(damaged { _ in }.isEmpty, "equal files differ")
            bench.check(!damaged { $0.tags[frames[9]].payload[20] ^= 1 }.isEmpty, "a byte")
            bench.check(!damaged { $0.tags.remove(at: frames[9]) }.isEmpty, "a frame in the middle")
            bench.check(!damaged { $0.tags.remove(at: frames[frames.count - 2]) }.isEmpty, "a frame at the end")
            bench.check(!damaged { $0.tags[frames[9]].timestamp += 1 }.isEmpty, "a millisecond")
            bench.check(!damaged { $0.tags.removeAll { $0.isVideo && $0.isHeader } }.isEmpty, "a header")
            bench.check(!damaged { $0.tags.removeAll { !$0.isVideo && $0.isMedia } }.isEmpty, "no audio")
            bench.check(
                damaged { for index in $0.tags.indices { $0.tags[index].timestamp += 77 } }.isEmpty, "an offset")
        }
    }
}
