// SPDX-License-Identifier: Apache-2.0

/// Programs that publish.
enum Publisher: String, Sendable, CaseIterable, CustomStringConvertible {
    case systemFFmpeg, currentFFmpeg, rtmp2sink, rtmpsink, rtmpctl

    var description: String { rawValue }

    var tool: Tool {
        switch self {
        case .systemFFmpeg: .systemFFmpeg
        case .currentFFmpeg: .currentFFmpeg
        case .rtmp2sink, .rtmpsink: .gstreamer
        case .rtmpctl: .rtmpctl
        }
    }

    /// Starts to publish a file. `isLive` paces it as an encoder does; else it goes as fast as it can (GStreamer
    /// always paces).
    func start(_ media: Media, to url: String, isLive: Bool = true, _ bench: Bench, name: String? = nil) throws
        -> ChildProcess
    {
        let file = try media.file(bench)
        let name = name ?? "publisher \(self)"
        switch self {
        case .systemFFmpeg, .currentFFmpeg:
            let pace = isLive ? ["-re"] : []
            return try bench.start(
                tool,
                ["-v", "warning", "-nostdin"] + pace + ["-i", file, "-map", "0", "-c", "copy", "-f", "flv", url],
                name: name)
        case .rtmp2sink: return try gstreamer(file, ["rtmp2sink", "location=\(url)"], name, bench)
        case .rtmpsink: return try gstreamer(file, ["rtmpsink", "location=\(url)"], name, bench)
        case .rtmpctl:
            return try bench.start(.rtmpctl, ["publish", file, url] + (isLive ? [] : ["--rate", "max"]), name: name)
        }
    }

    /// What it sends when it publishes a file.
    func sent(_ media: Media, _ bench: Bench) throws -> FLVFile {
        switch self {
        case .systemFFmpeg, .currentFFmpeg: return try media.copied(by: tool, bench)
        case .rtmpctl: return try FLVFile(bench.bytes(try media.file(bench)))
        case .rtmp2sink, .rtmpsink:
            let path = bench.path("gstreamer.flv")
            let process = try gstreamer(try media.file(bench), ["filesink", "location=\(path)"], "flvmux", bench)
            try process.wait()
            return try FLVFile(bench.bytes(path))
        }
    }

    /// H.264 and AAC only.
    private func gstreamer(_ file: String, _ sink: [String], _ name: String, _ bench: Bench) throws -> ChildProcess {
        let pipeline =
            [
                "-q", "filesrc", "location=\(file)", "!", "flvdemux", "name=d", "flvmux", "name=m", "streamable=true",
                "!",
            ]
            + sink
            + ["d.video", "!", "queue", "!", "h264parse", "!", "m."]
            + ["d.audio", "!", "queue", "!", "aacparse", "!", "m."]
        return try bench.start(.gstreamer, pipeline, name: name)
    }
}
