// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Files that we record, in the hands of players: they seek in them by our index. And the files of a recording in pieces are
/// those of one in one piece.
@Suite struct RecordedFilesTests {
    /// A film with a keyframe every second.
    private static func film(_ bench: Bench, seconds: Int, rate: Int = 25) throws -> String {
        let path = bench.path("film.flv")
        let source = ["-f", "lavfi", "-i", "testsrc2=size=128x72:rate=\(rate)", "-f", "lavfi", "-i", "sine=440"]
        let codecs = [
            "-c:v", "libx264", "-preset", "ultrafast", "-g", "\(rate)", "-c:a", "aac", "-b:a", "32k", "-ac", "1",
        ]
        try bench.ends(
            bench.start(
                .systemFFmpeg, ["-v", "error"] + source + ["-t", "\(seconds)"] + codecs + [path], name: "film"),
            seconds: 60)
        return path
    }

    private static func file(_ path: String, rules: StrictFLV.Rules = .finished) throws -> StrictFLV {
        StrictFLV([UInt8](try Data(contentsOf: URL(filePath: path))), rules: rules)
    }

    /// A finished file, one whose program was killed, and a segment from the middle.
    private static func files(_ bench: Bench) throws -> [(path: String, file: StrictFLV)] {
        let film = try film(bench, seconds: 24)
        let relay = try OurRelay(bench, [])
        let url = relay.url("live/x")
        let whole = try bench.start(.rtmpctl, ["dump", url, bench.path("whole.flv"), "--wait"], name: "whole")
        let killed = try bench.start(.rtmpctl, ["dump", url, bench.path("killed.flv"), "--wait"], name: "killed")
        let parts = try bench.start(
            .rtmpctl, ["dump", url, bench.path("part-{index}.flv"), "--wait", "--segment", "8"], name: "parts")
        try relay.awaitPlayers(3)
        let publisher = try bench.start(.rtmpctl, ["publish", film, url, "--rate", "8"], name: "publisher")
        let limit = Date(timeIntervalSinceNow: 30)
        while bench.bytes("part-0003.flv.part").isEmpty, Date() < limit { usleep(10_000) }
        killed.signal(.kill)
        for process in [publisher, whole, parts] { try bench.ends(process) }
        let finished = try ["whole.flv", "part-0002.flv"].map { (bench.path($0), try Self.file(bench.path($0))) }
        return try finished + [(bench.path("killed.flv"), Self.file(bench.path("killed.flv"), rules: .interrupted))]
    }

    @Test func `ffmpeg seeks to the keyframe before a place`() async throws {
        try await withBench([.systemFFmpeg, .ffprobe, .rtmpctl]) { bench in
            for (path, file) in try Self.files(bench) {
                bench.check(file.faults == [], "\(path): \(file.faults)")
                let end = file.index?.last?.seconds ?? 0
                bench.check(end > 5, "\(path) has no index up to its end: \(end)")
                // To the frame it is not exact: ffmpeg counts from the start of a stream, which may be behind that of the file.
                for place in [0, 1.5, 2.9, 3.1, 5.5, end - 1.2, end + 0.5] {
                    let expected = file.keyframes.last { Double($0.time) / 1000 <= place + 0.0005 } ?? file.keyframes[0]
                    let probe = try bench.start(
                        .ffprobe,
                        ["-v", "error", "-read_intervals", "\(place)%+#1", "-select_streams", "v:0", "-of", "csv=p=0"]
                            + ["-show_entries", "packet=pos,flags", path], name: "ffprobe")
                    try bench.ends(probe)
                    bench.check(
                        probe.output.hasPrefix("\(expected.offset),K"),
                        "\(path) at \(place) s: \(probe.output) instead of \(expected.offset)")
                }
            }
        }
    }

    @Test func `VLC seeks to the keyframe before a place`() async throws {
        try await withBench([.systemFFmpeg, .vlc, .setpriv, .rtmpctl]) { bench in
            // VLC does not run as root.
            chmod(bench.directory, 0o777)
            let user = getuid() == 0 ? ["--reuid", "65534", "--regid", "65534", "--clear-groups"] : []
            for (number, (path, file)) in try Self.files(bench).enumerated() {
                let hashes = try Self.hashes(path, bench)
                for place in [2.5, 5.9] {
                    let copy = bench.path("vlc-\(number)-\(place).ts")
                    let player = try bench.start(
                        .setpriv,
                        user + [Tool.vlc.path ?? "", "-I", "dummy", "--no-video-title-show", path]
                            + ["--start-time=\(place)", "--run-time=1"]
                            + ["--sout", "#std{access=file,mux=ts,dst=\(copy)}", "vlc://quit"], name: "vlc")
                    try bench.ends(player)
                    let first = try Self.hashes(copy, bench, count: 1).first ?? "nothing"
                    let pictures = file.frames.filter { $0.type == 9 }
                    let index =
                        pictures.lastIndex { $0.content == .frame(.key) && Double($0.time) / 1000 <= place } ?? 0
                    bench.check(
                        index < hashes.count && first == hashes[index],
                        "\(path) at \(place) s: picture \(hashes.firstIndex(of: first) ?? -1) instead of \(index)")
                }
            }
        }
    }

