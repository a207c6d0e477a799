// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import rtmpctl

/// `rtmpctl dump` in the place of rtmpdump: the same command lines against nginx-rtmp, which plays files.
@Suite struct RtmpdumpTests {
    /// nginx, with a film of 30 s in it that has a keyframe every second.
    private static func films(_ bench: Bench) throws -> NginxServer {
        let directory = bench.path("films")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try bench.ends(
            bench.start(
                .systemFFmpeg,
                ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-f", "lavfi", "-i", "sine=440"]
                    + ["-t", "30", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac"]
                    + ["-flvflags", "add_keyframe_index", directory + "/film.flv"], name: "film"))
        return try NginxServer(bench, application: "vod", "play \(directory);")
    }

    private static func file(_ name: String, _ bench: Bench) throws -> StrictFLV {
        StrictFLV([UInt8](try Data(contentsOf: URL(filePath: bench.path(name)))))
    }

    /// What is in the frames, without what is around them.
    private static func frames(_ file: StrictFLV) -> [ArraySlice<UInt8>] { file.frames.map { file.bytes[$0.body] } }

    @Test func `every option of rtmpdump is understood, or refused with a reason`() async throws {
        try await withBench([.rtmpdump]) { bench in
            let help = try bench.start(.rtmpdump, ["--help"], name: "help")
            try help.wait(seconds: 10)
            let names = help.output.matches(of: /--([A-Za-z]+)\|-(.)/)
            bench.check(names.count >= 36, "\(names.count) options")
            for name in names {
                let option = Dump.command.options.first { $0.names.contains(String(name.1)) } ?? .help
                let isKnown = option.names.contains(String(name.1)) || name.1 == "help"
                bench.check(isKnown, "--\(name.1)")
                bench.check(option.letter.map(String.init) == String(name.2), "-\(name.2)")
            }
        }
    }

    @Test(arguments: [
        ["-r", "URL/vod/film.flv", "-o", "FILE"],
        ["-r", "URL/vod/film.flv", "-o", "FILE", "-A", "10"],
        ["-r", "URL/vod/film.flv", "-o", "FILE", "--start", "10.5", "--timeout", "20", "-b", "3600000"],
        ["-r", "URL/", "-a", "vod", "-y", "film.flv", "-o", "FILE", "-q"],
        ["-r", "URL/vod", "-y", "film.flv", "-t", "URL/vod", "-s", "http://s/s.swf", "-p", "http://p", "-f", "WIN 1"]
            + ["-C", "B:1", "-C", "S:x", "--flv", "FILE", "--realtime"],
        ["--rtmp", "rtmp://nowhere.invalid:1/vod/film.flv", "-n", "127.0.0.1", "-c", "PORT", "-l", "0", "-o", "FILE"],
    ])
    func `the same command line records the same frames`(_ words: [String]) async throws {
        try await withBench([.nginx, .systemFFmpeg, .rtmpdump, .rtmpctl]) { bench in
            let server = try Self.films(bench)
            for (tool, first) in [(Tool.rtmpdump, []), (.rtmpctl, ["dump"])] {
                let file = bench.path(first.isEmpty ? "theirs.flv" : "ours.flv")
                let line = words.map {
                    $0.replacing("URL", with: "rtmp://\(server.authority)").replacing("FILE", with: file)
                        .replacing("PORT", with: "\(server.port)")
                }
                try bench.ends(bench.start(tool, first + line, name: first.isEmpty ? "theirs" : "ours"), seconds: 20)
            }
            let ours = try Self.file("ours.flv", bench)
            let theirs = Self.frames(try Self.file("theirs.flv", bench))
            bench.check(theirs.count > 400, "rtmpdump recorded \(theirs.count) frames")
            bench.check(Self.frames(ours) == theirs, "\(ours.frames.count) frames, not rtmpdump's \(theirs.count)")
            if !words.contains("-A"), !words.contains("--start") {
                bench.check(ours.faults == [], "\(ours.faults)")
            }
        }
    }

    @Test func `a file that was cut off is continued from nginx, and none is lost or twice`() async throws {
        try await withBench([.nginx, .systemFFmpeg, .rtmpctl]) { bench in
            let server = try Self.films(bench)
            let url = server.url("vod/film.flv")
            let dump = { (file: String) in
                try bench.start(.rtmpctl, ["dump", "-e", "-r", url, "-o", bench.path(file)], name: file)
            }
            try bench.ends(dump("whole.flv"), seconds: 20)
            let whole = try Self.file("whole.flv", bench)
            bench.check(whole.faults == [], "\(whole.faults)")
            for part in 1...9 {
                let name = "cut-\(part).flv"
                let size = 66_000 + (whole.bytes.count - 66_000) * part / 10
                try Data(whole.bytes[..<size]).write(to: URL(filePath: bench.path(name)))
                try bench.ends(dump(name), seconds: 20)
                let file = try Self.file(name, bench)
                bench.check(file.bytes == whole.bytes, "\(name): \(file.bytes.count), \(file.faults)")
            }
            // And once it is whole there is nothing to do.
            try bench.ends(dump("whole.flv"), seconds: 20)
            bench.check(try Self.file("whole.flv", bench).bytes == whole.bytes, "a whole file was changed")
        }
    }
}
