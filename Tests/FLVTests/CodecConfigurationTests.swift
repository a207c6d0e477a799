// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

/// Configurations of the fixtures against `expected.json`.
@Suite struct CodecConfigurationTests {
    @Test(arguments: FixtureFactsTests.names) func `video configurations say what another parser found`(_ name: String)
        throws
    {
        let expected = try JSON(fixture: "flv/expected.json")[name]["video"]
        let summary = try FileSummary(FixtureFactsTests.tags(of: ReadFile(fixture: name)))
        for (id, track) in summary.video where expected["\(id)"]["config"].exists {
            let expected = expected["\(id)"]["config"]
            let body = track.configuration.span
            let text: Comment = "\(track.codec) of track \(id)"
            let format: VideoFormat?
            switch track.codec {
            case "avc", "avc1":
                let configuration = try AVCConfiguration(decoding: body)
                #expect(Int(configuration.profile) == expected["profile"].int, text)
                #expect(Int(configuration.compatibility) == expected["compat"].int, text)
                #expect(Int(configuration.level) == expected["level"].int, text)
                #expect(configuration.lengthSize == expected["nalLen"].int, text)
                #expect(configuration.sequenceParameterSets.count == expected["numSps"].int, text)
                #expect(configuration.pictureParameterSets.count == expected["numPps"].int, text)
                format = configuration.format
            case "hvc1":
                let configuration = try HEVCConfiguration(decoding: body)
                #expect(Int(configuration.profile) == expected["profile"].int, text)
                #expect(Int(configuration.level) == expected["level"].int, text)
                #expect(configuration.isHighTier == (expected["tier"].int == 1), text)
                #expect(configuration.bitDepth == expected["bitDepth"].int, text)
                #expect(configuration.lengthSize == expected["nalLen"].int, text)
                #expect(configuration.arrays.map { String($0.type) }.sorted() == expected["arrays"].keys, text)
                #expect(hex(configuration.constraints).replacing(" ", with: "") == expected["constraint"].string, text)
                format = configuration.format
            case "av01":
                let configuration = try AV1Configuration(decoding: body)
                #expect(Int(configuration.profile) == expected["profile"].int, text)
                #expect(Int(configuration.level) == expected["level"].int, text)
                format = configuration.format
                #expect(format?.width == expected["seq"]["width"].int, text)
                #expect(format?.bitDepth == expected["seq"]["bitDepth"].int, text)
                #expect(configuration.bitDepth == expected["seq"]["bitDepth"].int, text)
                #expect(configuration.chroma == .yuv420, text)
                let color = expected["seq"]["color"].array.compactMap(\.int)
                if let seen = format?.color {
                    #expect([seen.primaries, seen.transfer, seen.matrix].map(Int.init) == color, text)
                }
                continue
            case "vp09":
                let configuration = try VPConfiguration(decoding: body)
                #expect(Int(configuration.profile) == expected["profile"].int, text)
                #expect(Int(configuration.level) == expected["level"].int, text)
                #expect(configuration.bitDepth == expected["bitDepth"].int, text)
                let color = [configuration.color.primaries, configuration.color.transfer, configuration.color.matrix]
                #expect(color.map(Int.init) == expected["color"].array.compactMap(\.int), text)
                #expect(track.videoFormat?.bitDepth == expected["bitDepth"].int, text)
                continue
            case "vvc1":
                let configuration = try VVCConfiguration(decoding: body)
                #expect(configuration.codecString == "vvc1.1.L16")
                #expect(configuration.lengthSize == 4)
                #expect(configuration.format?.width == 160)
                #expect(configuration.format?.height == 120)
                #expect(configuration.format?.bitDepth == 10)
                continue
            default:
                Issue.record("no test for \(track.codec)")
                continue
            }
            let parameters = expected["sps"]
            #expect(format?.width == parameters["width"].int, text)
            #expect(format?.height == parameters["height"].int, text)
            #expect(format?.bitDepth == parameters["bitDepth"].int, text)
            #expect(format.map { Int($0.chroma.rawValue) } == parameters["chroma"].int, text)
            if let rate = parameters["fps"].double { #expect(abs((format?.frameRate ?? 0) - rate) < 0.01, text) }
            let ratio = parameters["sar"].array.compactMap(\.int)
            #expect(format?.pixelAspectRatio.map { [$0.numerator, $0.denominator] } ?? [] == ratio, text)
            let color = parameters["color"].array.compactMap(\.int)
            #expect(format?.color.map { [$0.primaries, $0.transfer, $0.matrix].map(Int.init) } ?? [] == color, text)
        }
    }

    @Test(arguments: FixtureFactsTests.names) func `audio configurations say what another parser found`(_ name: String)
        throws
    {
        let expected = try JSON(fixture: "flv/expected.json")[name]["audio"]
        let summary = try FileSummary(FixtureFactsTests.tags(of: ReadFile(fixture: name)))
        for (id, track) in summary.audio where expected["\(id)"]["config"].exists {
            let expected = expected["\(id)"]["config"]
            let body = track.configuration.span
            switch track.codec {
            case "aac", "mp4a":
                let configuration = try AudioSpecificConfig(decoding: body)
                #expect(configuration.objectType == expected["objectType"].int)
                #expect(configuration.sampleRate == expected["sampleRate"].int)
                #expect(configuration.channelConfiguration == expected["channelConfig"].int)
                #expect(configuration.channels == expected["channels"].int)
                #expect(configuration.frameLength == expected["frameLen"].int)
            case "Opus":
                let configuration = try OpusHead(decoding: body)
                #expect(configuration.channels == expected["channels"].int)
                #expect(configuration.preSkip == expected["preSkip"].int)
                #expect(configuration.inputSampleRate == expected["inputRate"].int)
                #expect(configuration.mappingFamily == expected["family"].int)
            case "fLaC":
                let configuration = try FLACStreamInfo(decoding: body)
                #expect(configuration.sampleRate == expected["sampleRate"].int)
                #expect(configuration.channels == expected["channels"].int)
                #expect(configuration.bitsPerSample == expected["bps"].int)
                #expect(configuration.maximumBlockSize == expected["maxBlk"].int)
                #expect(Int(configuration.totalSamples) == expected["total"].int)
            default: Issue.record("no test for \(track.codec)")
            }
        }
    }

    @Test func `codec strings`() throws {
        #expect(try AVCConfiguration(decoding: bytes("0142c00cff e0 00").span).codecString == "avc1.42c00c")
        let hevc = bytes("01 01 60000000 900000000000 5d f000 fc fd f8 f8 0000 0f 00")
        #expect(try HEVCConfiguration(decoding: hevc.span).codecString == "hvc1.1.6.L93.90")
        #expect(try AV1Configuration(decoding: bytes("81084c00").span).codecString == "av01.0.08M.10")
        let vp9 = try VPConfiguration(decoding: bytes("01000000 00 0a 82 02 02 02 0000").span)
        #expect(vp9.codecString(.vp09) == "vp09.00.10.08")
        #expect(try VPConfiguration(decoding: bytes("00 0a 82 02 02 02 0000").span) == vp9)
        #expect(try AudioSpecificConfig(decoding: bytes("1210").span).codecString == "mp4a.40.2")
    }

    /// Core rate, output rate, channels, frame length.
    static let aac: [(hex: String, facts: [Int])] = [
        ("1210", [44100, 44100, 2, 1024]), ("1190", [48000, 48000, 2, 1024]), ("1208", [44100, 44100, 1, 1024]),
        ("1388", [22050, 22050, 1, 1024]), ("121056e500", [44100, 44100, 2, 1024]),
        ("11b056e500", [48000, 48000, 6, 1024]),
        ("2b920800", [22050, 44100, 2, 1024]), ("2b118800", [24000, 48000, 2, 1024]),
        ("eb8a0800", [22050, 44100, 2, 1024]),
        ("1214", [44100, 44100, 2, 960]), ("178056220810", [44100, 44100, 1, 1024]),
        ("139056e598", [22050, 48000, 2, 1024]),
        // A program config element with a pair and a single element in front, one in the back, and LFE.
        ("118004c80500200000", [48000, 48000, 5, 1024]),
    ]

    @Test(arguments: aac) func `AAC configurations in all their shapes`(_ text: String, _ facts: [Int]) throws {
        let configuration = try AudioSpecificConfig(decoding: bytes(text).span)
        #expect(
            [
                configuration.sampleRate, configuration.outputSampleRate, configuration.channels,
                configuration.frameLength,
            ]
                == facts)
    }

