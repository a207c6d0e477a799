// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Streams that our relays carry from host to host, and record.
@Suite struct RelayTests {
    @Test func `push and pull between two relays`() async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.h264AAC, bench)
            let edge = try OurRelay(bench, name: "edge")
            let origin = try OurRelay(bench, name: "origin", ["--push", "live=\(edge.url("live"))"])
            let puller = try OurRelay(bench, name: "puller", ["--pull", "live=\(origin.url("live"))"])
            let pushed = try Player.dump.start(edge.url("live/x"), bench, file: "pushed.flv")
            let pulled = try Player.dump.start(puller.url("live/x"), bench, file: "pulled.flv")
            try edge.awaitPlayers(1)
            try origin.awaitPlayers(1)
            let publisher = try Publisher.currentFFmpeg.start(.h264AAC, to: origin.url("live/x"), bench)
            try bench.ends(publisher)
            let source = try Media.h264AAC.file(bench)
            try pulled.check(against: sent, sourcePath: source, bench, seconds: 15)
            // A push connects when the stream begins, so it joins late.
            try pushed.check(against: sent, sourcePath: source, extent: .fromKeyframe, bench, seconds: 15)
        }
    }

    @Test func `records what is published`() async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.hevcOpus, bench)
            let directory = bench.path("recordings")
            let relay = try OurRelay(bench, ["--record", directory])
            for _ in 0..<2 {
                let publisher = try Publisher.currentFFmpeg.start(
                    .hevcOpus, to: relay.url("live/x"), isLive: false, bench)
                try bench.ends(publisher)
            }
            try relay.process.expect("publisher ended", count: 2)
            relay.process.signal(.terminate)
            try bench.ends(relay.process, with: 143, seconds: 8)
            let files = try FileManager.default.contentsOfDirectory(atPath: directory + "/live")
            bench.check(files.count == 2 && files.allSatisfy { $0.hasPrefix("x-") && $0.hasSuffix(".flv") }, "\(files)")
            for file in files {
                bench.check(
                    try FLVFile(bench.bytes("\(directory)/live/\(file)")).differences(from: sent), file)
            }
        }
    }

    /// `relay SOURCE DEST` goes on when either end is restarted, at a keyframe and with timestamps that go on.
    @Test(arguments: [true, false])
    func `either end may be restarted`(restartsSource: Bool) async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            _ = try Media.long.file(bench)
            let ports = (try freePort(), try freePort())
            var source = try OurRelay(bench, port: ports.0, name: "source")
            var destination = try OurRelay(bench, port: ports.1, name: "destination")
            let carrier = try bench.start(
                .rtmpctl, ["relay", source.url("live/x"), destination.url("live/x")], name: "carrier")
            var player = try Player.rtmpdump.start(destination.url("live/x"), bench)
            var publisher = try Publisher.currentFFmpeg.start(.long, to: source.url("live/x"), bench)
            try player.process.expect(#"[1-9]\.\d+ sec"#)
            if restartsSource {
                source.process.signal(.kill)
                try source.process.wait()
                publisher.signal(.kill)
                source = try OurRelay(bench, port: ports.0, name: "source again")
                publisher = try Publisher.currentFFmpeg.start(.long, to: source.url("live/x"), bench)
                // Beyond what the first run had sent.
                try player.process.expect(#"[4-9]\.\d+ sec"#)
            } else {
                destination.process.signal(.kill)
                try destination.process.wait()
                try player.process.wait(seconds: 10)
                destination = try OurRelay(bench, port: ports.1, name: "destination again")
                player = try Player.rtmpdump.start(destination.url("live/x"), bench, file: "second")
                try player.process.expect(#"[2-9]\.\d+ sec"#)
            }
            bench.check(carrier.isRunning, "the carrier ended")
            player.process.signal(.interrupt)
            try player.process.wait()
            var file = try FLVFile(bench.bytes(player.path), mayBeCutOff: true)
            file.tags.removeLast()
            let video = file.frames(kind: 9)
            bench.check(video.first?.isKeyframe == true, "does not begin at a keyframe")
            bench.check(zip(video, video.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp }, "timestamps go back")
            if restartsSource {
                let jump = zip(video, video.dropFirst()).first { $1.payload == video[0].payload && $0 != $1 }
                bench.check(jump?.1.isKeyframe ?? true, "goes on elsewhere than at a keyframe")
            }
        }
    }
}
