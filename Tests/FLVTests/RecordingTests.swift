// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

@Suite struct RecordingTests {
    /// Records messages and does what is to be done, as whoever owns the file does.
    static func file(_ tags: [FLVTag], recording: Recording = Recording(), finishes: Bool = true) -> [UInt8] {
        var recording = recording
        var output: [UInt8] = []
        for tag in tags {
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
        }
        if finishes { recording.finish() }
        apply(recording.takeOperations(), to: &output)
        #expect(recording.totals.bytes == Int64(output.count))
        return output
    }

    static func apply(_ operations: [Recording.Operation], to file: inout [UInt8]) {
        for operation in operations {
            switch operation {
            case .append(let bytes, let totals):
                file += bytes
                #expect(totals.bytes == Int64(file.count))
            case .overwrite(let offset, let bytes):
                file.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            }
        }
    }

    static func metadata(of file: ReadFile) -> FLVMetadata? {
        file.tags.first.flatMap { FLVMetadata(decoding: $0.payload.span) }
    }

    static func media(_ tags: [FLVTag]) -> [FLVTag] { tags.filter { $0.kind == .audio || $0.kind == .video } }

    static let sound = FLVTag(kind: .audio, timestamp: 0, payload: [0xAF, 1, 0x21])
    static let key = FLVTag(kind: .video, timestamp: 0, payload: [0x17, 1, 0, 0, 0, 0x65])
    static let inter = FLVTag(kind: .video, timestamp: 0, payload: [0x27, 1, 0, 0, 0, 0x41])

    static func at(_ time: UInt32, _ tag: FLVTag) -> FLVTag {
        FLVTag(kind: tag.kind, timestamp: time, payload: tag.payload)
    }

    @Test(arguments: Fixture.list("flv", suffix: ".flv").filter { !$0.contains("broken") && !$0.contains("odd") })
    func `a fixture that is recorded keeps every message and its time`(_ name: String) throws {
        let source = ReadFile(Fixture.bytes(name))
        let file = Self.file(source.tags)
        let recorded = ReadFile(file)
        #expect(StrictFLV(file, rules: StrictFLV.Rules(needsConfigurations: false)).faults == [])
        let expected = Self.media(source.tags)
        let media = Self.media(recorded.tags)
        #expect(media.map(\.payload) == expected.map(\.payload))
        let hasAudio = expected.contains { $0.kind == .audio }
        #expect(recorded.headers == [FLVHeader(hasAudio: hasAudio, hasVideo: expected.contains { $0.kind == .video })])
        #expect(Self.metadata(of: recorded)?.fileSize == Double(try recorded.rewritten().count))
        let frames = zip(expected, media).filter { tag, _ in
            let role =
                tag.kind == .video ? MediaClass(video: tag.payload.span).role : MediaClass(audio: tag.payload.span).role
            return [.keyframe, .interFrame, .audioFrame].contains(role)
        }
        let first = frames.first?.0.timestamp ?? 0
        for (tag, written) in frames where tag.timestamp >= first {
            #expect(written.timestamp == tag.timestamp - first)
        }
    }

    @Test(arguments: [
        "h264_only.flv", "h264_aac_bframes.flv", "hevc_hdr10.flv", "vp9_opus.flv", "flv1_mp3.flv", "aac_only.flv",
    ])
    func `duration is that of ffmpeg, up to a frame of audio`(_ name: String) throws {
        let source = ReadFile(fixture: name)
        let expected = try #require(Self.metadata(of: source)?.duration)
        let duration = try #require(Self.metadata(of: ReadFile(Self.file(source.tags)))?.duration)
        #expect(abs(duration - expected) < 0.03)
    }

    @Test func `the first frame is at 0 and configurations are with it, whatever times they had`() {
        let configuration = FLVTag(kind: .audio, timestamp: 5, payload: [0xAF, 0, 0x12, 0x10])
        let tags = [configuration, Self.at(70_000, Self.sound), Self.at(70_023, Self.sound), Self.at(69_990, Self.key)]
        let recorded = ReadFile(Self.file(tags))
        #expect(recorded.tags.dropFirst().map(\.timestamp) == [0, 0, 23, 0])
        let kept = ReadFile(Self.file(tags, recording: Recording(keepTimestamps: true)))
        #expect(kept.tags.dropFirst().map(\.timestamp) == [70_000, 70_000, 70_023, 69_990])
        #expect(Self.metadata(of: kept)?.duration == 0.046)
    }

