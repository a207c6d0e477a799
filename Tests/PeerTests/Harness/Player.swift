// SPDX-License-Identifier: Apache-2.0

/// Programs that play.
enum Player: String, Sendable, CaseIterable, CustomStringConvertible {
    case dump, play, systemFFmpeg, currentFFmpeg, rtmpdump, rtmp2src, rtmpsrc

    var description: String { rawValue }

    var tool: Tool {
        switch self {
        case .dump, .play: .rtmpctl
        case .systemFFmpeg: .systemFFmpeg
        case .currentFFmpeg: .currentFFmpeg
        case .rtmpdump: .rtmpdump
        case .rtmp2src, .rtmpsrc: .gstreamer
        }
    }

    /// Starts to play into a file of the bench.
    func start(_ url: String, _ bench: Bench, file: String? = nil, _ options: [String] = []) throws -> Playing {
        let path = bench.path(file ?? "\(self).out")
        let process: ChildProcess
        let name = "player \(self)"
        switch self {
        case .dump: process = try bench.start(tool, ["dump", url, path, "--wait"] + options, name: name)
        case .play:
            process = try bench.start(tool, ["play", url, "--wait"] + options, name: name, output: path)
        case .systemFFmpeg, .currentFFmpeg:
            let copy = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "framemd5", "-y", path]
            process = try bench.start(
                tool, ["-v", "warning", "-nostdin"] + options + ["-i", url] + copy, name: name)
        case .rtmpdump:
            process = try bench.start(tool, ["--live", "-r", url, "-o", path] + options, name: name)
        case .rtmp2src:
            process = try bench.start(
                tool, ["-q", "rtmp2src", "location=\(url)", "!", "filesink", "location=\(path)"], name: name)
        case .rtmpsrc:
            // With whole blocks it sees the end only when one is empty, connects again when one is not, and keeps what
            // is in it to itself; in blocks of one byte it takes everything and ends.
            process = try bench.start(
                tool,
                ["-q", "rtmpsrc", "blocksize=1", "location=\(url) live=1", "!", "filesink", "location=\(path)"],
                name: name)
        }
        return Playing(player: self, process: process, path: path)
    }
}

/// A player at work.
struct Playing {
    let player: Player
    let process: ChildProcess
    let path: String

    /// Waits until it ends by itself, and compares what it got with what was sent.
    func check(
        against source: FLVFile, sourcePath: String, extent: FLVFile.Extent = .whole, _ bench: Bench,
        seconds: Double = 25
    ) throws {
        try bench.ends(process, seconds: seconds)
        try checkFile(against: source, sourcePath: sourcePath, extent: extent, bench)
    }

    /// Compares what it got with what was sent.
    func checkFile(
        against source: FLVFile, sourcePath: String, extent: FLVFile.Extent = .whole, _ bench: Bench
    ) throws {
        switch player {
        case .systemFFmpeg, .currentFFmpeg:
            let reference = try Playing.hashes(of: sourcePath, by: player.tool, bench)
            let hashes = FrameHashes(String(decoding: bench.bytes(path), as: UTF8.self))
            bench.check(hashes.differences(from: reference, extent: extent), "\(player), \(path)")
        default:
            let file = try FLVFile(bench.bytes(path))
            // rtmp2src throws away the message that waits in its one-message queue when StreamEOF comes.
            let missing = player == .rtmp2src ? 1 : 0
            bench.check(file.differences(from: source, extent: extent, missingAtEnd: missing), "\(player), \(path)")
        }
    }

    private static func hashes(of path: String, by tool: Tool, _ bench: Bench) throws -> FrameHashes {
        let output = bench.path("reference-\(tool).md5")
        let copy = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "framemd5", "-y", output]
        let process = try bench.start(tool, ["-v", "warning", "-nostdin", "-i", path] + copy, name: "reference")
        try process.wait()
        return FrameHashes(String(decoding: bench.bytes(output), as: UTF8.self))
    }
}
