// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// The judge of files is itself judged: a right file passes, and each fault is found.
@Suite struct StrictFLVTests {
    /// A file put together by hand.
    struct File {
        var flags: UInt8 = 5
        var tags: [(type: UInt8, time: UInt32, body: [UInt8])] = [
            (9, 0, [0x17, 0, 0, 0, 0, 1, 66]), (8, 0, [0xAF, 0, 0x12, 0x10]), (8, 0, [0xAF, 1, 9]),
            (9, 0, [0x17, 1, 0, 0, 0, 7, 7]), (9, 40, [0x27, 1, 0, 0, 0, 6]), (8, 23, [0xAF, 1, 8]),
            (9, 80, [0x17, 1, 0, 0, 0, 7, 8]), (9, 120, [0x27, 1, 0, 0, 0, 5]), (9, 160, [0x17, 1, 0, 0, 0, 4]),
        ]
        var duration = 0.2
        var fileSize: Double?
        /// Which tags the index names, by their number.
        var indexed = [3, 6, 8]
        var moved = 0.0
        var late = 0.0
        var extra: [UInt8] = []
        var count: UInt32 = 4

        static func number(_ number: Double) -> [UInt8] {
            [0] + (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (56 - 8 * $0)) }
        }

        static func text(_ text: String) -> [UInt8] { [0, UInt8(text.utf8.count)] + Array(text.utf8) }

        static func array(_ numbers: [Double]) -> [UInt8] {
            [10, 0, 0, 0, UInt8(numbers.count)] + numbers.flatMap(number)
        }

        static func tag(_ type: UInt8, _ time: UInt32, _ body: [UInt8]) -> [UInt8] {
            let size = body.count
            let back = size + 11
            return [type, 0, UInt8(size >> 8), UInt8(size & 255), UInt8(time >> 16 & 255), UInt8(time >> 8 & 255)]
                + [UInt8(time & 255), UInt8(time >> 24), 0, 0, 0] + body + [0, 0, UInt8(back >> 8), UInt8(back & 255)]
        }

        func metadata(positions: [Double], fileSize: Double) -> [UInt8] {
            var body: [UInt8] = [2] + Self.text("onMetaData") + [8, 0, 0, 0, UInt8(count)]
            body += Self.text("duration") + Self.number(duration)
            body += Self.text("filesize") + Self.number(fileSize)
            body += Self.text("hasKeyframes") + [1, 1]
            body += Self.text("keyframes") + [3] + Self.text("filepositions") + Self.array(positions)
            body += Self.text("times") + Self.array(indexed.map { Double(tags[$0].time) / 1000 + late }) + [0, 0, 9]
            return body + extra + [0, 0, 9]
        }