    @Test func `FLAC in three shapes, Opus in two`() throws {
        let bare = bytes(AudioMessageTests.streamInfo)
        let info = try FLACStreamInfo(decoding: bare.span)
        #expect(info.sampleRate == 44100)
        #expect(try FLACStreamInfo(decoding: (bytes("80000022") + bare).span) == info)
        #expect(try FLACStreamInfo(decoding: (bytes("664c6143 80000022") + bare).span) == info)
        let head = try OpusHead(decoding: bytes(AudioMessageTests.opusHead).span)
        #expect(head.preSkip == 312)
        #expect(try OpusHead(decoding: bytes("00 02 0138 0000bb80 0000 00").span) == head)
    }

    @Test func `frames that say what they are`() {
        #expect(MP3Header(decoding: bytes("fffb9064").span)?.format?.sampleRate == 44100)
        #expect(MP3Header(decoding: bytes("fffb90c4").span)?.channels == 1)
        #expect(MP3Header(decoding: bytes("ffe39064").span)?.sampleRate == 11025)
        #expect(MP3Header(decoding: bytes("fff19064").span) == nil)
        #expect(AC3Header(decoding: bytes("0b77 abdc 14 40 43 00").span)?.channels == 2)
        #expect(AC3Header(decoding: bytes("0b77 abdc 14 40 e1 00").span)?.channels == 6)
        #expect(AC3Header(decoding: bytes("0b78 abdc 14 40 43 00").span) == nil)
        let sizes: [(UInt8, String, [Int])] = [
            (2, "00008403 119e", [160, 120]), (2, "00008400302000", [96, 64]), (3, "3060 3040", [96, 64]),
            (6, "3060 3040 00", [96, 64]), (4, "08 78 46 08 0a 08 0a", [160, 120]),
        ]
        for (codec, text, size) in sizes {
            let format = VideoFormat(codec: .legacy(codec), keyframe: bytes(text).span)
            #expect(format.map { [$0.width, $0.height] } == size, "codec \(codec)")
        }
        let vp8 = VideoFormat(codec: .enhanced(.vp08), keyframe: bytes("10 00 00 9d012a a000 7840").span)
        #expect(vp8.map { [$0.width, $0.height] } == [160, 120])
    }

