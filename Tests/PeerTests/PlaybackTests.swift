// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Recordings that our relay plays to programs of others: what comes is the file, tag by tag, packet by packet.
@Suite struct PlaybackTests {
    /// Who has written the index of the file, if anybody has.
    enum Index: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case none, ffmpeg, repaired
        var testDescription: String { rawValue }
    }

    /// A relay with a file of eight seconds, and a keyframe every second.
    private struct Stage {
        let relay: OurRelay
        let path: String
        let file: FLVFile
        var url: String { relay.url("live/show") }

        init(_ bench: Bench, _ index: Index = .none, _ options: [String] = []) throws {
            let directory = bench.path("recordings")
            try FileManager.default.createDirectory(atPath: directory + "/live", withIntermediateDirectories: true)
            path = directory + "/live/show.flv"
            let draft = index == .repaired ? bench.path("draft.flv") : path
            let picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8"]
            let tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=8"]
            let codecs = ["-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-bf", "2", "-c:a", "aac"]
            let flags = index == .ffmpeg ? ["-flvflags", "add_keyframe_index"] : []
            let maker = try bench.start(
                .currentFFmpeg, ["-v", "error", "-nostdin"] + picture + tone + codecs + flags + ["-y", draft])
            try bench.ends(maker)
            if index == .repaired { try bench.ends(bench.start(.rtmpctl, ["repair", draft, path])) }
            file = try FLVFile(bench.bytes(path))
            relay = try OurRelay(bench, ["--vod", directory] + options)
        }

        /// What must come from a time on, up to another, in milliseconds.
        func tags(from start: Int64 = 0, to end: Int64 = .max) -> [FLVFile.Tag] {
            let media = file.media
            let first = media.lastIndex { $0.isKeyframe && $0.timestamp <= start } ?? 0
            return media[first...].filter { $0.timestamp < end }
        }
    }

    /// rtmpdump calls a file incomplete whose metadata counts the last frame's length too, so its status is not asked.
    private static func rtmpdump(_ url: String, _ path: String, _ options: [String] = [], _ bench: Bench) throws
        -> FLVFile
    {
        let process = try bench.start(.rtmpdump, ["-r", url, "-o", path] + options, name: "rtmpdump")
        bench.check([0, 2].contains(try process.wait()), "rtmpdump failed")
        return try FLVFile(bench.bytes(path))
    }

    @Test(arguments: Index.allCases) func `rtmpdump takes the whole, a part, and the rest of it`(index: Index)
        async throws
    {
        try await withBench([.currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let stage = try Stage(bench, index)
            let whole = try Self.rtmpdump(stage.url, bench.path("whole.flv"), [], bench)
            bench.check(whole.media == stage.tags(), "the whole: \(whole.media.count) tags")
            bench.check(whole.hasMetadata, "no metadata")
            for (start, stop) in [(3, nil), (2, 5), (0, 4)] as [(Int64, Int64?)] {
                let limits = ["--start", "\(start)"] + (stop.map { ["--stop", "\($0)"] } ?? [])
                let part = try Self.rtmpdump(stage.url, bench.path("part-\(start).flv"), limits, bench)
                let expected = stage.tags(from: start * 1_000, to: stop.map { $0 * 1_000 } ?? .max)
                bench.check(part.media == expected, "from \(start): \(part.media.count) of \(expected.count) tags")
            }
            // As if it had been killed somewhere in the fourth second.
            let bytes = bench.bytes("whole.flv")
            let kept = FLVFile.end(ofTagBehind: bytes.count / 2, in: bytes)
            try Data(bytes[..<kept]).write(to: URL(filePath: bench.path("resumed.flv")))
            _ = try Self.rtmpdump(stage.url, bench.path("resumed.flv"), ["--resume"], bench)
            bench.check(bench.bytes("resumed.flv") == bytes, "a resumed file differs from a whole one")
        }
    }

    @Test(arguments: [Tool.systemFFmpeg, .currentFFmpeg])
    func `ffmpeg plays it, and seeks in it`(ffmpeg: Tool) async throws {
        try await withBench([.currentFFmpeg, .systemFFmpeg, .rtmpctl]) { bench in
            let stage = try Stage(bench, .ffmpeg)
            for seek in [[], ["-ss", "5"], ["-ss", "2.3"], ["-ss", "0.5"]] as [[String]] {
                var hashes: [FrameHashes] = []
                for source in [stage.url, stage.path] {
                    let path = bench.path("\(hashes.count).md5")
                    let copy = ["-map", "0:v", "-map", "0:a", "-c", "copy", "-copyts", "-f", "framemd5", "-y", path]
                    try bench.ends(
                        bench.start(
                            ffmpeg, ["-v", "error", "-nostdin"] + seek + ["-i", source] + copy, name: "ffmpeg"))
                    hashes.append(FrameHashes(String(decoding: bench.bytes(path), as: UTF8.self)))
                }
                bench.check(hashes[0].differences(from: hashes[1]), "\(ffmpeg) \(seek)")
            }
        }
    }

    @Test func `our own programs take it whole, and several threads serve it alike`() async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let stage = try Stage(bench, .none, ["--threads", "2"])
            let players = try (0..<4).map { try Player.dump.start(stage.url, bench, file: "dump-\($0).flv") }
            for player in players {
                try bench.ends(player.process)
                let file = try FLVFile(bench.bytes(player.path))
                bench.check(file.frames == stage.file.frames, "\(player.path)")
            }
        }
    }

    @Test func `our own dump takes a part of it, and continues a file that was cut off`() async throws {
        try await withBench([.currentFFmpeg, .rtmpctl]) { bench in
            let stage = try Stage(bench, .repaired)
            let dump = { (file: String, options: [String]) throws -> FLVFile in
                try bench.ends(
                    bench.start(.rtmpctl, ["dump", stage.url, bench.path(file)] + options, name: file))
                return try FLVFile(bench.bytes(file))
            }
            let whole = try dump("whole.flv", [])
            bench.check(whole.frames == stage.file.frames, "the whole")
            for (start, stop) in [(3, nil), (2, 5)] as [(Int64, Int64?)] {
                let options = ["--start", "\(start)"] + (stop.map { ["--stop", "\($0)"] } ?? [])
                let part = try dump("part-\(start).flv", options).media
                let expected = stage.tags(from: start * 1_000, to: stop.map { $0 * 1_000 } ?? .max)
                // It counts its length from the first frame that comes, which may lie before the start.
                let isEnough = stop == nil ? part.count == expected.count : part.count > expected.count * 3 / 4
                let isRun = part.map(\.payload) == expected.prefix(part.count).map(\.payload)
                bench.check(isRun && isEnough, "from \(start): \(part.count) of \(expected.count) tags")
                let moved = Set(zip(part, expected).map { $1.timestamp - $0.timestamp })
                bench.check(moved.count == 1, "times are moved by \(moved)")
            }
            let bytes = bench.bytes("whole.flv")
            for part in 1...5 {
                let size = 70_000 + (bytes.count - 70_000) * part / 6
                try Data(bytes[..<size]).write(to: URL(filePath: bench.path("cut.flv")))
                _ = try dump("cut.flv", ["--resume"])
                bench.check(bench.bytes("cut.flv") == bytes, "continued behind \(size) bytes of \(bytes.count)")
            }
        }
    }

    @Test func `every player takes a recording and exits at its end`() async throws {
        try await withBench(Tool.allCases.filter { $0 != .nginx && $0 != .ffprobe }) { bench in
            let stage = try Stage(bench)
            let players = try [Player.dump, .play, .systemFFmpeg, .currentFFmpeg, .rtmpdump].map {
                try $0.start(stage.relay.url("live/show"), bench)
            }
            for playing in players where playing.player != .rtmpdump {
                try playing.check(against: stage.file, sourcePath: stage.path, bench)
            }
        }
    }

    @Test func `names that lead out of the directory are refused`() async throws {
        try await withBench([.currentFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let stage = try Stage(bench)
            let secret = bench.path("secret.flv")
            try FileManager.default.copyItem(atPath: stage.path, toPath: secret)
            let links = bench.path("recordings/live")
            try FileManager.default.createSymbolicLink(atPath: links + "/link.flv", withDestinationPath: secret)
            try FileManager.default.createSymbolicLink(atPath: links + "/alias.flv", withDestinationPath: "show.flv")
            for name in ["link", "../secret", "../../secret", "..%2fsecret"] {
                let process = try bench.start(
                    .rtmpdump, ["-r", stage.relay.url("live"), "-y", name, "-o", bench.path("x.flv")])
                bench.check(try process.wait() != 0, "\(name) was played")
                bench.check(bench.bytes("x.flv").count < 1_000, "\(name) was played")
            }
            try stage.relay.process.expect("refused", count: 3)
            let alias = try Self.rtmpdump(stage.relay.url("live/alias"), bench.path("alias.flv"), [], bench)
            bench.check(alias.media == stage.tags(), "a link that stays inside")
        }
    }
}

extension FLVFile {
    /// Sound and pictures. rtmpdump throws marks of the end away, and writes headers anew where it begins.
    fileprivate var media: [Tag] { tags.filter { $0.isMedia && !$0.isHeader && !$0.isEndMark } }

    /// The same, each kind in its order.
    fileprivate var frames: [[Tag]] { [8, 9].map { frames(kind: $0) } }

    fileprivate static func end(ofTagBehind place: Int, in bytes: [UInt8]) -> Int {
        var offset = 13
        while offset < place {
            offset += 15 + bytes[(offset + 1)..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        return offset
    }
}
