// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct AudioMessageTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var hex: String
        var message: AudioMessage

        init(_ description: String, _ hex: String, _ message: AudioMessage) {
            (testDescription, self.hex, self.message) = (description, hex, message)
        }
    }

    typealias Track = AudioMessage.Track

    static func enhanced(
        _ packet: AudioMessage.PacketType, _ code: FourCC, _ body: String, modifiers: [ModEx] = []
    ) -> AudioMessage {
        AudioMessage(
            form: .enhanced, packetType: packet, modifiers: modifiers,
            tracks: [Track(codec: .enhanced(code), body: bytes(body))])
    }

    static func track(_ id: UInt8, _ packet: AudioMessage.PacketType, _ code: FourCC, _ body: String) -> AudioMessage {
        AudioMessage(
            form: .multitrack(.oneTrack), packetType: packet,
            tracks: [Track(id: id, codec: .enhanced(code), body: bytes(body))])
    }

    static func legacy(
        _ format: UInt8, flags: UInt8, packet: AudioMessage.PacketType = .codedFrames, _ body: String
    ) -> AudioMessage {
        AudioMessage(
            form: .legacy, flags: .init(rawValue: flags), packetType: packet,
            tracks: [Track(codec: .legacy(format), body: bytes(body))])
    }

    static let opusHead = "4f70757348656164 01 02 3801 80bb0000 0000 00"
    static let opusHead51 = "4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 00 04 01 02 03 05"
    static let streamInfo = "04000400 000000 001098 0ac442f0 00000000 00000000000000000000000000000000"

    static let vectors = [
        Vector("silence", "", AudioMessage(form: .legacy, packetType: .codedFrames, tracks: [])),
        Vector("AAC configuration", "af 00 1210", legacy(10, flags: 15, packet: .sequenceStart, "1210")),
        Vector("AAC frame", "af 01 2110", legacy(10, flags: 15, "2110")),
        Vector("MP3", "2f fffb", legacy(2, flags: 15, "fffb")),
        Vector("Speex as ffmpeg writes it", "b6 36", legacy(11, flags: 6, "36")),
        Vector("E13 Opus start", "90 4f707573 \(opusHead)", enhanced(.sequenceStart, .opus, opusHead)),
        Vector("E14 Opus channels", "94 4f707573 01 02 00000003", enhanced(.multichannelConfig, .opus, "010200000003")),
        Vector("E15 Opus frame", "91 4f707573 7c87fcb4", enhanced(.codedFrames, .opus, "7c87fcb4")),
        Vector("E16 AC-3 start", "90 61632d33", enhanced(.sequenceStart, .ac3, "")),
        Vector("E17 AC-3 channels", "94 61632d33 01 06 0000060f", enhanced(.multichannelConfig, .ac3, "01060000060f")),
        Vector("E18 AC-3 frame", "91 61632d33 0b77abdc", enhanced(.codedFrames, .ac3, "0b77abdc")),
        Vector("E19 FLAC start", "90 664c6143 \(streamInfo)", enhanced(.sequenceStart, .flac, streamInfo)),
        Vector("E20 Opus 5.1 start", "90 4f707573 \(opusHead51)", enhanced(.sequenceStart, .opus, opusHead51)),
        Vector("end", "92 4f707573", enhanced(.sequenceEnd, .opus, "")),
        Vector("E25 AAC track 1, start", "95 00 6d703461 01 118856e500", track(1, .sequenceStart, .mp4a, "118856e500")),
        Vector(
            "E26 AAC track 1, channels", "95 04 6d703461 01 01 01 00000004",
            track(1, .multichannelConfig, .mp4a, "010100000004")),
        Vector("E27 Opus track 1", "95 01 4f707573 01 78825a52", track(1, .codedFrames, .opus, "78825a52")),
        Vector("E28 MP3 track 2, start", "95 00 2e6d7033 02", track(2, .sequenceStart, .mp3, "")),
        Vector(
            "E30 two tracks", "95 11 6d703461 00 000004 01344ea8 01 000002 0134",
            AudioMessage(
                form: .multitrack(.manyTracks), packetType: .codedFrames,
                tracks: [
                    Track(codec: .enhanced(.mp4a), body: bytes("01344ea8")),
                    Track(id: 1, codec: .enhanced(.mp4a), body: bytes("0134")),
                ])),
        Vector(
            "two codecs", "95 21 6d703461 00 000001 21 4f707573 02 000000",
            AudioMessage(
                form: .multitrack(.manyTracksManyCodecs), packetType: .codedFrames,
                tracks: [
                    Track(codec: .enhanced(.mp4a), body: [0x21]), Track(id: 2, codec: .enhanced(.opus), body: []),
                ])),
        Vector(
            "E33 nanoseconds", "97 02 07a120 01 4f707573 7c87",
            enhanced(.codedFrames, .opus, "7c87", modifiers: [.timestampOffset(nanoseconds: 500_000)])),
        Vector(
            "E34 two modifiers", "97 02 07a120 07 02 000001 01 4f707573 7c87",
            enhanced(
                .codedFrames, .opus, "7c87",
                modifiers: [.timestampOffset(nanoseconds: 500_000), .timestampOffset(nanoseconds: 1)])),
        Vector("a packet type of the future", "98 4f707573 7c", enhanced(.init(rawValue: 8), .opus, "7c")),
    ]

    @Test(arguments: vectors) func `messages decode`(_ vector: Vector) throws {
        #expect(try AudioMessage(decoding: bytes(vector.hex).span) == vector.message)
    }

    @Test(arguments: vectors) func `messages encode`(_ vector: Vector) throws {
        var output: [UInt8] = []
        try vector.message.encode(into: &output)
        #expect(hex(output) == hex(bytes(vector.hex)))
    }

    @Test(arguments: vectors) func `a message may be cut anywhere`(_ vector: Vector) throws {
        for cut in truncations(of: bytes(vector.hex)) {
            let message: AudioMessage
            do {
                message = try AudioMessage(decoding: cut.span)
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
        ("af", .truncated, 1), ("91 4f7075", .truncated, 1), ("95", .truncated, 1),
        ("95 05 4f707573", .invalidValue, 1),
        ("95 07 4f707573", .invalidValue, 1), ("95 41 4f707573 00", .invalidValue, 6),
        ("95 21 4f707573 00 000002 aa", .invalidLength, 7), ("97 ff 0101 aa", .invalidLength, 1),
    ]

    @Test(arguments: faults)
    func `faults name code and offset`(_ text: String, _ code: FLVError.Code, _ offset: Int) {
        let error = #expect(throws: FLVError.self) { try AudioMessage(decoding: bytes(text).span) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test func `only a configuration is a sequence header`() throws {
        for (text, isHeader) in [
            ("af00 1210", true), ("af01 21", false), ("90 4f707573", true), ("", false), ("00", false),
        ] {
            #expect(try AudioMessage(decoding: bytes(text).span).isSequenceHeader == isHeader, "\(text)")
        }
    }

    @Test func `sound flags`() {
        let flags = AudioMessage.SoundFlags(rawValue: 0b1001)
        #expect(flags.sampleRate == 22050)
        #expect(!flags.is16Bit)
        #expect(flags.isStereo)
    }

    static let channels: [(hex: String, value: MultichannelConfig)] = [
        ("00 02", MultichannelConfig(channelCount: 2, order: .unspecified)),
        ("01 06 0000060f", MultichannelConfig(channelCount: 6, order: .native(mask: 0x60F))),
        ("02 03 00 01 fe", MultichannelConfig(channelCount: 3, order: .custom([0, 1, 254]))),
        ("07 03 00", MultichannelConfig(channelCount: 3, order: .other(7, [0]))),
    ]

    @Test(arguments: channels)
    func `channel configurations decode and encode`(_ text: String, _ value: MultichannelConfig) throws {
        #expect(try MultichannelConfig(decoding: bytes(text).span) == value)
        var output: [UInt8] = []
        try value.encode(into: &output)
        #expect(hex(output) == hex(bytes(text)))
        guard case .other = value.order else {
            for cut in truncations(of: bytes(text)) {
                let error = #expect(throws: FLVError.self) { try MultichannelConfig(decoding: cut.span) }
                #expect(error?.code == .truncated)
            }
            return
        }
    }
}
