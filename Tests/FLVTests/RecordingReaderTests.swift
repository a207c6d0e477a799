// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

/// A recording that was broken off is read and continued, and nothing tells that it ever was.
@Suite struct RecordingReaderTests {
    private func write(_ tags: some Sequence<FLVTag>, to recording: inout Recording, _ file: inout [UInt8]) {
        for tag in tags { recording.append(tag) }
        RecordingTests.apply(recording.takeOperations(), to: &file)
    }

    private func finish(_ recording: inout Recording, _ file: inout [UInt8]) {
        recording.finish()
        RecordingTests.apply(recording.takeOperations(), to: &file)
    }

    private func read(_ file: [UInt8], skipping count: Int = 0) throws(RecordingReader.Fault) -> RecordingTail {
        var reader = RecordingReader(skippingKeyframes: count)
        for start in stride(from: 0, to: file.count, by: 1000) {
            reader.receive(file[start..<min(start + 1000, file.count)].span)
        }
        return try reader.finish()
    }

    @Test func `a file that was cut off anywhere becomes the same as one that was not`() throws {
        let tags = RecordingPrefixTests.tags(150, group: 10)
        var whole: [UInt8] = []
        var recording = Recording(headSize: 2048)
        write(tags, to: &recording, &whole)
        finish(&recording, &whole)

        // As the killed process left it: the head knows only what it was told last.
        var killed: [UInt8] = []
        var half = Recording(headSize: 2048)
        write(tags, to: &half, &killed)
        for size in Array(2400..<2460) + stride(from: 2460, to: whole.count, by: 397) {
            let cut = Array(killed[..<size])
            let tail = try read(cut)
            var recording = tail.recording
            var file = Array(cut[..<Int(recording.totals.bytes)])
            #expect((0..<40).contains(cut.count - file.count))
            write(tags[(Int(recording.totals.tags))...], to: &recording, &file)
            finish(&recording, &file)
            // Times of the source begin at 5 s, those of the file at 0.
            let strict = StrictFLV(file)
            #expect(strict.faults == [])
            #expect(strict.tags.count == tags.count)
        }
    }

    @Test func `whatever a killed process leaves is continued, also in the midst of an index`() throws {
        let headSize = 1500
        let tags = RecordingPrefixTests.tags(120, group: 4, from: 0)
        let operations = RecordingPrefixTests.operations(tags, headSize: headSize, every: 7)
        var whole: [UInt8] = []
        RecordingTests.apply(operations, to: &whole)
        var file: [UInt8] = []
        var count = 0
        for operation in operations {
            var states = RecordingPrefixTests.states(of: operation, on: file, everyByte: false)
            RecordingTests.apply([operation], to: &file)
            states.append(file)
            for bytes in states where bytes.count > headSize + 200 {
                var recording = try read(bytes).recording
                var continued = Array(bytes[..<Int(recording.totals.bytes)])
                write(tags[Int(recording.totals.tags)...], to: &recording, &continued)
                finish(&recording, &continued)
                #expect(continued.count == whole.count && continued[headSize...] == whole[headSize...])
                #expect(StrictFLV(continued).faults == [])
                count += 1
            }
        }
        #expect(count > 100)
    }

    @Test func `every place is continued with what comes behind it`() throws {
        var times = RecordingPrefixTests.tags(100, group: 10, from: 0)
        var whole: [UInt8] = []
        var recording = Recording(headSize: 2048)
        write(times, to: &recording, &whole)
        finish(&recording, &whole)
        let tail = try read(Array(whole[..<(whole.count / 2)]))
        times.removeFirst(Int(tail.recording.totals.tags))
        var continued = tail.recording
        var file = Array(whole[..<Int(continued.totals.bytes)])
        write(times, to: &continued, &file)
        finish(&continued, &file)
        #expect(file == whole)
        #expect(continued.totals == recording.totals)
    }

    @Test func `the tail begins with a keyframe that more than one frame follows`() throws {
        let tags = RecordingPrefixTests.tags(43, group: 20, from: 0)
        var file: [UInt8] = []
        var recording = Recording(headSize: 2048)
        write(tags, to: &recording, &file)
        for (skipped, time) in [(0, 1600), (1, 800), (2, 0), (9, 0)] as [(Int, Int64)] {
            let tail = try read(file, skipping: skipped)
            #expect(tail.marks.first?.time == time)
            #expect(tail.marks.first?.isKeyframe == true)
            #expect(tail.lead == max(0, time - 800))
            #expect(tail.end(of: .video, trackID: 0) == 1680)
            #expect(tail.end(of: .audio, trackID: 0) == 1685)
            #expect(tail.end(of: .audio, trackID: 1) == nil)
        }
        // Two frames behind the last keyframe are too few.
        let size = try #require(StrictFLV(file, rules: .interrupted).keyframes.last).offset + 60
        #expect(try read(Array(file[..<size])).marks.first?.time == 800)
    }

    @Test func `sound alone has places everywhere`() throws {
        let tags = RecordingPrefixTests.tags(200, group: 20, from: 0).filter { $0.kind != .video }
        var file: [UInt8] = []
        var recording = Recording(headSize: 2048)
        write(tags, to: &recording, &file)
        let tail = try read(file)
        #expect((7_000...7_965).contains(try #require(tail.marks.first).time))
    }

    @Test func `what was not recorded by us, is damaged or empty is told apart`() throws {
        let foreign = Fixture.bytes("flv/h264_aac.flv")
        #expect(throws: RecordingReader.Fault.foreign) { try read(foreign) }
        #expect(throws: RecordingReader.Fault.empty) { try read([]) }
        #expect(throws: RecordingReader.Fault.empty) { try read(Array(foreign[..<100])) }
        var file: [UInt8] = []
        var recording = Recording(headSize: 2048)
        write(RecordingPrefixTests.tags(50, group: 10), to: &recording, &file)
        #expect(throws: RecordingReader.Fault.empty) { try read(Array(file[..<1500])) }
        // The type of a tag in the middle, and how long it says that it is.
        let place = try #require(StrictFLV(file, rules: .interrupted).tags.dropFirst(50).first).offset
        for (position, byte) in [(place, 0x5A), (place + 3, 0x01)] as [(Int, UInt8)] {
            var broken = file
            broken[position] = byte
            #expect(throws: RecordingReader.Fault.self) { try read(broken) }
        }
        #expect(throws: RecordingReader.Fault.self) { try read(Array("#!/bin/sh\necho this is not a film\n".utf8)) }
    }
}
