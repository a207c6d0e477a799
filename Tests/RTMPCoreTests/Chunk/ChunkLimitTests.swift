// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

/// What hostile bytes can make a reader keep and do.
@Suite struct ChunkLimitTests {
    static func limits(_ change: (inout Limits) -> Void) -> Limits {
        var limits = Limits()
        change(&limits)
        return limits
    }

    /// The header of a message on a chunk stream of its own, and one byte of it.
    static func begun(_ id: UInt32, length: UInt32) -> [UInt8] {
        var output: [UInt8] = []
        ChunkBasicHeader(.full, ChunkStreamID(rawValue: id)).encode(into: &output)
        var header = ChunkMessageHeader()
        header.length = length
        header.encode(.full, into: &output)
        return output
    }

    static let oneByteChunks = bytes("02 000000 000004 01 00000000 00000001")

    @Test func `a message longer than the limit is refused where it is announced`() {
        let limits = Self.limits { $0.messageLength = 1_000 }
        let fits = Self.begun(4, length: 1_000)
        #expect(ReadOutcome(fits, limits: limits).error == nil)
        let outcome = ReadOutcome(Self.oneByteChunks + Self.begun(4, length: 1_001), limits: limits)
        #expect(outcome.error?.code == .messageTooLarge)
        #expect(outcome.error?.context.hasSuffix("1001 bytes announced, limit 1000") == true)
        #expect(outcome.error?.offset == Self.oneByteChunks.count)
        #expect(outcome.messages.count == 1)
    }

    @Test func `a larger chunk size than the limit is refused`() {
        let limits = Self.limits { $0.chunkSize = 100_000 }
        #expect(ReadOutcome(bytes("02 000000 000004 01 00000000 000186a0"), limits: limits).error == nil)
        let outcome = ReadOutcome(bytes("02 000000 000004 01 00000000 000186a1"), limits: limits)
        #expect(outcome.error?.code == .invalidChunkSize)
        #expect(outcome.error?.context.contains("100001, limit 100000") == true)
    }

    @Test(arguments: [(false, 64), (true, 256)])
    func `so many chunk streams and not one more`(_ isAccepted: Bool, _ limit: Int) {
        var stream: [UInt8] = []
        for id in 0..<limit { stream += Self.begun(UInt32(id) + 3, length: 0) }
        #expect(ReadOutcome(stream, isAccepted: isAccepted).error == nil)
        let outcome = ReadOutcome(stream + Self.begun(1_000, length: 0), isAccepted: isAccepted)
        #expect(outcome.error?.code == .tooManyChunkStreams)
        #expect(outcome.error?.context.hasSuffix("limit \(limit)") == true)
        #expect(outcome.error?.offset == stream.count)
        #expect(outcome.messages.count == limit)
        // Those that are there can go on.
        #expect(ReadOutcome(stream + Self.begun(3, length: 0), isAccepted: isAccepted).error == nil)
    }

    @Test func `acceptance widens the limits of a reader in use`() throws {
        var reader = ChunkReader(limits: Self.limits { ($0.chunkStreams, $0.acceptedChunkStreams) = (1, 2) })
        let (first, second) = (Self.begun(3, length: 0), Self.begun(4, length: 0))
        reader.receive(first.span)
        #expect(try reader.nextMessage() != nil)
        reader.isAccepted = true
        reader.receive(second.span)
        #expect(try reader.nextMessage() != nil)
    }

    @Test(arguments: [false, true]) func `unfinished messages are limited together`(_ isAccepted: Bool) {
        let limits = Self.limits { ($0.partialBytes, $0.acceptedPartialBytes) = (1_000, 2_000) }
        let limit = isAccepted ? 2_000 : 1_000
        var stream: [UInt8] = []
        var id: UInt32 = 3
        for _ in stride(from: 0, to: limit - 127, by: 128) {
            stream += Self.begun(id, length: 500) + pattern(128)
            id += 1
        }
        let whole = ReadOutcome(stream, limits: limits, isAccepted: isAccepted)
        #expect(whole.error == nil)
        let over = stream + Self.begun(id, length: 500)
        let splits = [Split.whole, .byteByByte, .seeded(1)]
        for outcome in splits.map({ ReadOutcome($0.pieces(of: over), limits: limits, isAccepted: isAccepted) }) {
            #expect(outcome.error?.code == .tooManyPartialBytes)
            #expect(outcome.error?.offset == stream.count)
        }
        // One that fits into what is left is taken, and gives its room back.
        let small = Self.begun(id, length: 50) + pattern(50)
        #expect(ReadOutcome(stream + small + small + small, limits: limits, isAccepted: isAccepted).messages.count == 3)
    }

