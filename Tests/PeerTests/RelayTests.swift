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

    struct Restart: Sendable, CustomTestStringConvertible {
        var source: Bool
        var usesNginx: Bool
        var testDescription: String {
            "\(usesNginx ? "nginx" : "our relay") as \(source ? "source" : "destination")"
        }
    }

    /// `relay SOURCE DEST` goes on when either end is restarted, at a keyframe and with timestamps that go on.
    @Test(arguments: [
        Restart(source: true, usesNginx: false), Restart(source: false, usesNginx: false),
        Restart(source: true, usesNginx: true), Restart(source: false, usesNginx: true),
    ])
    func `either end may be restarted`(restart: Restart) async throws {
        try await withBench([.nginx, .currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let sent = try Publisher.currentFFmpeg.sent(.long, bench)
            let port = try freePort()
            func server(_ name: String) throws -> any Server {
                restart.usesNginx
                    ? try NginxServer(bench, port: port, name: name) : try OurRelay(bench, port: port, name: name)
            }
            let restarted = try server("restarted")
            let other = try OurRelay(bench, name: "other")
            let (source, destination) = restart.source ? (restarted, other) : (other, restarted)
            let carrier = try bench.start(
                .rtmpctl, ["relay", source.url("live/x"), destination.url("live/x")], name: "carrier")
            var player = try Player.rtmpdump.start(destination.url("live/x"), bench)
            let publisher = try Publisher.currentFFmpeg.start(.long, to: source.url("live/x"), bench)
            try player.process.expect(#"[1-9]\.\d+ sec"#)

            restarted.process.signal(.kill)
            try restarted.process.wait()
            if restart.source {
                publisher.signal(.kill)
                try publisher.wait()
                _ = try server("restarted again")
                _ = try Publisher.currentFFmpeg.start(.long, to: source.url("live/x"), bench, name: "second publisher")
                // Beyond what the first run had sent.
                try player.process.expect(#"[4-9]\.\d+ sec"#)
            } else {
                player.process.signal(.kill)
                _ = try server("restarted again")
                player = try Player.rtmpdump.start(destination.url("live/x"), bench, file: "second")
                // It says so about four times a second.
                try player.process.expect(#"\d\.\d+ sec"#, count: 10)
            }
            bench.check(carrier.isRunning, "the carrier ended")
            player.process.signal(.kill)
            try player.process.wait()

            let video = try FLVFile(bench.bytes(player.path), mayBeCutOff: true).frames(kind: 9)
            let whole = sent.frames(kind: 9)
            // Where a frame is not the one that was sent after its predecessor.
            var breaks: [Int] = []
            var next: Int?
            for (index, frame) in video.enumerated() {
                if let sent = next, sent < whole.count, whole[sent].payload == frame.payload {
                    next = sent + 1
                } else {
                    if index > 0 { breaks.append(index) }
                    next = whole.firstIndex { $0.payload == frame.payload }.map { $0 + 1 }
                    bench.check(frame.isKeyframe && next != nil, "begins or goes on elsewhere than at a keyframe")
                }
            }
            bench.check(zip(video, video.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp }, "timestamps go back")
            bench.check(breaks.count == (restart.source ? 1 : 0), "breaks at \(breaks) of \(video.count)")
            bench.check(video.count >= 15, "only \(video.count) frames")
        }
    }
}
