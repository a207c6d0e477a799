// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct FLVReaderTests {
    /// A header, an audio tag at 0x01020304 ms, a filtered video tag, a tag of unknown type and an empty tag.
    static let small = bytes(
        """
        464c56 01 05 00000009  00000000
        08 000003 020304 01 000000  af0112  0000000e
        29 000002 000017 00 000000  1701  0000000d
        1f 000001 000018 00 000000  99  0000000c
        09 000000 000019 00 000000  0000000b
        """)

    @Test func `tags carry kind, filter bit, 32-bit time and payload`() {
        let file = ReadFile(Self.small)
        #expect(file.error == nil)
        #expect(
            file.elements == [
                .header(FLVHeader(hasAudio: true, hasVideo: true)),
                .tag(FLVTag(kind: .audio, timestamp: 0x0102_0304, payload: [0xAF, 1, 0x12])),
                .tag(FLVTag(kind: .video, isFiltered: true, timestamp: 23, payload: [0x17, 1])),
                .tag(FLVTag(kind: .init(rawValue: 31), timestamp: 24, payload: [0x99])),
                .tag(FLVTag(kind: .video, timestamp: 25, payload: [])),
            ])
    }

    @Test func `splitting a file anywhere never changes its elements`() {
        #expect(splitDifferences(of: Self.small) { ReadFile($0) } == [])
        let joined = Self.small + Self.small
        #expect(splitDifferences(of: joined) { ReadFile($0) } == [])
    }

    @Test(arguments: [
        "h264_aac.flv", "broken_concatenated.flv", "broken_garbage_between_tags.flv", "synth_script_tags.flv",
    ])
    func `splitting a fixture at chosen points never changes its elements`(_ name: String) {
        let content = Fixture.bytes("flv/\(name)")
        let splits = Split.chosen(
            content, head: 64, boundaries: Array(tagBoundaries(of: content).prefix(20)), around: 3, seededPoints: 40)
        #expect(splitDifferences(of: content, splits: splits) { ReadFile($0) } == [])
    }

    @Test func `a file may be cut anywhere, and the error names the tag that is not whole`() {
        // Before or behind a PreviousTagSize nothing is lost; not so at 60, where only that field tells a tag from garbage.
        let cleanEnds = [9, 13, 27, 31, 44, 48, 64, 75, 79]
        let whole = ReadFile(Self.small)
        for count in Self.small.indices {
            let file = ReadFile(Array(Self.small[..<count]))
            #expect(file.elements == Array(whole.elements.prefix(file.elements.count)))
            if cleanEnds.contains(count) {
                #expect(file.error == nil, "cut at \(count)")
            } else {
                #expect(file.error?.code == .truncated, "cut at \(count)")
                #expect((file.error?.offset ?? .max) <= count)
            }
        }
        #expect(ReadFile(Array(Self.small[..<40])).error?.offset == 31)
    }

    @Test func `every beginning of a fixture reads as a beginning of its elements`() {
        let content = Fixture.bytes("flv/synth_vp6_headers_only.flv")
        let whole = ReadFile(content)
        #expect(whole.error == nil)
        for cut in truncations(of: content) {
            let file = ReadFile(cut)
            #expect(file.elements == Array(whole.elements.prefix(file.elements.count)))
        }
    }

    @Test func `what is not FLV fails at the first byte, before the header is complete`() {
        var reader = FLVReader()
        reader.receive(bytes("46 4c 57").span)
        let error = #expect(throws: FLVError.self) { try reader.nextElement() }
        #expect(error?.code == .badSignature)
        #expect(error?.offset == 0)
        reader.receive(Self.small.span)
        #expect(#expect(throws: FLVError.self) { try reader.nextElement() } == error, "a failed reader stays failed")
    }

    @Test(arguments: [0, 8, 1 << 20 + 1, 0xFFFF_FFFF] as [UInt32])
    func `an impossible header length is refused`(_ length: UInt32) {
        let header = bytes("464c56 01 05") + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        #expect(ReadFile(header).error?.code == .badHeader)
    }

    @Test func `extra header bytes are kept`() {
        let file = ReadFile(bytes("464c56 01 05 0000000b abcd 00000000"))
        #expect(file.headers == [FLVHeader(hasAudio: true, hasVideo: true, extra: [0xAB, 0xCD])])
        #expect(file.error == nil)
    }

    @Test func `a tag above the limit is refused before its bytes arrive`() {
        let head = Array(Self.small[..<13]) + bytes("09 000101 000000 00 000000")
        let error = ReadFile(head, limits: FLVLimits(tagSize: 256)).error
        #expect(error?.code == .tagTooLarge)
        #expect(error?.offset == 13)
        #expect(ReadFile(head, limits: FLVLimits(tagSize: 257)).error?.code == .truncated)
    }

    @Test func `wrong PreviousTagSize fields are reported and nothing else`() {
        let right = ReadFile(fixture: "h264_aac.flv")
        for name in ["broken_prevtagsize_zero.flv", "broken_prevtagsize_datasize.flv"] {
            let file = ReadFile(fixture: name)
            #expect(file.error == nil)
            #expect(file.tags == right.tags)
            #expect(file.wrongSizes.count == right.tags.count)
        }
        #expect(right.wrongSizes == [])
    }

    @Test func `a second header starts a second file`() {
        let file = ReadFile(fixture: "broken_concatenated.flv")
        #expect(file.error == nil)
        #expect(file.headers.count == 2)
        let half = file.tags.count / 2
        #expect(Array(file.tags[..<half]) == Array(file.tags[half...]))
    }

    @Test func `garbage ends the file with its offset, after everything before it`() {
        let file = ReadFile(fixture: "broken_garbage_between_tags.flv")
        #expect(file.error?.code == .notATag)
        let content = Fixture.bytes("flv/broken_garbage_between_tags.flv")
        let garbage = content.indices.first { index in
            index + 777 <= content.count && content[index..<(index + 777)].allSatisfy { $0 == 0x5A }
        }
        #expect(file.error?.offset == garbage)
        #expect(file.tags.count == 60)
        #expect(file.tags == Array(ReadFile(fixture: "h264_aac.flv").tags.prefix(60)))
    }

    @Test func `zeros and tags of unknown type without a fitting size behind them are garbage`() {
        let head = Array(Self.small[..<31])
        #expect(ReadFile(head + [UInt8](repeating: 0, count: 64)).error?.code == .notATag)
        let unknown = ReadFile(head + bytes("1f 000001 000018 00 000000  99  00000077"))
        #expect(unknown.error?.code == .notATag)
        #expect(unknown.error?.offset == 31)
    }

    @Test(arguments: SeededGenerator.seeds(40))
    func `no bytes trap the reader`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var content = Fixture.bytes("flv/synth_vp6_headers_only.flv")
        for _ in 0..<random.integer(in: 1..<20) {
            content[random.integer(in: 0..<content.count)] = UInt8(truncatingIfNeeded: random.next())
        }
        let whole = ReadFile(content)
        let split = ReadFile(Split.seeded(seed).pieces(of: content))
        #expect(whole == split)
    }
}
