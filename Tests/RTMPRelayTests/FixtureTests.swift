// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// Every file under `Fixtures/flv`, published by our publisher, relayed, and dumped by our player: nothing is added,
/// lost or changed on the way.
///
/// What RTMP has no message for stays behind: tags with the filter bit, tags of unknown types, and empty ones.
@Suite struct FixtureTests {
    static let names = Fixture.list("flv", suffix: ".flv").map { String($0.dropFirst("flv/".count)) }

    /// What is wrong with the broken files: the byte and the reason.
    static let faults = [
        "broken_truncated_midtag.flv": "FLV tag, 1598 bytes of it are there: the bytes end too early, at byte 38403",
        "broken_garbage_between_tags.flv": "FLV tag of type byte 90: these bytes are not a tag, at byte 19129",
    ]

    /// A tag as it passes through a relay.
    struct Passed: Equatable, CustomStringConvertible {
        var kind: UInt8
        var timestamp: UInt32
        var payload: [UInt8]

        var description: String { "\(kind) at \(timestamp) ms: \(hex(payload.prefix(24))) (\(payload.count))" }

        var isMetadata: Bool { kind == 18 && payload.starts(with: [2, 0, 10] + Array("onMetaData".utf8)) }
    }

    /// The tags of a file, as far as it can be read, and why not further.
    static func tags(of bytes: [UInt8]) -> (tags: [Passed], error: FLVError?) {
        var reader = FLVReader()
        reader.receive(bytes.span)
        reader.receiveEnd()
        var tags: [Passed] = []
        do {
            while let element = try reader.nextElement() {
                guard case .tag(let tag) = element, !tag.isFiltered, !tag.payload.isEmpty,
                    [8, 9, 15, 18].contains(tag.kind.rawValue)
                else { continue }
                tags.append(Passed(kind: tag.kind.rawValue, timestamp: tag.timestamp, payload: tag.payload))
            }
            return (tags, nil)
        } catch {
            return (tags, error)
        }
    }

    private static func firstDifference(_ ours: [Passed], _ theirs: [Passed]) -> Comment {
        for (index, (one, other)) in zip(ours, theirs).enumerated() where one != other {
            return "number \(index) is \(one), not \(other)"
        }
        return "\(ours.count) instead of \(theirs.count)"
    }

    @Test(arguments: names) func `published, relayed and dumped unchanged`(_ name: String) throws {
        let bytes = Fixture.bytes("flv/\(name)")
        let (sent, error) = Self.tags(of: bytes)
        #expect(error?.description == Self.faults[name])
        let scene = RelayScene()
        let network = scene.network
        scene.relay()
        let url = RelayScene.url("relay")
        let watching = scene.player()
        let dumps = [true, false].map { keepsTimestamps in
            let output = FileRequest.create(path: "x.flv", replacing: false, makingDirectories: false)
            var configuration = PlayConfiguration(url: url, output: output)
            configuration.keepTimestamps = keepsTimestamps
            return network.add(host: "dump \(keepsTimestamps)", program: PlayProgram(configuration))
        }
        network.run(for: .milliseconds(100))
        var configuration = PublishConfiguration(input: name, urls: [url])
        configuration.rate = .max
        let publisher = network.add(host: "publisher", program: PublishProgram(configuration))
        publisher.files.contents[name] = bytes
        #expect(
            network.runUntil(within: .seconds(60)) { publisher.ending != nil && dumps.allSatisfy { $0.ending != nil } })
        if let fault = Self.faults[name] {
            #expect(publisher.ending?.status == .badInput)
            #expect(publisher.ending?.message == "\(name) is broken: \(fault); what comes before was sent")
        } else {
            #expect(publisher.ending == Ending(.done))
        }

        // On the wire.
        let relayed = scene.packets(watching).map {
            Passed(kind: $0.typeID.rawValue, timestamp: $0.timestamp.milliseconds, payload: $0.payload)
        }
        #expect(relayed == sent, Self.firstDifference(relayed, sent))

        // In files: metadata in front say what the file is, the rest is as it was.
        for dump in dumps {
            #expect(dump.ending == Ending(.done))
            let (written, error) = Self.tags(of: try #require(dump.files.contents["x.flv"]))
            #expect(error == nil)
            #expect(written.first?.isMetadata == true)
            var rest = sent
            // Metadata that come before the first frame are what those in front are made of.
            if let index = sent[..<(sent.firstIndex(where: Self.isFrame) ?? 0)].firstIndex(where: \.isMetadata) {
                try compareMetadata(written.first, with: sent[index])
                rest.remove(at: index)
            }
            compare(Array(written.dropFirst()), with: rest, "\(dump.name)")
        }
    }

    /// What the publisher's metadata say of the stream stands in the file too; what they say of his file does not.
    private func compareMetadata(_ ours: Passed?, with theirs: Passed?) throws {
        guard let ours = ours?.payload, let theirs = theirs?.payload else { return }
        let written = FLVMetadata(decoding: ours.span)
        let sent = FLVMetadata(decoding: theirs.span)
        let properties = try #require(written).properties
        let stale: Set<String> = [
            "duration", "filesize", "keyframes", "hasKeyframes", "hasVideo", "hasAudio", "hasMetadata", "canSeekToEnd",
            "datasize", "videosize", "audiosize", "lasttimestamp", "lastkeyframetimestamp", "lastkeyframelocation",
        ]
        // The stream itself knows these better than who only says so.
        let seen: Set<String> = ["width", "height", "audiosamplerate", "stereo", "videocodecid", "audiocodecid"]
        for property in try #require(sent).properties.properties {
            let name = property.name.string
            guard !stale.contains(name), !seen.contains(name) else { continue }
            #expect(properties[name] == property.value, "\(name)")
        }
    }

    /// Kinds and payloads are equal, and all timestamps are moved by one offset. Tags in front of the first frame have
    /// its time. A wrap at 31 bits is taken for one at 32.
    private func compare(_ ours: [Passed], with theirs: [Passed], _ what: Comment) {
        #expect(ours.map(\.payload) == theirs.map(\.payload), what)
        #expect(ours.map(\.kind) == theirs.map(\.kind), what)
        guard let first = theirs.firstIndex(where: Self.isFrame), first < ours.count else { return }
        let offset = ours[first].timestamp &- theirs[first].timestamp
        let moved = zip(ours, theirs).enumerated().filter { index, pair in
            guard Self.isFrame(pair.1) else { return false }
            return (pair.0.timestamp &- pair.1.timestamp &- offset) & 0x7FFF_FFFF != 0
        }
        #expect(moved.isEmpty, "\(what): \(moved.prefix(3))")
    }

    private static func isFrame(_ tag: Passed) -> Bool {
        let media: MediaClass
        switch tag.kind {
        case 8: media = MediaClass(audio: tag.payload.span)
        case 9: media = MediaClass(video: tag.payload.span)
        default: return false
        }
        return [.keyframe, .interFrame, .audioFrame].contains(media.role)
    }
}
