// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct ChunkWriterTests {
    static let stream = MessageStreamID(rawValue: 1)
    static let lane = ChunkStreamID(rawValue: 4)

    static func message(
        _ time: UInt32, _ payload: [UInt8] = [0xAA], type: MessageTypeID = .audio, stream: MessageStreamID = stream
    ) -> RawMessage {
        RawMessage(typeID: type, streamID: stream, timestamp: RTMPTimestamp(time), payload: payload)
    }

    /// The chunks of `messages`, each apart.
    static func written(_ messages: [RawMessage], on lane: ChunkStreamID = lane) throws -> [String] {
        var writer = ChunkWriter()
        return try messages.map {
            var output: [UInt8] = []
            try writer.write($0, on: lane, into: &output)
            return hex(output).replacing(" ", with: "")
        }
    }

    @Test func `headers are as short as all readers understand alike`() throws {
        let two: [UInt8] = [0xAA, 0xAA]
        #expect(
            try Self.written([
                Self.message(1_000), Self.message(2_000), Self.message(3_000), Self.message(3_020),
                Self.message(3_040, two), Self.message(3_060, two, type: .video),
                Self.message(3_060, two, type: .video),
                Self.message(3_060, two, type: .video), Self.message(3_059, two, type: .video),
                Self.message(3_079, two, type: .video, stream: .netConnection),
            ]) == [
                "040003e80000010801000000aa", "840003e8aa", "c4aa", "84000014aa",
                "440000140000" + "0208aaaa", "440000140000" + "0209aaaa", "84000000aaaa",
                "c4aaaa", "04000bf30000020901000000aaaa",
                "04000c070000020900000000aaaa",
            ])
    }

    @Test func `a type 3 header follows a type 0 header only where both say zero`() throws {
        #expect(try Self.written([Self.message(0), Self.message(0)]).last == "c4aa")
        #expect(try Self.written([Self.message(20), Self.message(20)]).last == "84000000aa")
        #expect(try Self.written([Self.message(20), Self.message(40)]).last == "84000014aa")
    }

    @Test func `deltas are never extended`() throws {
        #expect(try Self.written([Self.message(0), Self.message(0xFF_FFFE)]).last == "84fffffeaa")
        #expect(
            try Self.written([Self.message(0), Self.message(0xFF_FFFF)]).last == "04ffffff000001080100000000ffffffaa")
        #expect(try Self.written([Self.message(0xFFFF_FFFF), Self.message(5)]).last == "84000006aa", "across the wrap")
    }

    @Test func `an extended timestamp is repeated in every chunk of its message and not in the next`() throws {
        let chunks = try Self.written([
            Self.message(0x0100_0000, pattern(257)), Self.message(0x0100_0001, pattern(129)),
        ])
        let payload = pattern(257)
        var first = bytes("04 ffffff 000101 08 01000000 01000000") + payload[..<128]
        first += bytes("c4 01000000") + payload[128..<256]
        first += bytes("c4 01000000") + payload[256...]
        #expect(bytes(chunks[0]) == first)
        let second = bytes("44 000001 000081 08") + payload[..<128] + bytes("c4") + payload[128..<129]
        #expect(bytes(chunks[1]) == second)
    }

    @Test func `every chunk stream has a memory of its own`() throws {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        for lane: UInt32 in [4, 6, 4, 6] {
            try writer.write(Self.message(lane), on: ChunkStreamID(rawValue: lane), into: &output)
        }
        #expect(
            output
                == bytes(
                    "04 000004 000001 08 01000000 aa  06 000006 000001 08 01000000 aa  84 000000 aa  86 000000 aa"))
    }

    @Test func `a full header is written on demand, and remembered`() throws {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        try writer.write(Self.message(10), on: Self.lane, into: &output)
        try writer.write(Self.message(20), on: Self.lane, fullHeader: true, into: &output)
        try writer.write(Self.message(30), on: Self.lane, into: &output)
        #expect(
            output == bytes("04 00000a 000001 08 01000000 aa  04 000014 000001 08 01000000 aa  84 00000a aa"))
    }

    @Test func `a chunk size is announced and then used`() throws {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        try writer.setChunkSize(4_096, into: &output)
        #expect(output == bytes("02 000000 000004 01 00000000 00001000"))
        #expect(writer.chunkSize == 4_096)
        output = []
        try writer.write(Self.message(0, pattern(4_097)), on: Self.lane, into: &output)
        #expect(output.count == 12 + 4_096 + 1 + 1)
        // Written as a message it takes effect all the same, and only behind itself.
        try writer.setChunkSize(1, into: &output)
        output = []
        try writer.write(RTMPMessage.setChunkSize(3).encoded(), on: .control, fullHeader: true, into: &output)
        #expect(output == bytes("02 000000 000004 01 00000000 00 c2 00 c2 00 c2 03"))
        #expect(writer.chunkSize == 3)
        try writer.setChunkSize(0x7FFF_FFFF, into: &output)
        #expect(writer.chunkSize == 0xFF_FFFF)
    }

    @Test func `what no reader takes is refused, and nothing is written`() throws {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        for size in [0, -1, 0x8000_0000, .max, .min] {
            let error = #expect(throws: UsageError.self) { try writer.setChunkSize(size, into: &output) }
            #expect(error?.code == .invalidChunkSize)
        }
        for id: UInt32 in [0, 1, 65_600, .max] {
            let error = #expect(throws: UsageError.self) {
                try writer.write(Self.message(0), on: ChunkStreamID(rawValue: id), into: &output)
            }
            #expect(error?.code == .invalidChunkStream)
        }
        let long = Self.message(0, [UInt8](repeating: 0, count: 0x100_0000))
        let error = #expect(throws: UsageError.self) { try writer.write(long, on: Self.lane, into: &output) }
        #expect(error?.code == .messageTooLarge)
        let short = Self.message(0, [0, 0, 1], type: .setChunkSize)
        #expect(throws: UsageError.self) { try writer.write(short, on: .control, into: &output) }
        #expect(output == [])
        #expect(writer.chunkSize == 128)
    }

    @Test(arguments: [0, 0xFF_FFFE, 0xFF_FFFF, 0xFFFF_FFFF] as [UInt32], [2, 63, 64, 320] as [UInt32])
    func `messages without a memory are written in pieces as in one`(_ time: UInt32, _ id: UInt32) throws {
        let lane = ChunkStreamID(rawValue: id)
        for (count, chunkSize) in [(0, 128), (1, 128), (128, 128), (129, 128), (300, 100), (300, 1), (300, 60_000)] {
            let payload = pattern(count)
            var whole: [UInt8] = [9]
            ChunkWriter.appendFull(
                typeID: .video, streamID: Self.stream, timestamp: RTMPTimestamp(time), payload: payload.span,
                chunkStream: lane, chunkSize: chunkSize, into: &whole)
            var pieces: [UInt8] = [9]
            ChunkWriter.appendFullHeader(
                typeID: .video, streamID: Self.stream, timestamp: RTMPTimestamp(time), length: count, chunkStream: lane,
                into: &pieces)
            for start in stride(from: 0, to: count, by: chunkSize) {
                if start > 0 {
                    ChunkWriter.appendContinuationHeader(
                        timestamp: RTMPTimestamp(time), chunkStream: lane, into: &pieces)
                }
                pieces += payload[start..<min(start + chunkSize, count)]
            }
            #expect(whole == pieces)
            #expect(
                whole.count - 1
                    == ChunkWriter.fullSize(
                        length: count, timestamp: RTMPTimestamp(time), chunkStream: lane, chunkSize: chunkSize))
            var reader = ChunkReader()
            var announcement: [UInt8] = []
            var writer = ChunkWriter()
            try writer.setChunkSize(chunkSize, into: &announcement)
            reader.receive(announcement.span)
            _ = try reader.nextMessage()
            let chunks = whole[1...]
            reader.receive(chunks.span)
            #expect(try reader.nextMessage() == Self.message(time, payload, type: .video))
        }
    }

    @Test func `adding messages to a long output does not copy it each time`() throws {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        var capacities: Set<Int> = []
        for _ in 0..<20_000 {
            try writer.write(Self.message(0, [1, 2, 3]), on: Self.lane, into: &output)
            capacities.insert(output.capacity)
        }
        #expect(capacities.count < 25)
    }
}
