// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

/// A recording that is broken off anywhere is a file that plays, can be sought in and knows how long it is.
@Suite struct RecordingPrefixTests {
    /// So much of a file is written whole or not at all, whenever a process is killed: pages of memory hold more.
    private static let sector = 512

    /// Configurations, then pictures and sound at 25 Hz, with a keyframe every `group` pictures.
    static func tags(_ count: Int, group: Int, size: Int = 9, from start: UInt32 = 5000) -> [FLVTag] {
        var tags = [
            FLVTag(kind: .scriptData, timestamp: 0, payload: metadata),
            FLVTag(kind: .video, timestamp: 0, payload: [0x17, 0, 0, 0, 0, 1, 66, 0, 30, 0xFF, 0xE0, 0]),
            FLVTag(kind: .audio, timestamp: 0, payload: [0xAF, 0, 0x12, 0x10]),
        ]
        for number in 0..<count {
            let time = start &+ UInt32(number * 40)
            let body = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
            let type: UInt8 = number % group == 0 ? 0x17 : 0x27
            tags.append(FLVTag(kind: .video, timestamp: time, payload: [type, 1, 0, 0, 0] + body))
            tags.append(FLVTag(kind: .audio, timestamp: time &+ 5, payload: [0xAF, 1] + body))
        }
        return tags
    }

    private static var metadata: [UInt8] {
        var bytes: [UInt8] = []
        try? FLVMetadata(["title": "a title", "duration": 7, "width": 320]).encode(into: &bytes)
        return bytes
    }

    /// A recording with what is to be done after each message.
    static func operations(_ tags: [FLVTag], headSize: Int, every count: Int) -> [Recording.Operation] {
        var recording = Recording(headSize: headSize)
        var operations: [Recording.Operation] = []
        for (number, tag) in tags.enumerated() {
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
            if number % count == 0 { operations += recording.takeOperations() }
        }
        recording.finish()
        return operations + recording.takeOperations()
    }

    /// What lies in the file while one operation is under way, where it can be broken off.
    static func states(of operation: Recording.Operation, on file: [UInt8], everyByte: Bool) -> [[UInt8]] {
        switch operation {
        case .append(let bytes, _):
            let cuts = everyByte ? Array(0..<bytes.count) : stride(from: 0, to: bytes.count, by: 97).map { $0 }
            return cuts.map { file + bytes[..<$0] }
        case .overwrite(let offset, let bytes):
            return stride(from: (offset / sector + 1) * sector, to: offset + bytes.count, by: sector).map { end in
                var file = file
                file.replaceSubrange(offset..<end, with: bytes[..<(end - offset)])
                return file
            }
        }
    }

    /// Checks every state of a recording; answers how many lacked an index.
    private func check(_ operations: [Recording.Operation], headSize: Int, everyByte: Bool) -> Int {
        var file: [UInt8] = []
        var withoutIndex = 0
        var expected: [UInt8] = []
        for operation in operations {
            var states = Self.states(of: operation, on: file, everyByte: everyByte)
            RecordingTests.apply([operation], to: &file)
            states.append(file)
            for bytes in states {
                // Without a frame there is nothing to play yet.
                guard bytes.count > headSize + 200 else { continue }
                var rules = StrictFLV.Rules.interrupted
                rules.needsIndex = false
                let strict = StrictFLV(bytes, rules: rules)
                #expect(strict.faults == [], "\(bytes.count) bytes")
                let isLong = strict.keyframes.count(where: { $0.time <= (strict.tags.last?.time ?? 0) - 1100 }) > 1
                if strict.index == nil, isLong { withoutIndex += 1 }
            }
            if case .append(let bytes, _) = operation { expected += bytes }
        }
        #expect(StrictFLV(file).faults == [])
        let isUntouched = file[headSize...] == expected[headSize...]
        #expect(isUntouched, "only the head is overwritten")
        return withoutIndex
    }

    @Test func `it may be broken off at every byte`() {
        let operations = Self.operations(Self.tags(45, group: 6), headSize: 1024, every: 5)
        let overwrites = operations.count { if case .overwrite = $0 { true } else { false } }
        let withoutIndex = check(operations, headSize: 1024, everyByte: true)
        // Only between the first and the last of the three writes that change an index.
        #expect(withoutIndex <= overwrites)
    }

    @Test(arguments: [640, 1500, 5000])
    func `it may be broken off in every operation, while the index grows and thins itself out`(headSize: Int) throws {
        let operations = Self.operations(Self.tags(280, group: 2), headSize: headSize, every: 9)
        _ = check(operations, headSize: headSize, everyByte: false)
    }

