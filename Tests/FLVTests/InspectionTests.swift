// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

/// What an inspection says of the fixtures, against `expected.json`, which another parser made.
@Suite struct InspectionTests {
    static let names = FixtureFactsTests.names

    private static let codecs = [
        "avc": "h264", "avc1": "h264", "hvc1": "hevc", "vvc1": "vvc", "av01": "av1", "vp09": "vp9", "vp08": "vp8",
        "sorenson-h263": "flv1", "screen": "flashsv", "screen2": "flashsv2", "vp6": "vp6f",
        "h263(unofficial)": "h263", "mpeg4(unofficial)": "mpeg4", "aac": "aac", "mp4a": "aac", "Opus": "opus",
        "fLaC": "flac", "ac-3": "ac3", "ec-3": "eac3", ".mp3": "mp3", "mp3": "mp3", "pcm-platform": "pcm",
        "pcm-le": "pcm_le", "adpcm": "adpcm_swf", "nellymoser16k": "nellymoser", "nellymoser8k": "nellymoser",
        "nellymoser": "nellymoser", "alaw": "pcm_alaw", "mulaw": "pcm_mulaw", "speex": "speex",
    ]

    /// Of joined files the first one, which is what `expected.json` describes.
    static func inspection(_ name: String) -> StreamInspection {
        var inspection = StreamInspection()
        for tag in FixtureFactsTests.tags(of: ReadFile(fixture: name)) { inspection.add(tag) }
        return inspection
    }