    /// The hash of each decoded picture.
    private static func hashes(_ path: String, _ bench: Bench, count: Int? = nil) throws -> [Substring] {
        let limit = count.map { ["-frames:v", "\($0)"] } ?? []
        let process = try bench.start(
            .systemFFmpeg, ["-v", "error", "-i", path, "-map", "0:v"] + limit + ["-f", "framemd5", "-"],
            name: "framemd5")
        try bench.ends(process)
        return FrameHashes(process.output).streams[0, default: []].map(\.hash)
    }

    @Test func `the files of a ten-minute stream joined again are the file that was not cut`() async throws {
        try await withBench([.systemFFmpeg, .rtmpctl]) { bench in
            let film = try Self.film(bench, seconds: 600, rate: 5)
            let tell = { (name: String) in ["--hook", "cat >> \(bench.path(name))"] }
            let relay = try OurRelay(
                bench,
                ["--record", bench.path("rec"), "--record-name", "{name}-{index}.flv", "--segment", "1m"]
                    + tell("relay"))
            let url = relay.url("live/x")
            let whole = try bench.start(.rtmpctl, ["dump", url, bench.path("whole.flv"), "--wait"], name: "whole")
            let parts = try bench.start(
                .rtmpctl, ["dump", url, bench.path("part-{index}.flv"), "--wait", "--segment", "500K"] + tell("dump"),
                name: "parts")
            try relay.awaitPlayers(2)
            let publisher = try bench.start(.rtmpctl, ["publish", film, url, "--rate", "max"], name: "publisher")
            for process in [publisher, whole, parts] { try bench.ends(process, seconds: 60) }
            relay.process.signal(.terminate)
            try bench.ends(relay.process, with: 143)

            let expected = Self.tags(try Self.file(bench.path("whole.flv")), begin: 0)
            bench.check(expected.count > 10_000, "\(expected.count) tags")
            for (name, least) in [("relay", 10), ("dump", 12)] {
                let facts = try Self.facts(name, bench)
                bench.check(facts.count >= least, "\(name): \(facts.count) files")
                var joined: [Tag] = []
                for fact in facts {
                    let file = try Self.file(fact.file)
                    bench.check(file.faults == [], "\(fact.file): \(file.faults)")
                    joined += Self.tags(file, begin: fact.begin)
                }
                bench.check(joined == expected, "\(name): \(joined.count) tags, \(expected.count) in one piece")
            }
        }
    }

    private struct Tag: Equatable {
        var type: UInt8
        var time: Int64
        var body: ArraySlice<UInt8>
    }

    /// Everything behind metadata and the two configurations, with which each file begins.
    private static func tags(_ file: StrictFLV, begin: Int64) -> [Tag] {
        file.tags.dropFirst(3).map { Tag(type: $0.type, time: $0.time + begin, body: file.bytes[$0.body]) }
    }

    /// What the command was told about each file, in order, once the last one is.
    private static func facts(_ name: String, _ bench: Bench) throws -> [(file: String, begin: Int64)] {
        let limit = Date(timeIntervalSinceNow: 10)
        while Date() < limit {
            let lines = String(decoding: bench.bytes(name), as: UTF8.self).split(separator: "\n")
            var facts: [(index: Int, file: String, begin: Int64, ended: String)] = []
            for line in lines {
                guard let fact = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                    continue
                }
                facts.append(
                    (
                        fact["index"] as? Int ?? 0, fact["file"] as? String ?? "",
                        Int64(((fact["beginSeconds"] as? Double ?? 0) * 1000).rounded()), fact["ended"] as? String ?? ""
                    ))
            }
            facts.sort { $0.index < $1.index }
            if facts.last.map({ $0.index == facts.count && $0.ended != "the next file began" }) == true {
                return facts.map { ($0.file, $0.begin) }
            }
            usleep(10_000)
        }
        throw ChildProcess.Failure(description: "\(name) does not tell of its last file")
    }
}
