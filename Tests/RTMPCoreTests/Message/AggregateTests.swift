// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct AggregateTests {
    static let stream = MessageStreamID(rawValue: 1)
    static let body = bytes(
        "08 000003 000064 00 000000 af01aa 0000000e 09 000005 000078 00 000000 2701000000 00000010")

    static func aggregate(_ payload: [UInt8], at timestamp: UInt32 = 5_000) -> RawMessage {
        RawMessage(typeID: .aggregate, streamID: stream, timestamp: RTMPTimestamp(timestamp), payload: payload)
    }

    static func parts(of message: RawMessage) -> (parts: [RawMessage], isDamaged: Bool) {
        var reader = AggregateReader(message)
        var parts: [RawMessage] = []
        while let part = reader.next() { parts.append(part) }
        return (parts, reader.isDamaged)
    }

    @Test func `the time of the message stands for that of the first part`() {
        let (parts, isDamaged) = Self.parts(of: Self.aggregate(Self.body))
        #expect(
            parts == [
                RawMessage(typeID: .audio, streamID: Self.stream, timestamp: 5_000, payload: bytes("af01aa")),
                RawMessage(typeID: .video, streamID: Self.stream, timestamp: 5_020, payload: bytes("2701000000")),
            ])
        #expect(!isDamaged)
    }

    @Test func `times wrap and have their top byte behind the others`() {
        let body = bytes(
            "08 000000 fffff0 ff 000000 0000000b 08 000000 000010 00 000000 0000000b 08 000000 fffff0 01 000000")
        let (parts, _) = Self.parts(of: Self.aggregate(body, at: 100))
        #expect(parts.map(\.timestamp.milliseconds) == [100, 132, 100 &+ 0x01FF_FFF0 &- 0xFFFF_FFF0])
    }

    @Test func `the last back pointer may be missing`() {
        for missing in 0...4 {
            let (parts, isDamaged) = Self.parts(of: Self.aggregate(Array(Self.body.dropLast(missing))))
            #expect(parts.count == 2)
            #expect(!isDamaged)
        }
    }

    @Test func `a part that is cut off ends it`() {
        for body in truncations(of: Self.body) {
            let (parts, isDamaged) = Self.parts(of: Self.aggregate(body))
            let whole = body.count >= 34 ? 2 : body.count >= 14 ? 1 : 0
            #expect(parts.count == whole, "\(body.count) bytes")
            #expect(isDamaged == ((1..<14).contains(body.count) || (19..<34).contains(body.count)))
        }
    }

    @Test func `an aggregate in an aggregate ends it`() {
        let (parts, isDamaged) = Self.parts(of: Self.aggregate(Self.body + bytes("16 000000 000000 00 000000")))
        #expect(parts.count == 2)
        #expect(isDamaged)
    }

    @Test func `parts put together come apart again`() throws {
        let parts = [(8, 0xFFFF_FFF0), (9, 0xFFFF_FFFF), (18, 5), (9, 16)].map { (type: UInt8, time: UInt32) in
            RawMessage(
                typeID: MessageTypeID(rawValue: type), streamID: Self.stream, timestamp: RTMPTimestamp(time),
                payload: [UInt8](repeating: type, count: Int(type)))
        }
        let whole = try RawMessage(aggregating: parts)
        #expect(whole.typeID == .aggregate)
        #expect(whole.timestamp == 0xFFFF_FFF0)
        #expect(Self.parts(of: whole).parts == parts)
    }

    @Test func `the example is written as it was read, but for the stream in the parts`() throws {
        var parts = Self.parts(of: Self.aggregate(Self.body)).parts
        parts = parts.map {
            RawMessage(
                typeID: $0.typeID, streamID: .netConnection,
                timestamp: RTMPTimestamp($0.timestamp.milliseconds - 4_900),
                payload: $0.payload)
        }
        #expect(try RawMessage(aggregating: parts).payload == Self.body)
    }

    @Test func `what cannot be one aggregate is refused`() throws {
        let part = RawMessage(typeID: .audio, streamID: Self.stream, timestamp: 0, payload: [])
        var elsewhere = part
        elsewhere.streamID = .netConnection
        var nested = part
        nested.typeID = .aggregate
        var large = part
        large.payload = [UInt8](repeating: 0, count: 0xFF_FFFF)
        for (parts, code): ([RawMessage], UsageError.Code) in [
            ([], .invalidMessage), ([part, elsewhere], .invalidMessage), ([part, nested], .invalidMessage),
            ([large], .messageTooLarge),
        ] {
            let error = #expect(throws: UsageError.self) { try RawMessage(aggregating: parts) }
            #expect(error?.code == code)
        }
    }

    @Test(arguments: SeededGenerator.seeds(100)) func `random bytes never trap and never make more`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var payload = random.bytes(random.integer(in: 0..<200))
        // Short lengths, so that parts are found.
        for index in stride(from: 1, to: payload.count - 1, by: 3) { payload[index] = 0 }
        let (parts, _) = Self.parts(of: Self.aggregate(payload))
        #expect(parts.reduce(0) { $0 + $1.payload.count + 11 } <= payload.count)
    }
}
