// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

/// All files against `expected.json`, which another parser made.
@Suite struct FixtureFactsTests {
    static let names = Fixture.list("flv", suffix: ".flv").map { String($0.dropFirst("flv/".count)) }

    /// The tags that `expected.json` describes: of joined files the first file only.
    static func tags(of file: ReadFile) -> [FLVTag] {
        var headers = 0
        return file.elements.compactMap { element in
            if case .header = element { headers += 1 }
            if case .tag(let tag) = element, headers == 1 { return tag }
            return nil
        }
    }

    @Test func `every fixture is described`() throws {
        #expect(try JSON(fixture: "flv/expected.json").keys == Self.names.sorted())
        #expect(Self.names.count == 70)
    }

    @Test(arguments: names) func `tags, times and sizes`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]
        let file = ReadFile(fixture: name)
        let tags = Self.tags(of: file)
        #expect(Fixture.bytes("flv/\(name)").count == expected["bytes"].int)
        let header = try #require(file.headers.first)
        #expect(Int(header.version) == expected["flvVersion"].int)
        #expect(Int(header.flags) == expected["headerFlags"].int)
        #expect(9 + header.extra.count == expected["dataOffset"].int)
        var counts: [String: Int] = [:]
        for tag in tags { counts["\(tag.kind.rawValue)", default: 0] += 1 }
        #expect(counts.keys.sorted() == expected["tagsByType"].keys)
        for (kind, count) in counts { #expect(expected["tagsByType"][kind].int == count, "type \(kind)") }
        #expect(tags.first.map { Int($0.timestamp) } == expected["firstTagTimestamp"].int)
        #expect(tags.last.map { Int($0.timestamp) } == expected["lastTagTimestamp"].int)
        #expect(tags.map { Int($0.timestamp) }.max() == expected["maxTagTimestamp"].int)
        #expect(file.wrongSizes.count == expected["prevTagSizeMismatches"].int)
        // The other parser stops at a second header; we read on.
        let isWhole = expected["truncated"].bool == false || name == "broken_concatenated.flv"
        #expect((file.error == nil) == isWhole)
    }

    @Test(arguments: names) func `packets of every kind`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]["packetHistogram"]
        let summary = try FileSummary(Self.tags(of: ReadFile(fixture: name)))
        #expect(summary.histogram.keys.sorted() == expected.keys)
        for (key, count) in summary.histogram { #expect(expected[key].int == count, "\(key)") }
    }

    @Test(arguments: names) func `video tracks`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]["video"]
        let summary = try FileSummary(Self.tags(of: ReadFile(fixture: name)))
        #expect(summary.video.keys.map(String.init).sorted() == expected.keys)
        for (id, track) in summary.video {
            let expected = expected["\(id)"]
            #expect(track.codec == expected["codec"].string)
            #expect(track.packets == expected["packets"].int)
            #expect(track.configurations == expected["configs"].int)
            #expect(track.ends == expected["ends"].int)
            #expect(track.times.first.map(Int.init) == expected["firstDts"].int)
            #expect(track.times.last.map(Int.init) == expected["lastDts"].int)
            #expect(track.keyframes.map(Int.init) == expected["keyframes"].array.compactMap(\.int))
            for (type, count) in track.frameTypes { #expect(expected["frameTypes"]["\(type)"].int == count) }
            if expected["minCts"].exists {
                #expect(track.compositionTimes.min().map(Int.init) == expected["minCts"].int)
                #expect(track.compositionTimes.max().map(Int.init) == expected["maxCts"].int)
            }
            if expected["width"].exists {
                #expect(track.videoFormat?.width == expected["width"].int)
                #expect(track.videoFormat?.height == expected["height"].int)
            }
            if let color = track.metadata {
                let values = try AMF0Value.decodeAll(color.span)
                #expect(values.first?.string == expected["metadata"].array.first?.string)
                let primaries = values.last?["colorConfig"]?["colorPrimaries"]?.number
                #expect(primaries == expected["metadata"].array.last?["colorConfig"]["colorPrimaries"].double)
            }
        }
        let commands = expected["0"]["commands"].array.compactMap(\.int)
        #expect(summary.commands.map(Int.init) == commands)
    }

    @Test(arguments: names) func `audio tracks`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]["audio"]
        let summary = try FileSummary(Self.tags(of: ReadFile(fixture: name)))
        #expect(summary.audio.keys.map(String.init).sorted() == expected.keys)
        for (id, track) in summary.audio {
            let expected = expected["\(id)"]
            #expect(track.codec == expected["codec"].string)
            #expect(track.packets == expected["packets"].int)
            #expect(track.configurations == expected["configs"].int)
            #expect(track.times.first.map(Int.init) == expected["firstDts"].int)
            #expect(track.times.last.map(Int.init) == expected["lastDts"].int)
            #expect(track.audioFormat?.sampleRate == expected["sampleRate"].int)
            #expect(track.audioFormat?.channels == expected["channels"].int)
            if let flags = track.flags { #expect(hex([flags]) == expected["flags"].string) }
            if let text = expected["configHex"].string { #expect(track.configuration == bytes(text)) }
            if let body = track.metadata {
                let channels = try MultichannelConfig(decoding: body.span)
                #expect(Int(channels.channelCount) == expected["multichannel"]["count"].int)
                let mask = bytes(expected["multichannel"]["extra"].string ?? "").reduce(0) { $0 << 8 | UInt32($1) }
                #expect(channels.order == .native(mask: mask))
            }
        }
    }

    @Test(arguments: names) func `onMetaData`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]["onMetaData"]
        guard expected.exists else { return }
        let tags = Self.tags(of: ReadFile(fixture: name))
        let metadata = try #require(tags.lazy.compactMap { FLVMetadata(decoding: $0.payload.span) }.first)
        #expect(metadata.duration == expected["duration"].double)
        #expect(metadata.width == expected["width"].int)
        #expect(metadata.height == expected["height"].int)
        #expect(metadata.frameRate == expected["framerate"].double)
        #expect(metadata.videoDataRate == expected["videodatarate"].double)
        #expect(metadata.audioSampleRate == expected["audiosamplerate"].double)
        #expect(metadata.isStereo == expected["stereo"].bool)
        #expect(metadata.fileSize == expected["filesize"].double)
        let video: Double? =
            switch metadata.videoCodec {
            case .legacy(let number): Double(number)
            case .enhanced(let code): Double(code.rawValue)
            case nil: nil
            }
        #expect(video == expected["videocodecid"].double)
        #expect(metadata.properties.properties.count >= expected.keys.count)
    }
}
