// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

/// What the writer writes, the reader reads.
@Suite struct ChunkRoundTripTests {
    static let times: [UInt32] = [
        0, 0xFF_FFFE, 0xFF_FFFF, 0x100_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 5, 5, 25, 24, 0x100_0010,
    ]
    static let lanes: [UInt32] = [2, 63, 64, 319, 320, 65_599]

    static func written(
        _ messages: [RawMessage], on lane: (Int) -> UInt32, chunkSize: Int
    ) throws -> [UInt8] {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        try writer.setChunkSize(chunkSize, into: &output)
        for (index, message) in messages.enumerated() {
            try writer.write(message, on: ChunkStreamID(rawValue: lane(index)), into: &output)
        }
        return output
    }

    @Test(arguments: [1, 127, 128, 4_096, 60_000, 0x7FFF_FFFF])
    func `sizes and times around every boundary`(_ chunkSize: Int) throws {
        let payloads = [0, 1, 127, 128, 129, 256].map { pattern($0, $0) }
        for (index, lane) in Self.lanes.enumerated() {
            var messages: [RawMessage] = []
            for (turn, time) in Self.times.enumerated() {
                for payload in turn.isMultiple(of: 2) ? payloads : payloads.reversed() {
                    messages.append(
                        RawMessage(
                            typeID: turn % 3 == 0 ? .audio : .video, streamID: MessageStreamID(rawValue: UInt32(index)),
                            timestamp: RTMPTimestamp(time), payload: payload))
                }
            }
            let stream = try Self.written(messages, on: { _ in lane }, chunkSize: chunkSize)
            let outcome = ReadOutcome(stream)
            #expect(outcome.error == nil)
            #expect(Array(outcome.messages.dropFirst()) == messages)
            #expect(splitDifferences(of: stream, splits: [.seeded(1), .seeded(2)]) { ReadOutcome($0) } == [])
        }
    }

    @Test(arguments: [127, 4_096, 0x7FFF_FFFF]) func `the longest messages`(_ chunkSize: Int) throws {
        for count in [65_536, 0xFF_FFFF] {
            let message = RawMessage(
                typeID: .video, streamID: MessageStreamID(rawValue: 1), timestamp: 0x100_0000,
                payload: [UInt8](repeating: UInt8(count & 0x7F), count: count))
            let stream = try Self.written([message, message], on: { _ in 6 }, chunkSize: chunkSize)
            let pieces = stride(from: 0, to: stream.count, by: 65_536).map {
                stream[$0..<min($0 + 65_536, stream.count)]
            }
            let outcome = ReadOutcome(pieces)
            #expect(outcome.error == nil)
            // Not in the expectation itself, which would print 16 MB when it fails.
            let isSame = Array(outcome.messages.dropFirst()) == [message, message]
            #expect(isSame, "\(outcome.messages.map(\.payload.count))")
        }
    }

    @Test(arguments: SeededGenerator.seeds(40)) func `random messages on random chunk streams`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let chunkSize = [1, 2, 100, 128, 4_096][random.integer(in: 0..<5)]
        var time = UInt32(truncatingIfNeeded: random.next())
        let messages = (0..<60).map { _ in
            switch random.integer(in: 0..<10) {
            case 0: time = UInt32(truncatingIfNeeded: random.next())
            case 1: time &-= UInt32(random.integer(in: 0..<50))
            case 2: time &+= UInt32(random.integer(in: 0..<0x200_0000))
            case 3, 4: break
            default: time &+= 20
            }
            return RawMessage(
                typeID: [.audio, .video, .data][random.integer(in: 0..<3)],
                streamID: MessageStreamID(rawValue: UInt32(random.integer(in: 0..<2))), timestamp: RTMPTimestamp(time),
                payload: random.bytes([0, 1, 10, 10, 10, 200, 1_000][random.integer(in: 0..<7)]))
        }
        let choices = (0..<60).map { _ in Self.lanes[random.integer(in: 0..<6)] }
        let stream = try Self.written(messages, on: { choices[$0] }, chunkSize: chunkSize)
        let outcome = ReadOutcome(stream)
        #expect(outcome.error == nil)
        #expect(Array(outcome.messages.dropFirst()) == messages)
        let splits = [Split.byteByByte, .seeded(seed)]
        #expect(splitDifferences(of: stream, splits: splits) { ReadOutcome($0) } == [])
    }

    @Test(arguments: Fixture.captureNames())
    func `recorded sessions read the same in any pieces and after writing them anew`(_ name: String) throws {
        let capture = Fixture.capture(name)
        for side in [capture.client, capture.server] {
            let stream = Array(side.dropFirst(Handshake.size))
            let whole = ReadOutcome(stream)
            #expect(whole.error == nil)
            #expect(whole.messages.isEmpty == stream.isEmpty)
            let splits = stream.count < 20_000 ? [Split.byteByByte, .seeded(1)] : [.seeded(1)]
            #expect(splitDifferences(of: stream, splits: splits) { ReadOutcome($0).offsets } == [])
            let media = whole.messages.filter { $0.typeID != .setChunkSize }
            for chunkSize in [128, 4_096] {
                let again = ReadOutcome(try Self.written(media, on: { UInt32($0 % 3) + 2 }, chunkSize: chunkSize))
                #expect(Array(again.messages.dropFirst()) == media)
            }
        }
    }

    @Test func `recorded sessions hold as many messages as another dissector finds`() {
        // The dissector was not run over the sessions of OBS, which came later.
        let captures = Fixture.captureNames().filter { !$0.contains("obs29") }.map(Fixture.capture)
        let messages = captures.flatMap { [$0.client, $0.server] }.reduce(0) {
            $0 + ReadOutcome(Array($1.dropFirst(Handshake.size))).messages.count
        }
        #expect(messages == 6_637)
    }
}
