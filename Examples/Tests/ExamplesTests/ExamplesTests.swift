// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Runs the examples as their readers do.
@Suite struct ExamplesTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Fixtures").standardizedFileURL

    /// What a program prints, line by line.
    private func lines(_ program: String, _ fixture: String) throws -> [String] {
        let process = Process()
        let output = Pipe()
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
            process.executableURL = bundle.bundleURL.deletingLastPathComponent().appending(path: program)
        #else
            process.executableURL = Bundle.main.bundleURL.appending(path: program)
        #endif
        process.arguments = [Self.fixtures.appending(path: fixture).path]
        process.standardOutput = output
        try process.run()
        let written = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: written, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `the tags of a file are printed`() throws {
        let lines = try lines("PrintTags", "flv/h264_aac.flv")
        #expect(lines.count == 180)
        #expect(lines.first == "0 ms, script, 268 bytes")
        #expect(lines.dropFirst(4).first == "23 ms, video, 2703 bytes, keyframe")
    }

    @Test func `a server session takes what ffmpeg published`() throws {
        let lines = try lines("AcceptPublish", "session/pub-ffmpeg9-h264-aac-nginx.c2s.bin")
        #expect(
            lines == [
                "connect to live", "publish s2?token=abc&x=1", "end",
                "191 packets came, 4083 bytes are for the client",
            ])
    }

    @Test func `a client session sends every tag of a file`() throws {
        let lines = try lines("SendStream", "flv/h264_aac.flv")
        #expect(lines == ["publishing to rtmp://localhost/live/***", "the server took 180 packets"])
    }
}
