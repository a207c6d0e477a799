// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The programs that the peer tests run.
enum Tool: String, Sendable, CaseIterable {
    /// The system's ffmpeg: Debian 12 has 5.1, which knows the legacy codecs only.
    case systemFFmpeg = "ffmpeg"
    /// A current ffmpeg: `RTMP_FFMPEG`, or that of the Python package `imageio-ffmpeg`.
    case currentFFmpeg = "ffmpeg of imageio-ffmpeg"
    case ffprobe
    case rtmpdump
    case gstreamer = "gst-launch-1.0 with rtmp2 and librtmp elements"
    case nginx = "nginx with its RTMP module"
    case vlc = "cvlc with a demuxer for FLV"
    case setpriv
    /// Our own program, built beside the tests.
    case rtmpctl

    static let nginxModule = "/usr/lib/nginx/modules/ngx_rtmp_module.so"

    /// Where it lies; nil when it is not on this machine.
    var path: String? { Self.paths[self] }

    private static let paths: [Tool: String] = {
        var paths: [Tool: String] = [:]
        for tool in allCases { paths[tool] = tool.find() }
        return paths
    }()

    private func find() -> String? {
        switch self {
        case .systemFFmpeg: return Self.onPath("ffmpeg")
        case .currentFFmpeg:
            if let path = ProcessInfo.processInfo.environment["RTMP_FFMPEG"], !path.isEmpty {
                return Self.executable(path)
            }
            let ask = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
            return Self.onPath("python3").flatMap { Self.run($0, ["-c", ask]) }
        case .ffprobe: return Self.onPath("ffprobe")
        case .rtmpdump: return Self.onPath("rtmpdump")
        case .gstreamer:
            let elements = ["rtmp2sink", "rtmp2src", "rtmpsink", "rtmpsrc", "flvmux", "flvdemux", "h264parse"]
            guard let inspect = Self.onPath("gst-inspect-1.0"),
                elements.allSatisfy({ Self.run(inspect, ["--exists", $0]) != nil })
            else { return nil }
            return Self.onPath("gst-launch-1.0")
        case .nginx:
            guard FileManager.default.fileExists(atPath: Self.nginxModule) else { return nil }
            return Self.onPath("nginx") ?? Self.executable("/usr/sbin/nginx")
        case .vlc: return Self.onPath("cvlc")
        case .setpriv: return Self.onPath("setpriv")
        case .rtmpctl:
            if let path = ProcessInfo.processInfo.environment["RTMPCTL"] { return path }
            let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            let beside = URL(filePath: tests ?? CommandLine.arguments[0]).deletingLastPathComponent()
            return Self.executable(beside.appending(path: "rtmpctl").path)
                ?? Self.executable(Fixture.packageDirectory.appending(path: ".build/debug/rtmpctl").path)
        }
    }

    private static func executable(_ path: String) -> String? {
        FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    private static func onPath(_ name: String) -> String? {
        let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        return directories.lazy.compactMap { executable("\($0)/\(name)") }.first
    }

    /// What a program prints, without the newline; nil when it fails.
    private static func run(_ path: String, _ arguments: [String]) -> String? {
        let directory = NSTemporaryDirectory()
        guard let process = try? ChildProcess(path, arguments, directory: directory),
            (try? process.wait(seconds: 30)) == 0
        else { return nil }
        return process.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Skips the running test, or one case of it, when a tool is missing, and prints which; with
    /// `RTMP_REQUIRE_PEERS=1` fails it.
    static func require(_ tools: [Tool]) throws {
        let missing = Set(tools).filter { $0.path == nil }.map(\.rawValue).sorted()
        guard !missing.isEmpty else { return }
        let message = "not on this machine: " + missing.joined(separator: ", ")
        if ProcessInfo.processInfo.environment["RTMP_REQUIRE_PEERS"] == "1" {
            throw ChildProcess.Failure(description: message)
        }
        // The testing library says nothing of a case that is cancelled.
        print("skipped \(Test.current?.name ?? "a test"), \(message)")
        try Test.cancel("\(message)")
    }
}
