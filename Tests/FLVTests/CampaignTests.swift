// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

private let directory = ProcessInfo.processInfo.environment["RTMP_CAMPAIGN_DIRECTORY"]

/// Looks at what `Scripts/campaign.sh` left in a directory; without one there is nothing to do.
@Suite(.enabled(if: directory != nil)) struct CampaignTests {
    private static let isKilled = ProcessInfo.processInfo.environment["RTMP_CAMPAIGN"] != "full"

    private static func file(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: try #require(directory)).appending(path: name)))
    }

    private static func tags(_ file: StrictFLV) -> [(tag: StrictFLV.Tag, body: ArraySlice<UInt8>)] {
        file.tags.dropFirst().map { ($0, file.bytes[$0.body]) }
    }

    @Test func `what is left of every recording is valid and begins as the source does`() throws {
        let source = Self.tags(StrictFLV(try Self.file("source.flv")))
        let names = try FileManager.default.contentsOfDirectory(atPath: try #require(directory))
            .filter { $0.hasSuffix(".flv") && $0 != "source.flv" }.sorted()
        try #require(!names.isEmpty && source.count > 100)
        var cutOff = 0
        var withoutIndex = 0
        var tagCount = 0
        var indexed = 0
        var largest = 0.0
        // How many tags of the source the files of a run have so far.
        var places: [Substring: Int] = [:]
        for name in names {
            let bytes = try Self.file(name)
            let isInterrupted = Self.isKilled && !name.hasSuffix(".done.flv")
            var rules = isInterrupted ? StrictFLV.Rules.interrupted : .finished
            // Who is killed between two writes while the index grows leaves none.
            rules.needsIndex = !isInterrupted
            let file = StrictFLV(bytes, rules: rules)
            #expect(file.faults == [], "\(name)")
            let place = places[name.prefix(4), default: 0]
            // Every file but the first repeats two configurations.
            let tags = Self.tags(file).dropFirst(place > 0 ? 2 : 0)
            let theirs = source.dropFirst(place).prefix(tags.count)
            places[name.prefix(4)] = place + tags.count
            #expect(!tags.isEmpty && tags.count == theirs.count, "\(name)")
            let offset = (tags.last?.tag.time ?? 0) - (theirs.last?.tag.time ?? 0)
            for (number, (ours, theirs)) in zip(tags, theirs).enumerated() {
                let isEqual =
                    ours.tag.type == theirs.tag.type && ours.body == theirs.body
                    && (ours.tag.time == theirs.tag.time + offset || !ours.tag.isFrame)
                #expect(isEqual, "\(name): tag \(number) is not the source's")
                if !isEqual { break }
            }
            let end = file.tags.last.map { $0.body.upperBound + 4 } ?? 0
            if end < bytes.count { cutOff += 1 }
            let settled = file.keyframes.count(where: { $0.time <= (file.tags.last?.time ?? 0) - 1_100 })
            if file.index == nil, settled > 1 { withoutIndex += 1 }
            tagCount += tags.count
            indexed += file.index?.count ?? 0
            let last = tags.map(\.tag.time).max() ?? 0
            largest = max(largest, abs((file.number("duration") ?? .infinity) - Double(last) / 1000))
        }
        print(
            "\(names.count) files, \(tagCount) tags, \(indexed) index entries; \(cutOff) end inside a tag, "
                + "\(withoutIndex) have no index and should, durations are at most \(largest) s off the last tag")
    }
}

extension StrictFLV.Tag {
    fileprivate var isFrame: Bool {
        if case .frame = content { true } else { false }
    }
}
