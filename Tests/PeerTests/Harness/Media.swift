// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Short synthetic material, made once and kept for later runs.
enum Media: String, Sendable, CaseIterable, CustomStringConvertible {
    case h264AAC, h264BFrames, hevcAAC, hevcOpus, av1Opus, vp9FLAC, h264AC3, multitrack
    case audioOnly, videoOnly, mp3Only, flv1MP3, h264MP3
    /// Twelve seconds, to restart things while it runs.
    case long

    var description: String { rawValue }

    /// Whether every ffmpeg, nginx-rtmp and GStreamer understand it.
    var isLegacy: Bool {
        switch self {
        case .h264AAC, .h264BFrames, .audioOnly, .videoOnly, .mp3Only, .flv1MP3, .h264MP3, .long: true
        default: false
        }
    }

    /// Seconds.
    var duration: Double { self == .long ? 12 : 3 }

    private static let picture = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=15"]
    private static func tone(_ rate: Int, _ frequency: Int = 440) -> [String] {
        ["-f", "lavfi", "-i", "sine=frequency=\(frequency):sample_rate=\(rate)"]
    }

    private var recipe: [String] {
        let fast = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-b:v", "300k"]
        switch self {
        case .h264AAC, .long: return Self.picture + Self.tone(48_000) + fast + ["-c:a", "aac"]
        case .h264BFrames:
            return Self.picture + Self.tone(44_100) + [
                "-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-b:v", "300k", "-c:a", "aac",
            ]
        case .hevcAAC: return Self.picture + Self.tone(48_000) + Self.hevc + ["-c:a", "aac"]
        case .hevcOpus: return Self.picture + Self.tone(48_000) + Self.hevc + ["-c:a", "libopus"]
        case .av1Opus:
            return Self.picture + Self.tone(48_000) + [
                "-c:v", "libsvtav1", "-preset", "12", "-b:v", "300k", "-c:a", "libopus",
            ]
        case .vp9FLAC:
            return Self.picture + Self.tone(48_000) + [
                "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-c:a", "flac",
            ]
        case .h264AC3: return Self.picture + Self.tone(48_000) + fast + ["-c:a", "ac3"]
        case .multitrack:
            return Self.picture + Self.picture + Self.tone(48_000) + Self.tone(48_000, 880)
                + ["-map", "0", "-map", "1", "-map", "2", "-map", "3"] + fast + ["-c:a", "aac"]
        case .audioOnly: return Self.tone(48_000) + ["-c:a", "aac"]
        case .videoOnly: return Self.picture + fast
        case .mp3Only: return Self.tone(44_100) + ["-c:a", "libmp3lame"]
        case .flv1MP3: return Self.picture + Self.tone(44_100) + ["-c:v", "flv", "-b:v", "300k", "-c:a", "libmp3lame"]
        case .h264MP3: return Self.picture + Self.tone(44_100) + fast + ["-c:a", "libmp3lame"]
        }
    }

    private static let hevc = [
        "-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-x265-params", "log-level=none",
        "-b:v", "300k",
    ]

    private static let lock = NSLock()
    nonisolated(unsafe) private static var made: [String: String] = [:]

    /// The path of the FLV file, made by the current ffmpeg.
    func file(_ bench: Bench) throws -> String {
        try Self.once(rawValue) { path in
            ["-v", "error", "-y"] + recipe + ["-g", "15", "-t", "\(duration)", "-f", "flv", path]
        } using: { arguments in
            try bench.start(.currentFFmpeg, arguments)
        }
    }

    /// What `tool` writes when it copies the file into FLV: byte for byte what it sends when it publishes the file.
    func copied(by tool: Tool, _ bench: Bench) throws -> FLVFile {
        let source = try file(bench)
        let path = try Self.once("\(rawValue)-\(tool)") { path in
            ["-v", "error", "-y", "-i", source, "-map", "0", "-c", "copy", "-f", "flv", path]
        } using: { arguments in
            try bench.start(tool, arguments)
        }
        return try FLVFile(bench.bytes(path))
    }

    private static func once(
        _ name: String, _ arguments: (String) -> [String], using start: ([String]) throws -> ChildProcess
    ) throws -> String {
        try lock.withLock {
            if let path = made[name] { return path }
            let folder = Bench.root.appending(path: "media").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // The recipe is a part of the name: another recipe is another file.
            let recipe = arguments("").joined(separator: " ").utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01B3
            }
            let path = "\(folder)/\(name)-\(String(recipe, radix: 16)).flv"
            if !FileManager.default.fileExists(atPath: path) {
                let draft = "\(folder)/draft-\(UUID().uuidString).flv"
                let process = try start(arguments(draft))
                guard try process.wait(seconds: 60) == 0 else {
                    throw ChildProcess.Failure(description: "cannot make \(name)\n\(process.report)")
                }
                try FileManager.default.moveItem(atPath: draft, toPath: path)
            }
            made[name] = path
            return path
        }
    }
}
