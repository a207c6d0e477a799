// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

/// One recording in several files.
@Suite struct RecordingSeriesTests {
    /// Records messages into files of at least `length` milliseconds.
    static func files(
        _ tags: [FLVTag], length: Int64, recording: Recording = Recording(headSize: 2000)
    ) -> [(bytes: [UInt8], begin: Int64, repeated: Int)] {
        var recording = recording
        var files: [(bytes: [UInt8], begin: Int64, repeated: Int)] = []
        func close() {
            var bytes: [UInt8] = []
            RecordingTests.apply(recording.takeOperations(), to: &bytes)
            files.append((bytes, recording.begin, recording.repeatedTags))
        }
        for tag in tags {
            if recording.elapsed(at: tag.timestamp) >= length,
                recording.canBeSplit(before: tag.kind, tag.payload.span)
            {
                let next = recording.split(at: tag.timestamp)
                close()
                recording = next
            }
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
        }
        recording.finish()
        close()
        return files
    }

    /// The files joined again: without metadata in front and what is repeated, at their places in time.
    static func joined(_ files: [(bytes: [UInt8], begin: Int64, repeated: Int)]) -> [FLVTag] {
        files.flatMap { file in
            ReadFile(file.bytes).tags.dropFirst(1 + file.repeated).map { tag in
                var tag = tag
                tag.timestamp &+= UInt32(truncatingIfNeeded: file.begin)
                return tag
            }
        }
    }

    static func whole(_ tags: [FLVTag]) -> [FLVTag] {
        Array(ReadFile(RecordingTests.file(tags)).tags.dropFirst())
    }

    @Test func `files are cut at keyframes, can be played alone, and are the whole again when joined`() {
        let tags = RecordingPrefixTests.tags(1500, group: 25)
        let files = Self.files(tags, length: 9_500)
        #expect(files.count == 6)
        for file in files {
            let strict = StrictFLV(file.bytes)
            #expect(strict.faults == [])
            #expect(strict.frames.first?.content == .frame(.key))
            #expect(strict.metadata?["title"]?.string == "a title")
        }
        let isSame = Self.joined(files) == Self.whole(tags)
        #expect(isSame)
    }

    @Test func `sound that lags behind the keyframe lies behind the start of the next file`() throws {
        var tags: [FLVTag] = []
        for number in 0..<400 {
            let time = UInt32(1000 + number * 40)
            let type: UInt8 = number % 50 == 0 ? 0x17 : 0x27
            tags.append(FLVTag(kind: .video, timestamp: time, payload: [type, 1, 0, 0, 0, UInt8(number & 255)]))
            tags.append(FLVTag(kind: .audio, timestamp: time - 110, payload: [0xAF, 1, UInt8(number & 255)]))
        }
        let files = Self.files(tags, length: 4_000)
        #expect(files.count == 4)
        // At the very start nothing can be known about sound that comes later, so that it is moved to the front.
        let expected = Self.whole(tags)
        let isSame = Self.joined(files) == expected
        #expect(isSame)
        let second = StrictFLV(files[1].bytes, rules: StrictFLV.Rules(needsConfigurations: false))
        #expect(second.faults == [])
        #expect(second.frames.prefix(2).map(\.time) == [150, 40])
    }

    @Test func `a track that stopped long ago does not hold the start of a file back`() {
        var tags = RecordingPrefixTests.tags(500, group: 25)
        tags.removeAll { $0.kind == .audio && $0.timestamp > 9_000 }
        let files = Self.files(tags, length: 5_000)
        #expect(files.count == 4)
        #expect(ReadFile(files[2].bytes).tags.last { $0.kind == .video }?.timestamp == 4_960)
    }

    @Test func `sound alone is cut anywhere`() {
        let tags = (0..<1000).map {
            FLVTag(kind: .audio, timestamp: UInt32($0 * 23), payload: [0xAF, 1, UInt8($0 & 255)])
        }
        let configuration = FLVTag(kind: .audio, timestamp: 0, payload: [0xAF, 0, 0x12, 0x10])
        let files = Self.files([configuration] + tags, length: 3_000)
        #expect(files.count == 8)
        for file in files { #expect(StrictFLV(file.bytes).faults == []) }
        let isSame = Self.joined(files) == Self.whole([configuration] + tags)
        #expect(isSame)
    }

    @Test func `the newest configuration is repeated, the old one is not`() throws {
        var tags = RecordingPrefixTests.tags(100, group: 25)
        let newer = FLVTag(
            kind: .video, timestamp: 6_900, payload: [0x17, 0, 0, 0, 0, 1, 77, 0, 31, 0xFF, 0xE0, 0])
        tags.insert(newer, at: tags.firstIndex { $0.timestamp >= 6_900 } ?? 0)
        let files = Self.files(tags, length: 2_900)
        #expect(files.count == 2)
        let repeated = ReadFile(files[1].bytes).tags[1...2].map(\.payload)
        #expect(repeated.contains(newer.payload) && !repeated.contains(tags[1].payload))
    }

    @Test func `kept timestamps go on from file to file`() throws {
        let tags = RecordingPrefixTests.tags(200, group: 25)
        let files = Self.files(tags, length: 3_000, recording: Recording(keepTimestamps: true, headSize: 2000))
        #expect(files.map(\.begin) == [0, 3_000, 6_000])
        let second = StrictFLV(files[1].bytes)
        #expect(second.faults == [])
        #expect(second.frames.first?.time == 8_000)
        #expect(try #require(second.number("duration")) < 3.1)
    }

    @Test(arguments: Fixture.list("flv", suffix: ".flv").filter { !$0.contains("broken") && !$0.contains("odd") })
    func `a fixture in pieces is the fixture`(_ name: String) {
        let tags = ReadFile(Fixture.bytes(name)).tags
        let files = Self.files(tags, length: 500)
        let isSame = Self.joined(files) == Self.whole(tags)
        #expect(isSame)
        for file in files {
            #expect(StrictFLV(file.bytes, rules: StrictFLV.Rules(needsConfigurations: false)).faults == [])
        }
    }
}
