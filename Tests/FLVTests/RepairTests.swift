// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct RepairTests {
    /// What a repair makes of a file that comes in pieces.
    static func repaired(_ bytes: [UInt8], pieces: Int = 5_000) -> (file: [UInt8], tags: [FLVTag], report: RepairReport)
    {
        var repair = Repair()
        var tags: [FLVTag] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            repair.receive(bytes[start..<min(bytes.count, start + pieces)].span)
            while let tag = repair.nextTag() { tags.append(tag) }
        }
        repair.receiveEnd()
        while let tag = repair.nextTag() { tags.append(tag) }
        var recording = Recording()
        var file: [UInt8] = []
        for tag in tags { recording.append(tag) }
        recording.finish()
        RecordingTests.apply(recording.takeOperations(), to: &file)
        return (file, tags, repair.report)
    }

    static func media(_ tags: [FLVTag], _ kind: FLVTag.Kind) -> [[UInt8]] {
        tags.filter { $0.kind == kind }.map(\.payload)
    }

    static func count(_ report: RepairReport, _ kind: RepairFinding.Kind) -> Int64 { report.counts[kind] ?? 0 }

    @Test(arguments: [
        ("broken_concatenated.flv", RepairFinding.Kind.joined, "h264_aac_nometa.flv", 2),
        ("broken_garbage_between_tags.flv", .garbage, "h264_aac.flv", 1),
        ("broken_header_flags_zero.flv", .wrongFlags, "h264_aac.flv", 1),
        ("broken_prevtagsize_datasize.flv", .wrongPreviousTagSize, "h264_aac.flv", 1),
        ("broken_prevtagsize_zero.flv", .wrongPreviousTagSize, "h264_aac.flv", 1),
        ("broken_truncated_midtag.flv", .cutOff, "h264_aac.flv", 1),
    ])
    func `every broken fixture becomes a right file with every whole tag`(
        name: String, kind: RepairFinding.Kind, source: String, times: Int
    ) {
        let (file, tags, report) = Self.repaired(Fixture.bytes("flv/\(name)"))
        #expect(StrictFLV(file).faults == [])
        #expect(Self.count(report, kind) > 0, "\(report.lines)")
        let written = ReadFile(file).tags
        for kind in [FLVTag.Kind.audio, .video] {
            let whole = Self.media(ReadFile(fixture: source).tags, kind)
            let expected = Array([[[UInt8]]](repeating: whole, count: times).joined())
            let found = Self.media(written, kind)
            if name == "broken_truncated_midtag.flv" {
                #expect(found == Array(expected.prefix(found.count)))
                #expect(found.count == (kind == .audio ? 89 : 31))
            } else {
                #expect(found == expected)
            }
            #expect(Self.media(tags, kind) == found)
        }
        #expect(report.bytes == Int64(Fixture.bytes("flv/\(name)").count))
        #expect(report.droppedBytes == (kind == .garbage ? 777 : kind == .cutOff ? 1_598 : kind == .joined ? 13 : 0))
    }

    @Test(arguments: FixtureFactsTests.names.filter { !$0.hasPrefix("broken") })
    func `whole files lose nothing, and no time is changed`(_ name: String) throws {
        let source = ReadFile(fixture: name)
        let (file, tags, report) = Self.repaired(Fixture.bytes("flv/\(name)"))
        let expectable: Set<RepairFinding.Kind> = [
            .wrongDuration, .wrongFileSize, .wrongIndex, .wrongFlags, .staleMetadata,
        ]
        #expect(Set(report.counts.keys).subtracting(expectable) == [], "\(report.lines)")
        for kind in [FLVTag.Kind.audio, .video] {
            #expect(Self.media(tags, kind) == Self.media(source.tags, kind))
        }
        let rules = StrictFLV.Rules(needsConfigurations: !name.hasPrefix("odd"), mayHaveUnknownTags: true)
        #expect(StrictFLV(file, rules: rules).faults == [])
        // Frames keep their distances.
        var before = StreamInspection()
        var after = StreamInspection()
        for tag in source.tags { before.add(tag) }
        for tag in tags { after.add(tag) }
        #expect(before.skew?.start == after.skew?.start)
        #expect(before.duration == after.duration)
    }

    @Test func `the result does not depend on how the bytes come`() {
        for name in ["broken_garbage_between_tags.flv", "broken_truncated_midtag.flv", "broken_prevtagsize_zero.flv"] {
            let bytes = Fixture.bytes("flv/\(name)")
            let whole = Self.repaired(bytes, pieces: bytes.count)
            for pieces in [1, 7, 13, 1_000] {
                let cut = Self.repaired(bytes, pieces: pieces)
                #expect(cut.file == whole.file)
                #expect(cut.report.lines == whole.report.lines)
            }
        }
    }

    @Test func `a file that is all claims and no tags is looked at once`() {
        // Every eleven bytes a tag is announced that is a megabyte long and ends in a wrong size.
        let claim: [UInt8] = [8, 0x0F, 0xFF, 0xFC, 0, 0, 0, 0, 0, 0, 0]
        let claims = (0..<150_000).flatMap { _ in claim }
        #expect(Self.repaired(claims, pieces: 65_536).report.droppedBytes > 0)
        // The same behind each of many small tags, with a file header far behind.
        let tag: [UInt8] = [8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x2F, 0, 0, 0, 12]
        let header: [UInt8] = [0x46, 0x4C, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0]
        let mixed = (0..<50_000).flatMap { _ in tag + claim } + header + tag
        let (_, tags, report) = Self.repaired(mixed, pieces: 65_536)
        #expect(tags.count > 5_000)
        #expect((report.counts[.garbage] ?? 0) > 5_000)
    }

    @Test func `what is found says where and what was done`() {
        let (_, _, report) = Self.repaired(Fixture.bytes("flv/broken_garbage_between_tags.flv"))
        #expect(report.lines.first == "byte 19129: 777 bytes that are no tag; left out")
        let (_, _, cut) = Self.repaired(Fixture.bytes("flv/broken_truncated_midtag.flv"))
        #expect(
            cut.lines.first?.hasPrefix("byte 38403: of the ") == true
                && cut.lines.first?.hasSuffix("bytes of a tag, video, only 1598 are there; left out") == true)
        let (_, _, sizes) = Self.repaired(Fixture.bytes("flv/broken_prevtagsize_zero.flv"))
        #expect(sizes.lines.first?.hasSuffix("PreviousTagSize is wrong; written anew (180 of them)") == true)
    }

    @Test func `a file without its beginning is found`() {
        let bytes = Array(Fixture.bytes("flv/h264_aac.flv").dropFirst(20_000))
        let (file, tags, report) = Self.repaired(bytes)
        #expect(Self.count(report, .noHeader) == 1)
        #expect(tags.count > 100)
        // Its configurations are gone, and none are made up.
        #expect(StrictFLV(file, rules: .init(needsConfigurations: false)).faults == [])
        #expect(StrictFLV(file).faults.count == 2)
    }

    @Test func `what is no FLV has no tags`() {
        for bytes in [[], [0x46], Array("FLV".utf8), Array("hello, world, this is no video at all".utf8)] {
            #expect(Self.repaired(bytes).tags.isEmpty)
        }
        var random = SeededGenerator(seed: 5)
        #expect(Self.repaired(random.bytes(300_000)).tags.isEmpty)
        #expect(Self.repaired([UInt8](repeating: 0, count: 100_000)).tags.isEmpty)
        #expect(Self.repaired([UInt8](repeating: 9, count: 100_000)).tags.isEmpty)
    }

    @Test func `times that jump, step back or are wrong once become one line`() {
        func line(_ times: [(FLVTag.Kind, UInt32)]) -> [UInt32] {
            var file: [UInt8] = []
            var writer = FLVWriter()
            try? writer.write(FLVHeader(hasAudio: true, hasVideo: true), into: &file)
            for (index, (kind, time)) in times.enumerated() {
                let payload: [UInt8] = kind == .audio ? [0xAF, 1, UInt8(index)] : [0x27, 1, 0, 0, 0, UInt8(index)]
                try? writer.write(FLVTag(kind: kind, timestamp: time, payload: payload), into: &file)
            }
            return Self.repaired(file).tags.map(\.timestamp)
        }
        func video(_ times: UInt32...) -> [(FLVTag.Kind, UInt32)] { times.map { (.video, $0) } }
        #expect(line(video(0, 40, 80, 120)) == [0, 40, 80, 120])
        #expect(line(video(5_000, 5_040, 5_080)) == [0, 40, 80], "files begin at 0")
        #expect(line(video(0, 40, 80, 60, 120)) == [0, 40, 80, 80, 120], "a small step back is none")
        #expect(line(video(0, 40, 80, 100_000, 100_040)) == [0, 40, 80, 120, 160], "a jump")
        #expect(line(video(50_000, 50_040, 50_080, 0, 40)) == [0, 40, 80, 120, 160], "a step back")
        #expect(line(video(0, 40, 80, 900_000, 160, 200)) == [0, 40, 80, 120, 160, 200], "one wrong time")
        #expect(line(video(0, 40, 80, 9_000, 9_040)) == [0, 40, 80, 9_000, 9_040], "a gap is left")
        let wrap: UInt32 = 1 << 31
        #expect(line(video(wrap - 80, wrap - 40, 0, 40)) == [0, 40, 80, 120])
        #expect(line(video(UInt32.max - 79, UInt32.max - 39, 0, 40)) == [0, 40, 80, 120])
        // Both tracks jump, one after the other.
        let both: [(FLVTag.Kind, UInt32)] = [
            (.video, 0), (.audio, 10), (.video, 40), (.audio, 50), (.video, 80), (.audio, 90), (.video, 60_000),
            (.audio, 130), (.video, 60_040), (.audio, 60_050),
        ]
        #expect(line(both) == [0, 10, 40, 50, 80, 90, 130, 130, 170, 180])
        // Sound begins before pictures that came first.
        #expect(line([(.video, 23), (.audio, 0), (.video, 63)]) == [0, 23, 63])
    }
}
