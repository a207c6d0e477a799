// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import Synchronization
import TestSupport
import Testing

/// The code of `FLV.docc`, as it stands there, with a list instead of the terminal.
@Suite struct DocumentationTests {
    /// What the snippets print.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func print(_ items: [any Sendable]) {
            let line = items.map { "\($0)" }.joined(separator: " ")
            lines.withLock { $0.append(line) }
        }
    }

    private let lines = Lines()

    private func print(_ items: any Sendable...) { lines.print(items) }

    func printTags(of path: String) throws {
        let file = try Data(contentsOf: URL(filePath: path))

        var reader = FLVReader()
        reader.receive([UInt8](file).span)
        reader.receiveEnd()
        while let element = try reader.nextElement() {
            guard case .tag(let tag) = element else { continue }
            print(tag.timestamp, tag.kind, tag.payload.count)
        }
    }

    @Test func `read a file and print its tags`() throws {
        try printTags(of: Fixture.path("flv/h264_aac.flv"))
        #expect(lines.all.count == 180)
        #expect(lines.all.prefix(2) == ["0 script 268", "0 video 44"])
    }

    @Test func `see what is in a tag`() throws {
        for tag in ReadFile(fixture: "h264_aac.flv").tags {
            if tag.kind == .video {
                let message = try VideoMessage(decoding: tag.payload.span)
                for track in message.tracks where message.isSequenceHeader {
                    if let format = VideoFormat(codec: track.codec, configuration: track.body.span) {
                        print(format.width, format.height, format.frameRate ?? 0)
                    }
                }
            }
            if let metadata = FLVMetadata(decoding: tag.payload.span) {
                print(metadata.duration ?? 0, "seconds")
            }
        }
        #expect(lines.all == ["3.023 seconds", "160 120 15.0"])
    }

    @Test func `take one track out of a stream with several`() throws {
        let tags = ReadFile(fixture: "mt_2v_avc_2a_aac.flv").tags
        var writer = FLVWriter()
        var output: [UInt8] = []
        try writer.write(FLVHeader(hasAudio: false, hasVideo: true), into: &output)

        var tracks = Tracks()
        for tag in tags {
            try tracks.add(tag)
            for single in try tracks.tags(of: .video(1), in: tag) { try writer.write(single, into: &output) }
        }
        for track in tracks.all { print(track.id, track.codec, track.frames) }

        let printed = lines.all.compactMap { line in line.split(separator: " ").last.map { "\(line.prefix(8)) \($0)" } }
        #expect(printed == ["video(0) 45", "video(1) 45", "audio(0) 142", "audio(1) 142"])
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

    @Test func `see what a file is`() throws {
        let file = Data(Fixture.bytes("flv/h264_aac.flv"))

        var inspection = FileInspection()
        inspection.receive([UInt8](file).span)
        inspection.receiveEnd()
        for track in inspection.stream.tracks { print(track.description.title, track.bitrate ?? 0) }

        #expect(lines.all.count == 2 && lines.all[0].hasPrefix("H.264 ") && lines.all[1].hasPrefix("AAC "))
    }

    func describe(_ tag: FLVTag) throws(FLVError) -> [String] {
        switch tag.kind {
        case .video:
            let message = try VideoMessage(decoding: tag.payload.span)
            let kind = message.isSequenceHeader ? "configuration" : message.isKeyframe ? "keyframe" : "other"
            return message.tracks.map { "video track \($0.id): \(kind) of \($0.body.count) bytes" }
        case .audio:
            let message = try AudioMessage(decoding: tag.payload.span)
            return message.tracks.map { "audio track \($0.id): \($0.body.count) bytes" }
        default:
            return ["\(tag.kind)"]
        }
    }

    func keyframeTimes(of tags: [FLVTag]) -> [UInt32] {
        tags.filter { $0.kind == .video && MediaClass(video: $0.payload.span).role == .keyframe }.map(\.timestamp)
    }

    func codecs(of tags: [FLVTag]) -> [String] {
        var names: [String] = []
        for tag in tags where tag.kind == .video {
            guard let message = try? VideoMessage(decoding: tag.payload.span), message.isSequenceHeader else {
                continue
            }
            for track in message.tracks {
                let description = CodecDescription(.video(track.codec), configuration: track.body)
                names.append(description.codecString ?? description.title)
            }
        }
        return names
    }

    func frame(_ data: [UInt8], isKeyframe: Bool, compositionTime: Int32) throws(FLVError) -> [UInt8] {
        let message = VideoMessage(
            form: .enhanced, frameType: isKeyframe ? .key : .inter, packetType: .codedFrames,
            tracks: [.init(codec: .enhanced(.hvc1), compositionTime: compositionTime, body: data)])
        var payload: [UInt8] = []
        try message.encode(into: &payload)
        return payload
    }

    @Test func `what the article on messages does`() throws {
        let tags = ReadFile(fixture: "mt_avc_hevc_av1_aac_opus_mp3.flv").tags
        let texts = try tags.flatMap { try describe($0) }
        #expect(texts.contains { $0.hasPrefix("video track 2: keyframe of") })
        #expect(keyframeTimes(of: tags).count > 3)
        #expect(codecs(of: tags).map { String($0.prefix(5)) } == ["avc1.", "hvc1.", "av01."])
        #expect(try frame([1, 2], isKeyframe: true, compositionTime: 133) == bytes("91 68766331 000085 0102"))
    }

    @Test(arguments: ["FLV", "Messages"]) func `the snippets are the ones compiled here`(_ name: String) {
        let page = DocumentationPage(name, of: "FLV")
        #expect(page.snippets.count >= 4 && page.missing() == [])
    }
}
