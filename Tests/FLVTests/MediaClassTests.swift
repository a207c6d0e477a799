// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct MediaClassTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var hex: String
        var role: MediaClass.Role
        var trackID: UInt8 = 0
        var packetType: UInt8 = 1
        var fourCC: FourCC?
        var legacyCodec: UInt8?
        var isMultitrack = false

        func matches(_ media: MediaClass) -> Bool {
            media.role == role && media.trackID == trackID && media.packetType == packetType
                && media.fourCC == fourCC?.rawValue && media.legacyCodec == legacyCodec
                && media.isMultitrack == isMultitrack
        }
    }

    static let video = [
        Vector(
            testDescription: "AVC configuration", hex: "17 00 000000 0142", role: .sequenceHeader, packetType: 0,
            legacyCodec: 7),
        Vector(
            testDescription: "AVC configuration without content", hex: "17 00 000000", role: .empty, packetType: 0,
            legacyCodec: 7),
        Vector(testDescription: "AVC key", hex: "17 01 000000 00000001 65", role: .keyframe, legacyCodec: 7),
        Vector(testDescription: "AVC inter", hex: "27 01 000085 00000001 41", role: .interFrame, legacyCodec: 7),
        Vector(testDescription: "AVC end", hex: "17 02 000000", role: .endOfSequence, packetType: 2, legacyCodec: 7),
        Vector(testDescription: "AVC frame without content", hex: "17 01 000000", role: .empty, legacyCodec: 7),
        Vector(testDescription: "AVC cut short", hex: "17 01 00", role: .unknown, legacyCodec: 7),
        Vector(testDescription: "legacy HEVC key", hex: "1c 01 000000 00000001 26", role: .keyframe, legacyCodec: 12),
        Vector(testDescription: "Sorenson key", hex: "12 000084", role: .keyframe, legacyCodec: 2),
        Vector(testDescription: "Sorenson disposable", hex: "32 000084", role: .interFrame, legacyCodec: 2),
        Vector(testDescription: "seek command", hex: "57 00", role: .command, legacyCodec: 7),
        Vector(
            testDescription: "HEVC start", hex: "90 68766331 01", role: .sequenceHeader, packetType: 0, fourCC: .hvc1),
        Vector(
            testDescription: "AV1 start without content", hex: "90 61763031", role: .empty, packetType: 0, fourCC: .av01
        ),
        Vector(testDescription: "HEVC key", hex: "91 68766331 000085 000007ec 2801af", role: .keyframe, fourCC: .hvc1),
        Vector(
            testDescription: "HEVC inter X", hex: "a3 68766331 000006c4 0201d0", role: .interFrame, packetType: 3,
            fourCC: .hvc1),
        Vector(testDescription: "end", hex: "a2 68766331", role: .endOfSequence, packetType: 2, fourCC: .hvc1),
        Vector(testDescription: "color, ffmpeg", hex: "d4 68766331 02", role: .metadata, packetType: 4, fourCC: .hvc1),
        Vector(testDescription: "color, OBS", hex: "84 68766331 02", role: .metadata, packetType: 4, fourCC: .hvc1),
        Vector(testDescription: "enhanced command", hex: "d1 00", role: .command),
        Vector(
            testDescription: "one track", hex: "96 00 61766331 01 0164", role: .sequenceHeader, trackID: 1,
            packetType: 0, fourCC: .avc1, isMultitrack: true),
        Vector(
            testDescription: "many tracks", hex: "96 11 61766331 02 000004 000085 aa 01 000001 00", role: .keyframe,
            trackID: 2, fourCC: .avc1, isMultitrack: true),
        Vector(
            testDescription: "many codecs", hex: "a6 23 68766331 03 000001 aa", role: .interFrame, trackID: 3,
            packetType: 3, fourCC: .hvc1, isMultitrack: true),
        Vector(
            testDescription: "behind a modifier", hex: "97 02 0a2c2a 01 68766331 000085 00", role: .keyframe,
            fourCC: .hvc1),
        Vector(
            testDescription: "behind a wide modifier", hex: "a7 ff0000 aa e1 61763031 1200", role: .interFrame,
            fourCC: .av01),
        Vector(
            testDescription: "packet type of the future", hex: "99 68766331 00", role: .unknown, packetType: 9,
            fourCC: .hvc1),
        Vector(testDescription: "multitrack in multitrack", hex: "96 06 61766331 00", role: .unknown),
        Vector(testDescription: "no FourCC", hex: "91 687663", role: .unknown),
        Vector(testDescription: "nothing", hex: "", role: .empty),
    ]

    /// Frame type 0, as MediaMTX sends it: the picture itself says what it is.
    static let unnamed: [(hex: String, role: MediaClass.Role)] = [
        ("81 68766331 000000 00000002 4601 00000002 2801", .keyframe), ("83 68766331 00000002 0201", .interFrame),
        ("83 61766331 00000002 09f0 00000001 65", .keyframe), ("81 61766331 000000 00000001 41", .interFrame),
        ("83 61766331 00000000 00000001 65", .keyframe), ("83 61766331 ffffffff 65", .interFrame),
        ("83 76766331 00000003 00a188 00000002 0039", .keyframe), ("83 76766331 00000002 0001", .interFrame),
        ("81 61763031 1200 0a0b02000005", .keyframe), ("81 61763031 1200 320215aa", .interFrame),
        ("81 76703039 824983420009f0", .keyframe), ("81 76703039 86004092", .interFrame),
        ("81 76703038 9c01009d012a", .keyframe), ("81 76703038 9d0100", .interFrame),
    ]

    static let audio = [
        Vector(
            testDescription: "AAC configuration", hex: "af 00 1210", role: .sequenceHeader, packetType: 0,
            legacyCodec: 10),
        Vector(
            testDescription: "AAC configuration without content", hex: "af 00", role: .empty, packetType: 0,
            legacyCodec: 10),
        Vector(testDescription: "AAC frame", hex: "af 01 21", role: .audioFrame, legacyCodec: 10),
        Vector(testDescription: "MP3", hex: "2f ff", role: .audioFrame, legacyCodec: 2),
        Vector(testDescription: "silence", hex: "", role: .empty),
        Vector(
            testDescription: "Opus start", hex: "90 4f707573 4f", role: .sequenceHeader, packetType: 0, fourCC: .opus),
        Vector(testDescription: "AC-3 start", hex: "90 61632d33", role: .sequenceHeader, packetType: 0, fourCC: .ac3),
        Vector(testDescription: "Opus frame", hex: "91 4f707573 7c", role: .audioFrame, fourCC: .opus),
        Vector(testDescription: "end", hex: "92 4f707573", role: .endOfSequence, packetType: 2, fourCC: .opus),
        Vector(
            testDescription: "channels", hex: "94 4f707573 01 02 00000003", role: .metadata, packetType: 4,
            fourCC: .opus),
        Vector(
            testDescription: "one track", hex: "95 01 4f707573 01 78", role: .audioFrame, trackID: 1, fourCC: .opus,
            isMultitrack: true),
        Vector(
            testDescription: "behind two modifiers", hex: "97 02 07a120 07 02 000001 01 4f707573 7c", role: .audioFrame,
            fourCC: .opus),
        Vector(
            testDescription: "a layout of the future", hex: "95 31 4f707573 01", role: .unknown, fourCC: .opus,
            isMultitrack: true),
    ]

    @Test(arguments: video) func `video messages are told apart by their first bytes`(_ vector: Vector) {
        let media = MediaClass(video: bytes(vector.hex).span)
        #expect(vector.matches(media), "\(media)")
    }

    @Test(arguments: audio) func `audio messages are told apart by their first bytes`(_ vector: Vector) {
        let media = MediaClass(audio: bytes(vector.hex).span)
        #expect(vector.matches(media), "\(media)")
    }

    @Test(arguments: unnamed)
    func `without a frame type the picture says whether it is a keyframe`(_ hex: String, _ role: MediaClass.Role) {
        #expect(MediaClass(video: bytes(hex).span).role == role)
    }

    @Test func `no cut trips it`() {
        for vector in Self.video + Self.audio {
            for cut in truncations(of: bytes(vector.hex)) {
                _ = MediaClass(video: cut.span)
                _ = MediaClass(audio: cut.span)
            }
        }
    }
}
