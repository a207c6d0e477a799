// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct VideoMessageTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var hex: String
        var message: VideoMessage

        init(_ description: String, _ hex: String, _ message: VideoMessage) {
            (testDescription, self.hex, self.message) = (description, hex, message)
        }
    }

    typealias Track = VideoMessage.Track

    static func enhanced(
        _ frame: VideoMessage.FrameType, _ packet: VideoMessage.PacketType, _ code: FourCC, time: Int32 = 0,
        _ body: String, modifiers: [ModEx] = []
    ) -> VideoMessage {
        VideoMessage(
            form: .enhanced, frameType: frame, packetType: packet, modifiers: modifiers,
            tracks: [Track(codec: .enhanced(code), compositionTime: time, body: bytes(body))])
    }

    static func multitrack(
        _ layout: MultitrackLayout, _ frame: VideoMessage.FrameType, _ packet: VideoMessage.PacketType,
        _ tracks: [Track]
    ) -> VideoMessage {
        VideoMessage(form: .multitrack(layout), frameType: frame, packetType: packet, tracks: tracks)
    }

    static func legacy(
        _ frame: VideoMessage.FrameType, _ codec: UInt8, packet: VideoMessage.PacketType = .codedFrames,
        time: Int32 = 0, _ body: String
    ) -> VideoMessage {
        VideoMessage(
            form: .legacy, frameType: frame, packetType: packet,
            tracks: [Track(codec: .legacy(codec), compositionTime: time, body: bytes(body))])
    }

    static let vectors = [
        Vector("AVC configuration", "17 00 000000 0142c00c", legacy(.key, 7, packet: .sequenceStart, "0142c00c")),
        Vector("AVC key, +133", "17 01 000085 0000000165", legacy(.key, 7, time: 133, "0000000165")),
        Vector("AVC inter, -67", "27 01 ffffbd 0000000141", legacy(.inter, 7, time: -67, "0000000141")),
        Vector("AVC end", "17 02 000000", legacy(.key, 7, packet: .sequenceEnd, "")),
        Vector("legacy HEVC", "1c 01 000000 26", legacy(.key, 12, "26")),
        Vector("Sorenson", "12 000084 03", legacy(.key, 2, "00008403")),
        Vector("VP6", "14 08 78", legacy(.key, 4, "0878")),
        Vector(
            "legacy command", "57 01",
            VideoMessage(
                form: .legacy, frameType: .command, packetType: .codedFrames, command: 1,
                tracks: [Track(codec: .legacy(7), body: [])])),
        Vector(
            "filler", "",
            VideoMessage(form: .legacy, frameType: .unspecified, packetType: .codedFrames, tracks: [])),
        Vector("E1 HEVC start", "90 68766331 010160000000", enhanced(.key, .sequenceStart, .hvc1, "010160000000")),
        Vector(
            "E2 HEVC key, +133", "91 68766331 000085 000007ec2801af",
            enhanced(.key, .codedFrames, .hvc1, time: 133, "000007ec2801af")),
        Vector(
            "E3 HEVC inter, +334", "a1 68766331 00014e 000006c70201d0",
            enhanced(.inter, .codedFrames, .hvc1, time: 334, "000006c70201d0")),
        Vector(
            "E4 HEVC inter X", "a3 68766331 000006c40201d0", enhanced(.inter, .codedFramesX, .hvc1, "000006c40201d0")),
        Vector(
            "E5 AV1 start", "90 61763031 81000c000a0b020000051da7fb805f0008",
            enhanced(.key, .sequenceStart, .av01, "81000c000a0b020000051da7fb805f0008")),
        Vector("AV1 start without content", "90 61763031", enhanced(.key, .sequenceStart, .av01, "")),
        Vector("E6 AV1 key", "91 61763031 12000a0b0200", enhanced(.key, .codedFrames, .av01, "12000a0b0200")),
        Vector("AV1 X", "a3 61763031 1200", enhanced(.inter, .codedFramesX, .av01, "1200")),
        Vector(
            "E7 VP9 start", "90 76703039 01000000000a820202020000",
            enhanced(.key, .sequenceStart, .vp09, "01000000000a820202020000")),
        Vector(
            "E8 VP9 key", "91 76703039 824983420009f00776", enhanced(.key, .codedFrames, .vp09, "824983420009f00776")),
        Vector("E9 VVC start", "90 76766331 ff00655f0102", enhanced(.key, .sequenceStart, .vvc1, "ff00655f0102")),
        Vector(
            "E10 VVC key, +800", "91 76766331 000320 0000000300a188",
            enhanced(.key, .codedFrames, .vvc1, time: 800, "0000000300a188")),
        Vector("E11 end", "92 68766331", enhanced(.key, .sequenceEnd, .hvc1, "")),
        Vector(
            "E12 start of a seek", "d1 00",
            VideoMessage(form: .enhanced, frameType: .command, packetType: .codedFrames, command: 0, tracks: [])),
        Vector(
            "E12 end of a seek", "d1 01",
            VideoMessage(form: .enhanced, frameType: .command, packetType: .codedFrames, command: 1, tracks: [])),
        Vector(
            "E21 track 1, start", "96 00 61766331 01 0164000bffe1",
            multitrack(
                .oneTrack, .key, .sequenceStart, [Track(id: 1, codec: .enhanced(.avc1), body: bytes("0164000bffe1"))])),
        Vector(
            "E22 track 1, key, +133", "96 01 61766331 01 000085 000002ac0605",
            multitrack(
                .oneTrack, .key, .codedFrames,
                [Track(id: 1, codec: .enhanced(.avc1), compositionTime: 133, body: bytes("000002ac0605"))])),
        Vector(
            "E23 track 1, inter", "a6 01 61766331 01 000086 0000013e419a",
            multitrack(
                .oneTrack, .inter, .codedFrames,
                [Track(id: 1, codec: .enhanced(.avc1), compositionTime: 134, body: bytes("0000013e419a"))])),
        Vector(
            "E24 HEVC track 1, X", "96 03 68766331 01 000005b52801ac",
            multitrack(
                .oneTrack, .key, .codedFramesX, [Track(id: 1, codec: .enhanced(.hvc1), body: bytes("000005b52801ac"))])),
        Vector(
            "E29 two tracks", "96 11 61766331 00 000007 000085 000002ac 01 000005 ffffbd 0102",
            multitrack(
                .manyTracks, .key, .codedFrames,
                [
                    Track(codec: .enhanced(.avc1), compositionTime: 133, body: bytes("000002ac")),
                    Track(id: 1, codec: .enhanced(.avc1), compositionTime: -67, body: bytes("0102")),
                ])),
        Vector(
            "E31 two codecs", "96 21 61766331 00 000004 000085 aa 68766331 01 000003 000000",
            multitrack(
                .manyTracksManyCodecs, .key, .codedFrames,
                [
                    Track(codec: .enhanced(.avc1), compositionTime: 133, body: [0xAA]),
                    Track(id: 1, codec: .enhanced(.hvc1), body: []),
                ])),
        Vector(
            "E32 nanoseconds", "97 02 0a2c2a 01 68766331 000085 aa",
            enhanced(.key, .codedFrames, .hvc1, time: 133, "aa", modifiers: [.timestampOffset(nanoseconds: 666_666)])),
        Vector(
            "E35 a long unknown modifier",
            "97 ff 0101 \(String(repeating: "5a", count: 258)) e7 02 07a120 01 61763031 1200",
            enhanced(
                .key, .codedFrames, .av01, "1200",
                modifiers: [
                    ModEx(type: 14, data: [UInt8](repeating: 0x5A, count: 258)), .timestampOffset(nanoseconds: 500_000),
                ])),
        Vector(
            "256 bytes need the long form", "97 ff 00ff \(String(repeating: "5a", count: 256)) e3 61763031 00",
            enhanced(
                .key, .codedFramesX, .av01, "00",
                modifiers: [ModEx(type: 14, data: [UInt8](repeating: 0x5A, count: 256))])),
        Vector(
            "the long form of a short modifier", "97 ff 0000 5a e3 61763031 00",
            enhanced(.key, .codedFramesX, .av01, "00", modifiers: [ModEx(type: 14, data: [0x5A], usesWideLength: true)])
        ),
        Vector(
            "E37 empty color", "d4 61763031 020009636f6c6f72496e666f 03 000b636f6c6f72436f6e666967 03 000009 000009",
            enhanced(.command, .metadata, .av01, "020009636f6c6f72496e666f03000b636f6c6f72436f6e66696703000009000009")),
        Vector(
            "E38 color reset", "84 68766331 020009636f6c6f72496e666f 06",
            enhanced(.unspecified, .metadata, .hvc1, "020009636f6c6f72496e666f06")),
        Vector("AV1 start in TS form", "95 61763031 80", enhanced(.key, .mpeg2TSSequenceStart, .av01, "80")),
        Vector(
            "a packet type and a codec of the future", "99 7a7a7a7a 01",
            enhanced(.key, .init(rawValue: 9), FourCC(rawValue: 0x7A7A_7A7A), "01")),
    ]

    @Test(arguments: vectors) func `messages decode`(_ vector: Vector) throws {
        #expect(try VideoMessage(decoding: bytes(vector.hex).span) == vector.message)
    }

    @Test(arguments: vectors) func `messages encode`(_ vector: Vector) throws {
        var output: [UInt8] = []
        try vector.message.encode(into: &output)
        #expect(hex(output) == hex(bytes(vector.hex)))
    }

    @Test(arguments: vectors) func `a message may be cut anywhere`(_ vector: Vector) throws {
        for cut in truncations(of: bytes(vector.hex)) {
            let message: VideoMessage
            do {
                message = try VideoMessage(decoding: cut.span)
            } catch {
                #expect(error.offset <= cut.count)
                continue
            }
            var output: [UInt8] = []
            try message.encode(into: &output)
            #expect(output == cut, "what is accepted is written again")
        }
    }

    static let faults: [(hex: String, code: FLVError.Code, offset: Int)] = [
        ("17 01 0000", .truncated, 4), ("91 687663", .truncated, 1), ("91 68766331 0000", .truncated, 5),
        ("d1", .truncated, 1), ("57", .truncated, 1), ("96", .truncated, 1), ("96 00 61766331", .truncated, 6),
        ("96 11 61766331 00 000007 000085", .invalidLength, 7), ("96 11 61766331 00 00", .truncated, 7),
        ("96 13 68766331 00 000001 aa 01", .truncated, 12), ("96 06 61766331 00", .invalidValue, 1),
        ("96 07 61766331 00", .invalidValue, 1), ("96 31 61766331 00", .invalidValue, 6),
        ("97", .truncated, 1), ("97 02 0a2c2a", .invalidLength, 1), ("97 ff 01", .truncated, 2),
        ("97 \(String(repeating: "000007", count: 17)) 00", .tooManyParts, 49),
    ]

    @Test(arguments: faults)
    func `faults name code and offset`(_ text: String, _ code: FLVError.Code, _ offset: Int) {
        let error = #expect(throws: FLVError.self) { try VideoMessage(decoding: bytes(text).span) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test func `keyframes are pictures`() throws {
        let expected: [(String, Bool)] = [
            ("17 00 000000 01", false), ("17 01 000000 65", true), ("27 01 000000 41", false),
            ("47 01 000000 65", true),
            ("17 02 000000", false), ("17 01 000000", false), ("90 68766331 01", false), ("93 68766331 01", true),
            ("d4 68766331 01", false), ("d1 00", false), ("12 000084", true), ("", false),
            ("83 68766331 00000002 2801", true),
            ("86 13 68766331 00 000006 00000002 0201 01 000006 00000002 2801", true),
        ]
        for (text, isKeyframe) in expected {
            #expect(try VideoMessage(decoding: bytes(text).span).isKeyframe == isKeyframe, "\(text)")
        }
    }

    @Test func `the last nanosecond offset counts and impossible ones do not`() throws {
        let message = try VideoMessage(decoding: bytes("97 02 000001 07 02 000002 07 02 0f4240 01 61763031 00").span)
        #expect(message.nanosecondOffset == 2)
        #expect(message.modifiers.count == 3)
    }

    @Test func `contradictions are refused and write nothing`() {
        let avc = Track(codec: .enhanced(.avc1), body: [])
        let hevc = Track(id: 1, codec: .enhanced(.hvc1), body: [])
        let refused: [VideoMessage] = [
            Self.multitrack(.manyTracks, .key, .codedFrames, [avc, hevc]),
            Self.multitrack(.oneTrack, .key, .codedFrames, [avc, avc]),
            Self.multitrack(.manyTracks, .command, .metadata, [avc]),
            Self.multitrack(.manyTracks, .key, .codedFrames, []),
            Self.enhanced(.key, .codedFramesX, .avc1, time: 1, ""),
            Self.enhanced(.key, .codedFrames, .avc1, time: 0x80_0000, ""),
            Self.enhanced(.key, .init(rawValue: 6), .avc1, ""), Self.enhanced(.key, .init(rawValue: 7), .avc1, ""),
            Self.enhanced(.key, .codedFrames, .avc1, "", modifiers: [ModEx(type: 0, data: [])]),
            Self.legacy(.key, 2, packet: .sequenceStart, ""), Self.legacy(.key, 16, ""),
            VideoMessage(form: .enhanced, frameType: .key, packetType: .codedFrames, tracks: [hevc]),
            VideoMessage(form: .legacy, frameType: .key, packetType: .codedFrames, tracks: [avc]),
        ]
        for message in refused {
            var output: [UInt8] = [1]
            let error = #expect(throws: FLVError.self) { try message.encode(into: &output) }
            #expect(error?.code == .unrepresentable)
            #expect(output == [1])
        }
    }
}