    @Test(arguments: [(false, 1_000, 7), (true, 2_000, 15)])
    func `the last byte of unfinished messages fits, one more does not`(
        _ isAccepted: Bool, _ limit: Int, _ chunks: Int
    ) {
        let limits = Self.limits { ($0.partialBytes, $0.acceptedPartialBytes) = (1_000, 2_000) }
        var stream: [UInt8] = []
        for id in 0..<chunks { stream += Self.begun(UInt32(10 + id), length: 500) + pattern(128) }
        let rest = UInt32(limit - chunks * 128)
        #expect(ReadOutcome(stream + Self.begun(4, length: rest), limits: limits, isAccepted: isAccepted).error == nil)
        let outcome = ReadOutcome(stream + Self.begun(4, length: rest + 1), limits: limits, isAccepted: isAccepted)
        #expect(outcome.error?.code == .tooManyPartialBytes)
        #expect(outcome.error?.context == "chunk stream 4, limit \(limit)")
    }

    @Test func `a message that goes on in short chunks meets the same limit`() {
        let limits = Self.limits { $0.partialBytes = 1_000 }
        var stream = Self.begun(3, length: 5_000) + pattern(128)
        for _ in 0..<7 { stream += [0xC3] + pattern(128) }
        let outcome = ReadOutcome(stream, limits: limits, isAccepted: false)
        #expect(outcome.error?.code == .tooManyPartialBytes)
        #expect(outcome.error?.offset == 12 + 128 + 6 * 129)
    }

    @Test func `thrown away messages give their room back`() {
        let limits = Self.limits { $0.partialBytes = 200 }
        var stream: [UInt8] = []
        for _ in 0..<10 { stream += Self.begun(6, length: 500) + pattern(128) }
        for _ in 0..<10 {
            stream += bytes("02 000000 000004 02 00000000 00000006")
            stream += Self.begun(6, length: 500) + pattern(128)
        }
        let outcome = ReadOutcome(stream, limits: limits, isAccepted: false)
        #expect(outcome.error == nil)
        #expect(outcome.discarded == 19)
    }

    @Test(arguments: [(false, 57, 5_000), (true, 197, 70_000)])
    func `memory comes with bytes, not with promises`(
        _ isAccepted: Bool, _ count: Int, _ each: Int
    ) throws {
        var reader = ChunkReader()
        reader.isAccepted = isAccepted
        var stream = Self.oneByteChunks
        for id in 0..<count { stream += Self.begun(UInt32(id) + 3, length: 0xFF_FFFF) + [0] }
        var position = 0
        while try reader.next(from: stream.span, at: &position) != nil {}
        #expect(reader.partialBytes == count)
        #expect(reader.streams.reduce(0) { $0 + $1.payload.capacity } < count * each)
    }

    @Test func `a long message in small chunks grows in few steps`() throws {
        var reader = ChunkReader()
        reader.isAccepted = true
        var writer = ChunkWriter()
        var output: [UInt8] = []
        let payload = [UInt8](repeating: 5, count: 2 << 20)
        try writer.write(
            typeID: .video, streamID: .netConnection, timestamp: 0, payload: payload.span, on: .video, into: &output)
        var capacities: Set<Int> = []
        for start in stride(from: 0, to: output.count, by: 1_000) {
            let piece = output[start..<min(start + 1_000, output.count)]
            var position = 0
            if let message = try reader.next(from: piece.span, at: &position) {
                let isSame = message.payload == payload
                #expect(isSame)
            }
            capacities.insert(reader.streams[0].payload.capacity)
        }
        #expect(capacities.count < 10)
        #expect(reader.streams[0].payload.capacity == 0, "handed out, not copied")
    }

    /// Random bytes, or a legal stream with some bytes changed.
    static func hostileBytes(_ seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        guard seed.isMultiple(of: 2) else { return random.bytes(2_000) }
        var stream = ChunkScript(seed: seed, steps: 60).stream
        for _ in 0..<random.integer(in: 1..<6) {
            stream[random.integer(in: 0..<stream.count)] = UInt8(random.integer(in: 0..<256))
        }
        return stream
    }

    @Test(arguments: SeededGenerator.seeds(300)) func `random bytes never trap and never exceed a limit`(_ seed: UInt64)
    {
        let limits = Self.limits {
            ($0.chunkStreams, $0.partialBytes, $0.messageLength) = (5, 700, 2_000)
        }
        let stream = Self.hostileBytes(seed)
        var reader = ChunkReader(limits: limits)
        var error: RTMPError?
        for piece in Split.seeded(seed).pieces(of: stream) where error == nil {
            var position = 0
            do throws(RTMPError) {
                while let message = try reader.next(from: piece.span, at: &position) {
                    #expect(message.payload.count <= 700)
                }
                #expect(position == piece.count)
            } catch let thrown {
                error = thrown
            }
            #expect(reader.streams.count <= 5)
            #expect(reader.partialBytes <= 700)
            #expect(reader.partialBytes == reader.streams.reduce(0) { $0 + $1.payload.count })
        }
        if let error { #expect((0...stream.count).contains(error.offset)) }
        let splits = [Split.byteByByte, .seeded(seed), .seeded(seed + 1)]
        #expect(splitDifferences(of: stream, splits: splits) { ReadOutcome($0, limits: limits) } == [])
    }
}