    @Test(arguments: SeededGenerator.seeds(30))
    func `no bytes trap a configuration, neither cut nor damaged`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for name in [
            "h264_hi10_422.flv", "hevc_hdr10.flv", "av1_opus.flv", "vp9_opus.flv", "vvc_only.flv", "h264_flac.flv",
        ] {
            let summary = try FileSummary(Array(ReadFile(fixture: name).tags.prefix(40)))
            for track in [summary.video[0], summary.audio[0]] {
                guard var body = track?.configuration, !body.isEmpty else { continue }
                for _ in 0..<random.integer(in: 0..<6) {
                    body[random.integer(in: 0..<body.count)] = UInt8(truncatingIfNeeded: random.next())
                }
                body.removeLast(random.integer(in: 0..<body.count))
                for codec in [FourCC.avc1, .hvc1, .vvc1, .av01, .vp09, .vp08] {
                    _ = VideoFormat(codec: .enhanced(codec), configuration: body.span)
                    _ = VideoFormat(codec: .enhanced(codec), keyframe: body.span)
                }
                for codec in [FourCC.mp4a, .opus, .flac, .ac3, .mp3] {
                    _ = AudioFormat(codec: .enhanced(codec), configuration: body.span)
                    _ = AudioFormat(codec: .enhanced(codec), flags: .aac, frame: body.span)
                }
                for codec in 0..<16 as Range<UInt8> {
                    _ = VideoFormat(codec: .legacy(codec), keyframe: body.span)
                    _ = VideoFormat(codec: .legacy(codec), configuration: body.span)
                    _ = AudioFormat(codec: .legacy(codec), flags: .aac, frame: body.span)
                }
            }
        }
    }

    @Test func `a configuration may be cut anywhere`() throws {
        for name in ["h264_only.flv", "hevc_hdr10.flv", "vvc_only.flv", "av1_hdr10.flv"] {
            let summary = try FileSummary(Array(ReadFile(fixture: name).tags.prefix(20)))
            let body = try #require(summary.video[0]?.configuration)
            for cut in truncations(of: body) {
                _ = VideoFormat(codec: .enhanced(.avc1), configuration: cut.span)
                _ = VideoFormat(codec: .enhanced(.hvc1), configuration: cut.span)
                _ = VideoFormat(codec: .enhanced(.vvc1), configuration: cut.span)
                _ = VideoFormat(codec: .enhanced(.av01), configuration: cut.span)
            }
        }
        let avc = try #require(FileSummary(ReadFile(fixture: "h264_only.flv").tags).video[0]?.configuration)
        for cut in truncations(of: avc).dropLast(4) {
            #expect(throws: FLVError.self) { try AVCConfiguration(decoding: cut.span) }
        }
    }
}