    @Test func `every write of the head lies within one sector, except where it is hidden`() {
        for operation in Self.operations(Self.tags(500, group: 25), headSize: 4096, every: 3) {
            guard case .overwrite(let offset, let bytes) = operation else { continue }
            #expect(offset == 0 && bytes.count == Self.sector || offset == Self.sector)
            #expect(offset + bytes.count <= 4096)
        }
    }

    @Test(arguments: [3, 4, 5, 50, 51, 1000])
    func `an index keeps the first and the last keyframe and an even spread`(count: Int) throws {
        let tags = Self.tags(count, group: 1)
        let file = StrictFLV(RecordingTests.file(tags, recording: Recording(headSize: 1400)))
        #expect(file.faults == [])
        let index = try #require(file.index)
        let capacity = (1400 - 7 - 14 - 512 - 17 - 47) / 18
        #expect(index.count <= capacity)
        #expect(index.count == count || index.count > capacity / 2)
        #expect(index.first?.position == file.keyframes.first?.offset)
        #expect(index.last?.position == file.keyframes.last?.offset)
        let steps = Set(zip(index.dropFirst().dropLast(), index).map { Int(($0.seconds - $1.seconds) * 1000 + 0.5) })
        #expect(steps.count == 1)
    }

    @Test func `a disk that is full at any byte leaves whole tags and a head that says so`() {
        let tags = Self.tags(45, group: 10)
        let sound = RecordingTests.sound.payload
        var recording = Recording(headSize: 1024)
        var file: [UInt8] = []
        var written = RecordingTotals()
        for (number, tag) in tags.enumerated() {
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
            guard number % 30 == 29 else { continue }
            for operation in recording.takeOperations() {
                guard case .append(let bytes, let totals) = operation else {
                    RecordingTests.apply([operation], to: &file)
                    continue
                }
                for size in (max(file.count, 1300))..<max(file.count + bytes.count, 1300) {
                    // Some messages more are waiting.
                    var full = recording
                    full.append(kind: .audio, timestamp: 9000, payload: sound.span)
                    let left = full.totals(written, with: bytes.span, within: Int64(size))
                    #expect(left.bytes <= size && left.bytes > size - 30)
                    full.finish(cutTo: left)
                    var disk = Array((file + bytes)[..<Int(left.bytes)])
                    RecordingTests.apply(full.takeOperations(), to: &disk)
                    let strict = StrictFLV(disk)
                    #expect(strict.faults == [], "cut at \(size)")
                    #expect(left.tags == strict.tags.count)
                    #expect(left.keyframes == strict.keyframes.count)
                }
                RecordingTests.apply([operation], to: &file)
                written = totals
            }
        }
        #expect(written.tags > 50)
    }

    @Test func `a disk that is full before the first tag is whole leaves nothing`() {
        var recording = Recording(headSize: 1024)
        for tag in Self.tags(3, group: 10) {
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
        }
        guard case .append(let bytes, _)? = recording.takeOperations().first else { return }
        let left = recording.totals(RecordingTotals(), with: bytes.span, within: 1000)
        #expect(left == RecordingTotals())
        recording.finish(cutTo: left)
        #expect(!recording.hasOperations)
    }

    @Test func `on a pipe the same bytes come, and nothing is overwritten`() {
        let tags = Self.tags(200, group: 10)
        var recording = Recording()
        recording.updatesHead = false
        for tag in tags { recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span) }
        recording.finish()
        var bytes: [UInt8] = []
        for operation in recording.takeOperations() {
            guard case .append(let piece, upTo: let totals) = operation else {
                Issue.record("overwrites \(operation)")
                return
            }
            bytes += piece
            #expect(totals.bytes == bytes.count)
        }
        let file = RecordingTests.file(tags)
        #expect(bytes.count == file.count)
        #expect(bytes[Recording.defaultHeadSize...] == file[Recording.defaultHeadSize...])
        var rules = StrictFLV.Rules(needsIndex: false)
        rules.durationTolerance = 10
        rules.lag = 10
        #expect(StrictFLV(bytes, rules: rules).faults == [])
    }

    @Test func `what a publisher says at length is kept behind the index`() throws {
        let long = String(repeating: "x", count: 40_000)
        var metadata: [UInt8] = []
        try FLVMetadata(["title": .string("short"), "xmp": .string(.init(long)), "title2": "b", "keyframes": 5])
            .encode(into: &metadata)
        var tags = Self.tags(60, group: 10)
        tags[0].payload = metadata
        let file = RecordingTests.file(tags, recording: Recording(headSize: 2000))
        let strict = StrictFLV(file)
        #expect(strict.faults == [])
        #expect(strict.metadata?["xmp"]?.string == long)
        #expect(strict.metadata?["title"]?.string == "short")
        #expect(try #require(strict.index).count >= 3)
    }
}
