// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Runs the examples as their readers do.
@Suite struct ExamplesTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

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
        process.arguments = [Self.repository.appending(path: "Fixtures/\(fixture)").path]
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
                "connect to live", "publish s2?token=abc&x=1", "end after 191 packets",
                "4107 bytes are for the client",
            ])
    }

    @Test func `a client session sends every tag of a file`() throws {
        let lines = try lines("SendStream", "flv/h264_aac.flv")
        #expect(lines == ["publishing to rtmp://localhost/live/***", "the server took 180 packets"])
    }

    @Test(arguments: ["README.md"])
    func `what a document shows of the library is taken from an example`(_ document: String) throws {
        let sources = try ["PrintTags/PrintTags", "AcceptPublish/AcceptPublish", "SendStream/SendStream"].map {
            Self.unindented(try text("Examples/Sources/\($0).swift"))
        }
        let blocks = try text(document).components(separatedBy: "```swift\n").dropFirst()
            .map { Self.unindented($0.components(separatedBy: "```").first ?? "") }
        #expect(blocks.count >= 3)
        for block in blocks {
            #expect(sources.contains { $0.contains(block) }, "\(document) shows what no example has:\n\(block)")
        }
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.repository.appending(path: path), encoding: .utf8)
    }

    private static func unindented(_ text: String) -> String {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
}
