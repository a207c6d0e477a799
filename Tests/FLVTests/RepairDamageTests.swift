// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

/// Files that are damaged at random: what is repaired is a right file, has every tag that was not hit, and nothing else.
@Suite struct RepairDamageTests {
    /// A file of which is known where each byte came from.
    struct Damaged {
        var bytes: [UInt8]
        /// The byte's place in the source; nil for what was inserted. A byte that was changed keeps its place.
        var origins: [Int?]
        var isChanged: [Bool]
        var steps: [String] = []

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            origins = bytes.indices.map { $0 }
            isChanged = bytes.map { _ in false }
        }

        mutating func remove(_ range: Range<Int>) {
            bytes.removeSubrange(range)
            origins.removeSubrange(range)
            isChanged.removeSubrange(range)
            steps.append("removed \(range)")
        }

        mutating func insert(_ new: [UInt8], _ places: [Int?], at index: Int) {
            bytes.insert(contentsOf: new, at: index)
            origins.insert(contentsOf: places, at: index)
            isChanged.insert(contentsOf: new.map { _ in false }, at: index)
            steps.append("inserted \(new.count) at \(index)")
        }

        mutating func damage(_ random: inout SeededGenerator, source: [UInt8]) {
            guard bytes.count > 200 else { return }
            let index = random.integer(in: 0..<bytes.count)
            switch random.integer(in: 0..<6) {
            case 0:
                remove(index..<bytes.count)
            case 1:
                remove(index..<min(bytes.count, index + 1 + random.integer(in: 0..<3_000)))
            case 2:
                let garbage = random.bytes(1 + random.integer(in: 0..<2_000))
                insert(garbage, garbage.map { _ in nil }, at: index)
            case 3:
                let garbage = [UInt8](repeating: [0, 0x5A, 9, 0xFF][random.integer(in: 0..<4)], count: 700)
                insert(garbage, garbage.map { _ in nil }, at: index)
            case 4:
                insert(source, source.indices.map { $0 }, at: bytes.count)
            default:
                for _ in 0..<(1 + random.integer(in: 0..<20)) {
                    let place = random.integer(in: 0..<bytes.count)
                    bytes[place] ^= 1 << UInt8(random.integer(in: 0..<8))
                    isChanged[place] = true
                    steps.append("changed \(place)")
                }
            }
        }

        /// The bodies of the tags that lie here as they did in the source, perhaps with changed bytes in the body.
        func bodies(_ starts: Set<Int>) -> (intact: [[UInt8]], possible: Set<[UInt8]>) {
            var intact: [[UInt8]] = []
            var possible: Set<[UInt8]> = []
            for index in bytes.indices {
                guard let origin = origins[index], starts.contains(origin), index + 11 <= bytes.count else { continue }
                let size = bytes[(index + 1)..<(index + 4)].reduce(0) { $0 << 8 | Int($1) }
                let end = index + 11 + size
                guard end <= bytes.count, (index..<end).allSatisfy({ origins[$0] == origin + $0 - index }) else {
                    continue
                }
                let body = Array(bytes[(index + 11)..<end])
                possible.insert(body)
                let isWhole =
                    end + 4 <= bytes.count
                    && (index..<(end + 4)).allSatisfy { origins[$0] == origin + $0 - index && !isChanged[$0] }
                if isWhole, bytes[index] != 18 || FLVMetadata(decoding: body.span) == nil { intact.append(body) }
            }
            return (intact, possible)
        }
    }

    static let names = [
        "h264_aac.flv", "h264_aac_kfindex_f9.flv", "flv1_mp3.flv", "hevc_opus_bframes.flv", "synth_manytracks.flv",
        "aac_only.flv", "h264_ts_31bit_cross.flv", "synth_script_tags.flv", "broken_prevtagsize_zero.flv",
    ]

    static func starts(_ source: [UInt8]) -> Set<Int> {
        var starts: Set<Int> = []
        var position = 13
        while position + 11 <= source.count {
            starts.insert(position)
            position += 15 + source[(position + 1)..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        return starts
    }

    @Test(arguments: SeededGenerator.seeds(60))
    func `random damage is repaired`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let name = Self.names[random.integer(in: 0..<Self.names.count)]
        let source = Fixture.bytes("flv/\(name)")
        let starts = Self.starts(source)
        var damaged = Damaged(source)
        for _ in 0..<(1 + random.integer(in: 0..<4)) { damaged.damage(&random, source: source) }
        let (file, tags, report) = RepairTests.repaired(damaged.bytes, pieces: 1 + random.integer(in: 0..<9_000))
        let story: Comment = "\(name), \(damaged.steps.joined(separator: ", ")): \(report.lines)"
        var rules = StrictFLV.Rules(needsConfigurations: false, mayHaveUnknownTags: true)
        // A changed composition time may be anything up to a quarter of an hour.
        rules.durationTolerance = 1_000
        if !tags.isEmpty { #expect(StrictFLV(file, rules: rules).faults == [], story) }
        let (intact, possible) = damaged.bodies(starts)
        for tag in tags where !possible.contains(tag.payload) {
            Issue.record("a tag of \(tag.payload.count) bytes is not in the source; \(story)")
        }
        // Without right sizes a tag is only known by what follows it.
        guard !name.contains("prevtagsize") else { return }
        var left: [[UInt8]: Int] = [:]
        for tag in tags { left[tag.payload, default: 0] += 1 }
        for body in intact {
            left[body, default: 0] -= 1
            if left[body, default: 0] < 0 { Issue.record("a tag of \(body.count) bytes is lost; \(story)") }
        }
        let written = ReadFile(file)
        #expect(written.error == nil, story)
        #expect(written.tags.count >= tags.filter { $0.kind != .scriptData }.count, story)
    }
}
