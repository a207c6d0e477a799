// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct TracksTests {
    static let names = [
        "mt_2v_avc_2a_aac.flv", "mt_3a_flac_ac3_eac3.flv", "mt_avc_hevc_av1_aac_opus_mp3.flv",
        "synth_manycodecs_onetrackcfg.flv", "synth_manytracks.flv", "synth_manytracks_manycodecs.flv",
        "synth_manytracks_onetrackcfg.flv", "synth_modex_nano.flv", "h264_aac.flv",
    ]

    static func tracks(of tags: [FLVTag]) throws -> Tracks {
        var tracks = Tracks()
        for tag in tags { try tracks.add(tag) }
        return tracks
    }

    static func ids(_ expected: JSON) -> Set<Tracks.ID> {
        Set(
            expected["video"].keys.compactMap { UInt8($0).map { .video($0) } }
                + expected["audio"].keys.compactMap { UInt8($0).map { .audio($0) } })
    }

    @Test(arguments: names) func `the tracks of a file are those that another parser found`(_ name: String) throws {
        let expected = try JSON(fixture: "flv/expected.json")[name]
        let tags = ReadFile(fixture: name).tags
        let tracks = try Self.tracks(of: tags)
        #expect(Set(tracks.all.map(\.id)) == Self.ids(expected))
        #expect(Set(tracks.all.map(\.id)).count == tracks.all.count)
        for track in tracks.all {
            let fact: JSON
            switch (track.id, track.codec) {
            case (.video(let number), .video(let codec)):
                fact = expected["video"]["\(number)"]
                if case .enhanced(let code) = codec { #expect(fact["codec"].string == code.description) }
                #expect(track.videoFormat?.width == fact["width"].int)
                #expect(track.hasEnded == (fact["ends"].int != 0))
                #expect(track.configuration?.isEmpty == false)
            case (.audio(let number), .audio(let codec)):
                fact = expected["audio"]["\(number)"]
                if case .enhanced(let code) = codec { #expect(fact["codec"].string == code.description) }
                if let text = fact["configHex"].string, !text.isEmpty { #expect(track.configuration == bytes(text)) }
                #expect((track.metadataMessage != nil) == fact["multichannel"].exists)
            default:
                Issue.record("\(track)")
                continue
            }
            // The other parser counts frames without data, too.
            let empty = try Self.contents(of: track.id, in: tags).count { $0.isFrame && $0.body.isEmpty }
            #expect(track.frames == fact["packets"].int.map { Int64($0 - empty) })
        }
    }

    /// What a track's messages hold, whatever wraps them.
    struct Content: Equatable {
        var timestamp: UInt32
        var head: [UInt8]
        var modifiers: [ModEx]
        var body: [UInt8]
        var isFrame: Bool
    }

    static func contents(of id: Tracks.ID, in tags: [FLVTag]) throws -> [Content] {
        var contents: [Content] = []
        for tag in tags {
            switch (id, tag.kind) {
            case (.video(let number), .video):
                let message = try VideoMessage(decoding: tag.payload.span)
                for track in message.tracks where track.id == number {
                    let head = [message.frameType.rawValue, message.packetType.rawValue]
                    let time = Array("\(track.compositionTime)".utf8)
                    contents.append(
                        Content(
                            timestamp: tag.timestamp, head: head + time, modifiers: message.modifiers, body: track.body,
                            isFrame: message.packetType == .codedFrames || message.packetType == .codedFramesX))
                }
            case (.audio(let number), .audio):
                let message = try AudioMessage(decoding: tag.payload.span)
                for track in message.tracks where track.id == number {
                    contents.append(
                        Content(
                            timestamp: tag.timestamp, head: [message.packetType.rawValue], modifiers: message.modifiers,
                            body: track.body,
                            isFrame: message.packetType == .codedFrames))
                }
            default: break
            }
        }
        return contents
    }

    @Test(arguments: names.filter { !$0.contains("hevc_av1") })
    func `a track taken out is alone, and the same bit by bit`(_ name: String) throws {
        let tags = ReadFile(fixture: name).tags
        let tracks = try Self.tracks(of: tags)
        for id in tracks.all.map(\.id) {
            let alone = try tags.flatMap { tag throws(FLVError) in try tracks.tags(of: id, in: tag) }
            let zero: Tracks.ID = if case .video = id { .video(0) } else { .audio(0) }
            let got = try Self.contents(of: zero, in: alone)
            let wanted = try Self.contents(of: id, in: tags)
            #expect(got.count == wanted.count && got == wanted, "\(id)")
            #expect(!wanted.isEmpty)
            for tag in alone {
                let media =
                    tag.kind == .video ? MediaClass(video: tag.payload.span) : MediaClass(audio: tag.payload.span)
                #expect(!media.isMultitrack && media.trackID == 0)
            }
            // Alone, it is the only track there is, and tells the same.
            let again = try Self.tracks(of: alone)
            #expect(again.all.count == 1)
            #expect(again.all.first?.configurationMessage == tracks[id]?.configurationMessage)
            #expect(again.all.first?.frames == tracks[id]?.frames)
        }
    }

    @Test(arguments: ["h264_aac.flv", "synth_modex_nano.flv"])
    func `messages without tracks are handed on whole`(_ name: String) throws {
        let tags = ReadFile(fixture: name).tags.filter { $0.kind == .video || $0.kind == .audio }
        for tag in tags {
            #expect(try Tracks().tags(of: tag.kind == .video ? .video(0) : .audio(0), in: tag) == [tag])
            #expect(try Tracks().tags(of: tag.kind == .video ? .video(1) : .audio(1), in: tag).isEmpty)
            #expect(try Tracks().tags(of: tag.kind == .video ? .audio(0) : .video(0), in: tag).isEmpty)
        }
    }

    @Test func `all layouts of one stream give the same tracks`() throws {
        let tracks = try Self.names.filter { $0.hasPrefix("synth_many") }.map { name in
            let tags = ReadFile(fixture: name).tags
            let tracks = try Self.tracks(of: tags)
            return try tracks.all.map { track in
                try tags.flatMap { tag throws(FLVError) in try tracks.tags(of: track.id, in: tag) }.map(\.payload)
            }
        }
        #expect(tracks.count == 4)
        for other in tracks.dropFirst() { #expect(other == tracks[0]) }
    }

    @Test func `color information that ffmpeg writes without a track goes to the track of its codec`() throws {
        let name = "mt_avc_hevc_av1_aac_opus_mp3.flv"
        let tags = ReadFile(fixture: name).tags
        let tracks = try Self.tracks(of: tags)
        for number in [UInt8(1), 2] {
            let message = try #require(tracks[.video(number)]?.metadataMessage)
            #expect(tags.contains { $0.payload == message })
            let alone = try tags.flatMap { tag throws(FLVError) in try tracks.tags(of: .video(number), in: tag) }
            #expect(alone.contains { $0.payload == message })
            #expect(
                alone.allSatisfy {
                    MediaClass(video: $0.payload.span).fourCC == (number == 1 ? FourCC.hvc1 : .av01).rawValue
                })
        }
        #expect(tracks[.video(0)]?.metadataMessage == nil)
    }

    @Test func `the document's examples come apart`() throws {
        let tracks = Tracks()
        let one = bytes("95 01 4f707573 01 78825a52")
        #expect(try tracks.messages(of: .audio(1), in: .audio, one.span) == [bytes("91 4f707573 78825a52")])
        let many = bytes("96 11 61766331 00 000005 000085 aabb 01 000004 ffffff cc 00 000003 000001")
        #expect(
            try tracks.messages(of: .video(0), in: .video, many.span)
                == [bytes("91 61766331 000085 aabb"), bytes("91 61766331 000001")])
        #expect(try tracks.messages(of: .video(1), in: .video, many.span) == [bytes("91 61766331 ffffff cc")])
        let codecs = bytes("a7 02 07a120 06 23 61766331 00 000001 aa 68766331 01 000002 bbcc")
        #expect(
            try tracks.messages(of: .video(1), in: .video, codecs.span) == [bytes("a7 02 07a120 03 68766331 bbcc")])
        let wide = bytes("97 ff 0001 0102 e6 03 61766331 05 dd")
        #expect(
            try tracks.messages(of: .video(5), in: .video, wide.span)
                == [bytes("97 ff 0001 0102 e3 61766331 dd")])
    }

    @Test func `commands belong to every video track, script data to none`() throws {
        for command in ["52 00", "d1 01"] {
            let message = bytes(command)
            #expect(try Tracks().messages(of: .video(3), in: .video, message.span) == [message])
            #expect(try Tracks().messages(of: .audio(0), in: .video, message.span).isEmpty)
        }
        var tracks = Tracks()
        try tracks.add(FLVTag(kind: .scriptData, timestamp: 0, payload: [1]))
        try tracks.add(FLVTag(kind: .video, isFiltered: true, timestamp: 0, payload: [0x90]))
        try tracks.add(.video, bytes("52 00").span)
        #expect(tracks.all.isEmpty)
    }

    @Test func `what is newest counts, and what is empty or cut does not`() throws {
        var tracks = Tracks()
        try tracks.add(.video, bytes("96 00 61763031 01 8100").span)
        try tracks.add(.video, bytes("96 00 61763031 01").span)
        #expect(tracks[.video(1)]?.configuration == bytes("8100"))
        try tracks.add(.video, bytes("96 00 61763031 01 8101").span)
        #expect(tracks[.video(1)]?.configuration == bytes("8101"))
        #expect(tracks[.video(1)]?.configurationMessage == bytes("90 61763031 8101"))
        try tracks.add(.video, bytes("96 02 61763031 01").span)
        #expect(tracks[.video(1)]?.hasEnded == true)
        try tracks.add(.video, bytes("96 01 76703039 01 aa").span)
        #expect(tracks[.video(1)]?.hasEnded == false)
        #expect(tracks[.video(1)]?.codec == .video(.enhanced(.vp09)))
        #expect(tracks[.video(1)]?.configuration == nil, "another codec's configuration means nothing")
        let before = tracks.all
        #expect(throws: FLVError.self) { try tracks.add(.video, bytes("96 11 61766331 00 000005 aa").span) }
        #expect(tracks.all == before)
    }

    @Test func `what strangers can make us keep is bounded`() throws {
        var tracks = Tracks()
        for number in 0...UInt8.max { try tracks.add(.audio, (bytes("95 00 6d703461") + [number, 0x12, 0x10]).span) }
        #expect(tracks.all.count == Tracks.maximumTracks)
        let head = bytes("95 00 6d703461 00")
        let limit = Tracks.configurationLimit - 5
        try tracks.add(.audio, (head + [UInt8](repeating: 1, count: limit)).span)
        #expect(tracks[.audio(0)]?.configuration?.count == limit)
        try tracks.add(.audio, (head + [UInt8](repeating: 1, count: limit + 1)).span)
        #expect(tracks[.audio(0)]?.configuration == nil)
    }

    @Test(arguments: SeededGenerator.seeds(100)) func `no bytes trap`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var tracks = Tracks()
        let heads = ["96 00 68766331", "96 11 61766331", "96 21", "95 10 4f707573", "95 21", "97 00 00 06 11 61766331"]
        for _ in 0..<100 {
            let payload = bytes(heads[random.integer(in: 0..<heads.count)]) + random.bytes(random.integer(in: 0..<20))
            for kind in [FLVTag.Kind.audio, .video] {
                try? tracks.add(kind, payload.span)
                for id in [Tracks.ID.audio(0), .video(0), .video(1)] {
                    for message in (try? tracks.messages(of: id, in: kind, payload.span)) ?? [] {
                        let media =
                            kind == .video ? MediaClass(video: message.span) : MediaClass(audio: message.span)
                        #expect(!media.isMultitrack)
                    }
                }
            }
        }
        #expect(tracks.all.count <= Tracks.maximumTracks)
    }
}