        var bytes: [UInt8] {
            let front = 13 + Self.tag(18, 0, metadata(positions: indexed.map { _ in 0 }, fileSize: 0)).count
            var body: [UInt8] = []
            var offsets: [Double] = []
            for tag in tags {
                offsets.append(Double(front + body.count))
                body += Self.tag(tag.type, tag.time, tag.body)
            }
            let positions = indexed.map { offsets[$0] + moved }
            let size = fileSize ?? Double(front + body.count)
            return [0x46, 0x4C, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]
                + Self.tag(18, 0, metadata(positions: positions, fileSize: size)) + body
        }
    }

    static func faults(_ rules: StrictFLV.Rules = .finished, _ change: (inout File) -> Void) -> [String] {
        var file = File()
        change(&file)
        return StrictFLV(file.bytes, rules: rules).faults
    }

    @Test func `a right file has no fault, and is read as it is`() {
        let file = StrictFLV(File().bytes)
        #expect(file.faults == [])
        #expect(file.tags.count == 10)
        #expect(file.keyframes.map(\.time) == [0, 80, 160])
        #expect(file.index?.map(\.position) == file.keyframes.map(\.offset))
        #expect(file.index?.map(\.seconds) == [0, 0.08, 0.16])
        #expect(file.number("duration") == 0.2)
        #expect(file.frames.count == 7)
    }

    @Test func `faults of the frame are found`() {
        let good = File().bytes
        #expect(StrictFLV([]).faults != [])
        for (offset, byte) in [(0, 0x47), (3, 2), (4, 0xFF), (8, 10), (12, 1), (13, 0x52), (13, 7), (23, 1)] {
            var bytes = good
            bytes[offset] = UInt8(byte)
            #expect(StrictFLV(bytes).faults != [], "byte \(offset) is \(byte)")
        }
        for count in 1..<good.count { #expect(StrictFLV(Array(good[..<count])).faults != [], "cut at \(count)") }
        var bytes = good
        bytes[good.count - 1] += 1
        #expect(StrictFLV(bytes).faults != [])
        #expect(StrictFLV(good + good).faults != [])
        #expect(Self.faults { $0.flags = 4 } != [])
        #expect(Self.faults { $0.tags.append((31, 160, [1])) } != [])
    }

    @Test func `steps back and frames without configuration are found`() {
        #expect(Self.faults { $0.tags.append((9, 159, [0x27, 1, 0, 0, 0, 1])) } != [])
        #expect(Self.faults { $0.tags.append((8, 22, [0xAF, 1, 1])) } != [])
        #expect(Self.faults { $0.tags.append((8, 23, [0xAF, 1, 1])) } == [])
        #expect(Self.faults { $0.tags[0].body = [0x17, 0, 0, 0, 0] } != [])
        #expect(Self.faults { $0.tags[1].body = [0xAF, 0] } != [])
        let lenient = StrictFLV.Rules(needsConfigurations: false)
        #expect(Self.faults(lenient) { $0.tags[1].body = [0xAF, 0] } == [])
        let second: [UInt8] = [0x96, 1, 0x6D, 0x70, 0x34, 0x61, 1, 9]
        #expect(Self.faults { $0.tags.append((8, 30, [0x95, 1, 0x6D, 0x70, 0x34, 0x61, 1, 9])) } != [])
        #expect(Self.faults { $0.tags.append((8, 30, second)) } == [], "an unknown packet type is no frame")
    }

    @Test func `wrong metadata are found`() {
        #expect(Self.faults { $0.duration = 0.159 } != [])
        #expect(Self.faults { $0.duration = 1.5 } != [])
        #expect(Self.faults { $0.duration = .nan } != [])
        #expect(Self.faults { $0.fileSize = 100 } != [])
        #expect(Self.faults { $0.count = 3 } != [])
        #expect(
            Self.faults {
                $0.extra = File.text("lasttimestamp") + File.number(0.16)
                $0.count = 5
            } == [])
        for (name, value) in [
            ("lasttimestamp", File.number(0.2)), ("lastkeyframetimestamp", File.number(0.08)),
            ("lastkeyframelocation", File.number(99)), ("hasVideo", [1, 0]), ("hasAudio", [1, 0]),
            ("duration", File.number(0.2)),
        ] {
            let faults = Self.faults {
                $0.extra = File.text(name) + value
                $0.count = 5
            }
            #expect(faults != [], "\(name)")
        }
        var noEnd = File()
        noEnd.extra = [0]
        #expect(StrictFLV(noEnd.bytes).faults != [])
        #expect(StrictFLV(Fixture.bytes("flv/h264_aac_nometa.flv")).faults != [])
    }

    @Test func `a wrong index is found`() {
        #expect(Self.faults { $0.moved = 4 } != [])
        #expect(Self.faults { $0.late = 0.001 } != [])
        #expect(Self.faults { $0.indexed = [3, 6] } != [])
        #expect(Self.faults { $0.indexed = [6, 8] } != [])
        #expect(Self.faults { $0.indexed = [3, 8, 6] } != [])
        #expect(Self.faults { $0.indexed = [3, 4, 8] } != [])
        #expect(Self.faults { $0.indexed = [0, 3, 8] } != [])
        #expect(Self.faults { $0.indexed = [] } != [])
        #expect(Self.faults { $0.indexed = [3, 8] } == [])
        #expect(Self.faults(StrictFLV.Rules(mayThinIndex: false)) { $0.indexed = [3, 8] } != [])
    }

    @Test func `a file whose writer was killed may lack its end, and only that`() {
        var long = File()
        for second in 1..<6 { long.tags.append((9, UInt32(second * 1000), [0x17, 1, 0, 0, 0, UInt8(second)])) }
        long.duration = 4
        long.indexed = [3, 6, 8, 9, 10, 11]
        long.fileSize = Double(long.bytes.count - 42)
        #expect(StrictFLV(long.bytes, rules: .interrupted).faults == [])
        #expect(StrictFLV(Array(long.bytes.dropLast(9)), rules: .interrupted).faults == [])
        #expect(StrictFLV(long.bytes).faults != [])
        long.duration = 3.8
        #expect(StrictFLV(long.bytes, rules: .interrupted).faults != [])
        long.duration = 4
        long.indexed = [3, 6, 8]
        #expect(StrictFLV(long.bytes, rules: .interrupted).faults != [])
    }
}
