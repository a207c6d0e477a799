// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import TestSupport
import Testing

/// The code of `FLV.docc/FLV.md`, with a fixture as the file and a list instead of the terminal.
@Suite struct DocumentationTests {
    @Test func `read a file and print its tags`() throws {
        var lines: [String] = []
        let file = try Data(contentsOf: URL(filePath: Fixture.path("flv/h264_aac.flv")))

        var reader = FLVReader()
        reader.receive([UInt8](file).span)
        reader.receiveEnd()
        while let element = try reader.nextElement() {
            guard case .tag(let tag) = element else { continue }
            lines.append("\(tag.timestamp) \(tag.kind) \(tag.payload.count)")
        }

        #expect(lines.count == 180)
        #expect(lines.prefix(2) == ["0 script 268", "0 video 44"])
    }

    @Test func `see what is in a tag`() throws {
        var lines: [String] = []
        for tag in ReadFile(fixture: "h264_aac.flv").tags {
            if tag.kind == .video {
                let message = try VideoMessage(decoding: tag.payload.span)
                for track in message.tracks where message.isSequenceHeader {
                    if let format = VideoFormat(codec: track.codec, configuration: track.body.span) {
                        lines.append("\(format.width) \(format.height) \(format.frameRate ?? 0)")
                    }
                }
            }
            if let metadata = FLVMetadata(decoding: tag.payload.span) {
                lines.append("\(metadata.duration ?? 0) seconds")
            }
        }
        #expect(lines == ["3.023 seconds", "160 120 15.0"])
    }

    @Test func `take one track out of a stream with several`() throws {
        let tags = ReadFile(fixture: "mt_2v_avc_2a_aac.flv").tags
        var writer = FLVWriter()
        var output: [UInt8] = []
        var lines: [String] = []
        try writer.write(FLVHeader(hasAudio: false, hasVideo: true), into: &output)

        var tracks = Tracks()
        for tag in tags {
            try tracks.add(tag)
            for single in try tracks.tags(of: .video(1), in: tag) { try writer.write(single, into: &output) }
        }
        for track in tracks.all { lines.append("\(track.id) \(track.frames)") }

        #expect(lines == ["video(0) 45", "video(1) 45", "audio(0) 142", "audio(1) 142"])
        #expect(ReadFile(output).tags.count == 46)
    }

    @Test func `record a live stream`() throws {
        let tags = ReadFile(fixture: "h264_aac.flv").tags
        let place = FileManager.default.temporaryDirectory.appending(path: "recording-\(UUID().uuidString).flv")
        #expect(FileManager.default.createFile(atPath: place.path, contents: nil))
        defer { try? FileManager.default.removeItem(at: place) }
        let handle = try FileHandle(forWritingTo: place)

        var recording = Recording()
        for tag in tags {
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
        }
        recording.finish()
        for operation in recording.takeOperations() {
            switch operation {
            case .append(let bytes, _):
                try handle.seekToEnd()
                try handle.write(contentsOf: bytes)
            case .overwrite(let offset, let bytes):
                try handle.seek(toOffset: UInt64(offset))
                try handle.write(contentsOf: bytes)
            }
        }

        try handle.close()
        #expect(StrictFLV([UInt8](try Data(contentsOf: place))).faults == [])
    }
}