    static func file(_ bytes: [UInt8], pieces: Int = 4_096) -> FileInspection {
        var inspection = FileInspection()
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            inspection.receive(bytes[start..<min(bytes.count, start + pieces)].span)
        }
        inspection.receiveEnd()
        return inspection
    }

    @Test(arguments: names) func `containers`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]
        let inspection = Self.file(Fixture.bytes("flv/\(name)"))
        #expect(Int(inspection.bytes) == expected["bytes"].int)
        #expect(inspection.header.map { Int($0.flags) } == expected["headerFlags"].int)
        #expect(Int(inspection.wrongPreviousTagSizes) == expected["prevTagSizeMismatches"].int)
        let isJoined = name == "broken_concatenated.flv"
        #expect(inspection.headers == (isJoined ? 2 : 1))
        #expect((inspection.error == nil) == (expected["truncated"].bool == false || isJoined))
        if !isJoined {
            for (kind, count) in inspection.tags {
                #expect(Int(count) == expected["tagsByType"]["\(kind.rawValue)"].int, "\(kind)")
            }
        }
        #expect(inspection.stream.unreadableMessages == 0)
    }

    @Test(arguments: names) func `tracks of pictures`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]["video"]
        let tracks = Self.inspection(name).tracks.filter(\.isVideo)
        #expect(tracks.map { "\($0.number)" }.sorted() == expected.keys)
        for track in tracks {
            let expected = expected["\(track.number)"]
            #expect(track.description.name == Self.codecs[expected["codec"].string ?? ""])
            #expect(Int(track.frames) == expected["packets"].int)
            #expect(Int(track.ends) == expected["ends"].int)
            // Empty configurations, which ffmpeg sends for AV1, configure nothing.
            #expect(Int(track.configurations) <= expected["configs"].int ?? 0)
            #expect((track.configurations > 0) == ((expected["configs"].int ?? 0) > 0))
            Self.check(track, expected)
            if expected["width"].exists {
                #expect(track.videoFormat?.width == expected["width"].int)
                #expect(track.videoFormat?.height == expected["height"].int)
            }
            if expected["minCts"].exists {
                #expect(track.compositionTimes?.lowerBound == expected["minCts"].int.map(Int64.init))
                #expect(track.compositionTimes?.upperBound == expected["maxCts"].int.map(Int64.init))
            }
            let keyframes = expected["keyframes"].array.compactMap { $0.int.map(Int64.init) }
            #expect(Int(track.keyframes) == keyframes.count)
            let distances = zip(keyframes, keyframes.dropFirst()).map { ($1 - $0 + (1 << 31)) % (1 << 31) }
            #expect(track.keyframeIntervals.smallest == distances.min() ?? 0)
            #expect(track.keyframeIntervals.largest == distances.max() ?? 0)
            if let rate = expected["config"]["sps"]["fps"].double {
                #expect(abs((track.videoFormat?.frameRate ?? 0) - rate) < 0.001)
                let seen = Double(track.milliframesPerSecond ?? 0) / 1000
                #expect(abs(seen - rate) < rate / 100, "\(seen) frames a second instead of \(rate)")
            }
        }
    }

    @Test(arguments: names) func `tracks of sound`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]["audio"]
        let tracks = Self.inspection(name).tracks.filter { !$0.isVideo }
        #expect(tracks.map { "\($0.number)" }.sorted() == expected.keys)
        for track in tracks {
            let expected = expected["\(track.number)"]
            #expect(track.description.name == Self.codecs[expected["codec"].string ?? ""])
            #expect(Int(track.frames + track.emptyFrames) == expected["packets"].int)
            #expect(Int(track.configurations) == expected["configs"].int)
            #expect(track.audioFormat?.sampleRate == expected["sampleRate"].int)
            #expect(track.audioFormat?.channels == expected["channels"].int)
            Self.check(track, expected)
            if let drift = track.clockDrift { #expect(abs(drift) <= 30, "\(name): \(drift) ms") }
            if let type = expected["config"]["objectType"].int {
                #expect(track.description.codecString == "mp4a.40.\(type)")
            }
        }
    }

    /// Times, which the other parser leaves as they are in the file.
    private static func check(_ track: TrackInspection, _ expected: JSON) {
        let wrap: Int64 = 1 << 31
        #expect(track.firstTime.map { $0 % wrap } == expected["firstDts"].int.map { Int64($0) % wrap })
        // The last frame of FLAC is empty.
        guard track.emptyFrames == 0 else { return }
        #expect(track.lastTime.map { $0 % wrap } == expected["lastDts"].int.map { Int64($0) % wrap })
    }

    @Test(arguments: names) func `duration, metadata and faults`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]
        let inspection = Self.inspection(name)
        #expect(inspection.faults == [], "these files have no faults inside a track")
        if !name.hasPrefix("synth_script") {
            #expect(inspection.metadata?.duration == expected["onMetaData"]["duration"].double)
        }
        // What ffmpeg says is the end of the last packet; ours is that of the last one presented.
        if let duration = expected["onMetaData"]["duration"].double, !name.hasPrefix("broken"), name != "vvc_only.flv" {
            let ours = Double(inspection.duration) / 1000
            #expect(abs(ours - duration) < 0.25, "\(ours) s instead of \(duration)")
        }
        let hasBoth = !expected["video"].keys.isEmpty && !expected["audio"].keys.isEmpty
        #expect((inspection.skew != nil) == hasBoth)
        if let bitrate = inspection.bitrate, inspection.duration >= 1_000 {
            #expect(inspection.peakBitrate > bitrate / 2)
        }
    }

    @Test func `profiles and levels`() throws {
        let expected: [(String, String, String?, String?)] = [
            ("h264_aac.flv", "avc1.42c00c", "Constrained Baseline", "1.2"),
            ("h264_aac_bframes.flv", "avc1.64000b", "High", "1.1"),
            ("h264_hi10_422.flv", "avc1.7a000a", "High 4:2:2", "1.0"),
            ("hevc_hdr10.flv", "hvc1.2.4.L30.90", "Main 10", "1.0"),
            ("vp9_p2_10bit.flv", "vp09.02.10.10", "profile 2", "1.0"),
            ("av1_hdr10.flv", "av01.0.00M.10", "Main", "2.0"),
            ("vvc_only.flv", "vvc1.1.L16", "Main 10", "1.0"),
        ]
        for (name, codecString, profile, level) in expected {
            let track = try #require(Self.inspection(name).tracks.first { $0.isVideo })
            #expect(track.description.codecString?.hasPrefix(codecString) == true, "\(track.description)")
            #expect(track.description.profile == profile)
            #expect(track.description.level == level)
        }
    }

    @Test func `the index of a file is tried out`() throws {
        let name = "h264_aac_kfindex.flv"
        let right = Self.file(Fixture.bytes("flv/\(name)")).stream
        #expect(right.indexEntries == 3 && right.rightIndexEntries == 3)
        var bytes = Fixture.bytes("flv/\(name)")
        // One more byte in an unknown tag in front of everything moves all positions.
        bytes.replaceSubrange(13..<13, with: [18, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 12])
        let wrong = Self.file(bytes).stream
        #expect(wrong.indexEntries == 3 && wrong.rightIndexEntries == 0)
    }

    @Test func `steps back, jumps and gaps are told apart`() {
        var inspection = StreamInspection()
        for time: UInt32 in [0, 40, 80, 120, 1_500, 1_540, 1_530, 1_570, 60_000, 60_040] {
            inspection.add(.video, timestamp: time, [0x27, 1, 0, 0, 0, 1].span)
        }
        for time: UInt32 in [60_000, 60_023, 60_046, 60_069, 60_092, 60_500] {
            inspection.add(.audio, timestamp: time, [0xAF, 1, 0].span)
        }
        #expect(inspection.faults.map(\.kind) == [.gap, .stepBack, .jump, .gap])
        #expect(inspection.faults.map(\.to) == [1_500, 1_530, 60_000, 60_500])
        #expect(inspection.faults.last?.track == .audio(0))
        var slow = StreamInspection()
        for time in 0..<20 { slow.add(.video, timestamp: UInt32(time * 12_000), [0x17, 1, 0, 0, 0, 1].span) }
        #expect(slow.faults.count == 1, "what always takes so long is no fault; the first time nobody knows")
    }

    @Test func `the list of faults is bounded, their count is not`() {
        var inspection = StreamInspection()
        for round in 0..<1_000 { inspection.add(.audio, timestamp: UInt32(2_000 - round), [0xAF, 1, 0].span) }
        #expect(inspection.faults.count == StreamInspection.maximumFaults)
        #expect(inspection.faultCounts[.stepBack] == 999)
    }

    @Test func `random bytes harm nobody`() {
        for seed in SeededGenerator.seeds(200) {
            var random = SeededGenerator(seed: seed)
            var inspection = StreamInspection()
            for _ in 0..<50 {
                let kind: FLVTag.Kind = [.audio, .video, .scriptData][random.integer(in: 0..<3)]
                var payload = random.bytes(random.integer(in: 0..<40))
                if !payload.isEmpty, random.chance(0.5) {
                    payload[0] = [0x17, 0xAF, 0x90, 0x96, 0x95][random.integer(in: 0..<5)]
                }
                inspection.add(kind, timestamp: UInt32(truncatingIfNeeded: random.next()), payload.span)
            }
            #expect(Fact.table(inspection.facts).json.first == "{", "\(random)")
            #expect(!inspection.lines.isEmpty)
        }
    }

    @Test func `facts are JSON whatever a stream says`() throws {
        var metadata = FLVMetadata(["a\"b\\c\n\u{1}": .number(.nan), "list": .strictArray([.null, .boolean(true)])])
        metadata.properties["text"] = .string(AMFString(bytes: [0xFF, 0x22]))
        var payload: [UInt8] = []
        try metadata.encode(into: &payload)
        var inspection = StreamInspection()
        inspection.add(.scriptData, timestamp: 0, payload.span)
        let json = try JSON(text: Fact.table(inspection.facts).json)
        #expect(json["metadata"].keys == ["a\"b\\c\n\u{1}", "list", "text"].sorted())
        #expect(json["metadata"]["list"].array.count == 2)
        #expect(json["metadata"]["text"].string == "\u{FFFD}\"")
        #expect(json["tracks"].array.isEmpty)
    }
}