    @Test func `time goes on over both wraps`() {
        let full: [UInt32] = [0xFFFF_FFF0, 0xFFFF_FFFF, 0x10, 0x20]
        #expect(
            ReadFile(Self.file(full.map { Self.at($0, Self.sound) })).tags.dropFirst().map(\.timestamp) == [
                0, 15, 32, 48,
            ])
        let half: [UInt32] = [0x7FFF_FFF0, 0x7FFF_FFFF, 0x10, 0x20]
        #expect(
            ReadFile(Self.file(half.map { Self.at($0, Self.sound) })).tags.dropFirst().map(\.timestamp) == [
                0, 15, 32, 48,
            ])
        let over: [UInt32] = [0x7FFF_FFF0, 0x8000_0010]
        #expect(ReadFile(Self.file(over.map { Self.at($0, Self.sound) })).tags.dropFirst().map(\.timestamp) == [0, 32])
    }

    @Test func `a configuration with an old time in the middle takes the time of the frame before it`() {
        let configuration = FLVTag(kind: .audio, timestamp: 0, payload: [0xAF, 0, 0x12, 0x10])
        let tags = [
            Self.at(100_000, Self.sound), Self.at(120_000, Self.sound), configuration, Self.at(120_023, Self.sound),
        ]
        #expect(ReadFile(Self.file(tags)).tags.dropFirst().map(\.timestamp) == [0, 20_000, 20_000, 20_023])
    }

    @Test func `the publisher's metadata is merged into the front and stale numbers are not`() throws {
        var published = FLVMetadata([
            "duration": 99, "width": 320, "height": 180, "framerate": 25, "videocodecid": "avc1", "encoder": "test",
            "keyframes": ["times": [], "filepositions": []], "title": "täst", "hasKeyframes": true,
        ])
        published.audioCodec = .legacy(10)
        var payload: [UInt8] = [2, 0, 13] + Array("@setDataFrame".utf8)
        try published.encode(into: &payload)
        let tags = [
            FLVTag(kind: .scriptData, timestamp: 0, payload: payload), Self.at(40, Self.key), Self.at(80, Self.inter),
            FLVTag(kind: .scriptData, timestamp: 80, payload: payload), Self.at(120, Self.inter),
        ]
        let unfinished = ReadFile(Self.file(tags, finishes: false))
        #expect(unfinished.headers == [FLVHeader(hasAudio: true, hasVideo: true)])
        #expect(unfinished.error == nil)
        let recorded = ReadFile(Self.file(tags))
        #expect(recorded.headers == [FLVHeader(hasAudio: false, hasVideo: true)], "what came counts in the end")
        #expect(recorded.tags.map(\.kind) == [.scriptData, .video, .video, .scriptData, .video])
        let metadata = try #require(Self.metadata(of: recorded))
        #expect(metadata.duration == 0.12)
        #expect(metadata.width == 320)
        #expect(metadata.frameRate == 25)
        #expect(metadata.videoCodec == .legacy(7))
        #expect(metadata.encoder == "test")
        #expect(metadata.properties["title"]?.string == "täst")
        #expect(metadata.properties["keyframes"] == nil)
        #expect(metadata.properties["hasKeyframes"]?.boolean == false)
        #expect(recorded.tags[3].payload == Array(payload[16...]), "later metadata are tags, without @setDataFrame")
    }

    @Test func `an empty recording is a file`() {
        #expect(StrictFLV(Self.file([])).faults == [])
        let recorded = ReadFile(Self.file([]))
        #expect(recorded.error == nil)
        #expect(recorded.headers == [FLVHeader(hasAudio: false, hasVideo: false)])
        #expect(Self.metadata(of: recorded)?.duration == 0)
    }

    @Test func `the front waits for a frame, but not for ever`() {
        var recording = Recording()
        let text = FLVTag(
            kind: .scriptData, timestamp: 0, payload: [2, 0, 1, 0x78] + [UInt8](repeating: 5, count: 1000))
        for _ in 0..<64 {
            recording.append(kind: text.kind, timestamp: 0, payload: text.payload.span)
        }
        #expect(!recording.hasOperations)
        recording.append(kind: text.kind, timestamp: 0, payload: text.payload.span)
        var output: [UInt8] = []
        Self.apply(recording.takeOperations(), to: &output)
        #expect(ReadFile(output).tags.count == 66)
    }

    @Test func `frames are counted`() {
        var recording = Recording()
        for tag in [Self.at(0, Self.key), Self.at(40, Self.inter), Self.at(50, Self.sound), Self.at(80, Self.inter)] {
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
        }
        #expect(recording.totals.tags == 5)
        #expect(recording.totals.videoFrames == 3)
        #expect(recording.totals.keyframes == 1)
        #expect(recording.totals.audioFrames == 1)
        #expect(recording.totals.mediaMilliseconds == 120)
        #expect(recording.totals.lastMilliseconds == 80)
    }

    @Test(arguments: SeededGenerator.seeds(20))
    func `no messages trap, and the file stays a file`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var tags: [FLVTag] = []
        let kinds: [FLVTag.Kind] = [.audio, .video, .scriptData, .scriptDataAMF3, .init(rawValue: 40)]
        for _ in 0..<200 {
            var payload = random.bytes(random.integer(in: 0..<60))
            if random.chance(0.2) { payload = [2, 0, 10] + Array("onMetaData".utf8) + payload }
            let kind = kinds[random.integer(in: 0..<kinds.count)]
            tags.append(FLVTag(kind: kind, timestamp: UInt32(truncatingIfNeeded: random.next()), payload: payload))
        }
        let recorded = ReadFile(Self.file(tags, recording: Recording(headSize: random.integer(in: 0..<3000))))
        #expect(recorded.error == nil)
        #expect(recorded.wrongSizes == [])
        #expect(Self.metadata(of: recorded) != nil)
    }
}
