// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

@Suite struct ChunkReaderTests {
    /// What `stream` says, after making sure that it says so however it is cut.
    func read(
        _ stream: [UInt8], limits: Limits = Limits(), isAccepted: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> ReadOutcome {
        #expect(
            splitDifferences(of: stream) { ReadOutcome($0, limits: limits, isAccepted: isAccepted) } == [],
            sourceLocation: sourceLocation)
        return ReadOutcome(stream, limits: limits, isAccepted: isAccepted)
    }

    @Test func `a video message interrupted by audio comes out behind it`() {
        let (video, audio) = (pattern(200), pattern(10))
        let stream =
            bytes("06 0003e8 0000c8 09 01000000") + video[..<128] + bytes("04 0003e8 00000a 08 01000000") + audio
            + bytes("c6") + video[128...] + bytes("44 000015 00000a 08") + audio + bytes("c4") + audio
            + bytes("84 000016") + audio
        let outcome = read(stream)
        #expect(outcome.times == [1_000, 1_000, 1_021, 1_042, 1_064])
        #expect(outcome.payloads == [audio, video, audio, audio, audio])
        #expect(outcome.messages.map(\.typeID) == [.audio, .video, .audio, .audio, .audio])
        #expect(outcome.messages.allSatisfy { $0.streamID == MessageStreamID(rawValue: 1) })
        #expect(outcome.offsets == [140, 0, 235, 253, 264])
        #expect(outcome.error == nil)
    }

    @Test(arguments: [
        ("02 000000 000004 01 00000000 00001000", RTMPMessage.setChunkSize(4_096)),
        ("02 000000 000004 05 00000000 002625a0", .windowAcknowledgementSize(2_500_000)),
        ("02 000000 000005 06 00000000 002625a0 02", .setPeerBandwidth(2_500_000, .dynamic)),
        ("02 000000 000004 03 00000000 0026261b", .acknowledgement(2_500_123)),
        (
            "02 000000 000006 04 00000000 0000 00000001",
            .userControl(.streamBegin(MessageStreamID(rawValue: 1)))
        ),
        ("02 000000 000004 02 00000000 00000006", .abort(ChunkStreamID(rawValue: 6))),
    ])
    func `protocol control is read and written`(_ hex: String, _ message: RTMPMessage) throws {
        let outcome = read(bytes(hex))
        #expect(try RTMPMessage(decoding: try #require(outcome.messages.first)) == message)
        var writer = ChunkWriter()
        var output: [UInt8] = []
        try writer.write(message.encoded(), on: .control, into: &output)
        #expect(output == bytes(hex))
    }

    @Test func `the message stream is little-endian`() {
        let outcome = read(bytes("03 000000 000000 14 04030201"))
        #expect(outcome.messages.first?.streamID == MessageStreamID(rawValue: 0x0102_0304))
    }

    @Test func `messages of no bytes are complete behind their headers`() {
        let outcome = read(bytes("04 000000 000000 08 01000000  44 000005 000000 09  84 000003  c4  c4"))
        #expect(outcome.times == [0, 5, 8, 11, 14])
        #expect(outcome.payloads == [[], [], [], [], []])
        #expect(outcome.messages.map(\.typeID) == [.audio, .video, .video, .video, .video])
    }

    @Test func `deltas belong to the chunk stream, whatever kind of message it carries`() {
        let outcome = read(
            bytes(
                "04 000064 000001 12 01000000 aa  44 00000a 000001 08 bb  44 000005 000001 09 cc  84 000007 dd  c4 ee"))
        #expect(outcome.times == [100, 110, 115, 122, 129])
    }

    @Test func `an unused chunk stream may begin with type 1, on message stream 0`() {
        let outcome = read(bytes("42 000007 000002 04 0000  c2 0000"))
        #expect(outcome.times == [7, 14])
        #expect(outcome.messages.allSatisfy { $0.streamID == .netConnection && $0.typeID == .userControl })
        #expect(outcome.error == nil)
    }

    @Test(arguments: [("86 000000", 2), ("c6", 3), ("81 ffff 000000", 2), ("c0 05", 3)])
    func `an unused chunk stream cannot begin with type 2 or 3`(_ header: String, _ type: Int) {
        let before = bytes("04 000000 000001 08 01000000 aa")
        let outcome = read(before + bytes(header))
        #expect(outcome.messages.count == 1)
        #expect(outcome.error?.code == .missingHeader)
        #expect(outcome.error?.offset == before.count)
        #expect(outcome.error?.context.contains("type \(type) header") == true)
    }

    @Test func `a new header of type 0 or 1 inside of a message throws the message away`() {
        let (old, new) = (pattern(200), pattern(130, 9))
        for header in ["06 000020 000082 09 01000000", "46 000010 000082 09"] {
            let outcome = read(
                bytes("06 000010 0000c8 09 01000000") + old[..<128] + bytes(header) + new[..<128] + bytes("c6")
                    + new[128...])
            #expect(outcome.payloads == [new])
            #expect(outcome.times == [32])
            #expect(outcome.offsets == [140])
            #expect(outcome.discarded == 1)
        }
    }

    @Test func `a header of type 2 inside of a message goes on with it`() {
        let payload = pattern(200)
        let outcome = read(
            bytes("06 000010 0000c8 09 01000000") + payload[..<128] + bytes("86 000005") + payload[128...])
        #expect(outcome.payloads == [payload])
        #expect(outcome.times == [16])
        #expect(outcome.discarded == 0)
    }

    @Test func `a chunk size holds from the next chunk on, inside of a message too`() {
        let payload = pattern(1_000)
        var stream = bytes("06 000000 0003e8 09 01000000") + payload[..<128]
        stream += bytes("02 000000 000004 01 00000000 00000200")
        stream += bytes("c6") + payload[128..<640]
        stream += bytes("42 000000 000004 01 00000001")
        stream += bytes("c6") + payload[640..<641]
        stream += bytes("42 000000 000004 01 00 c2 00 c2 04 c2 00")
        stream += bytes("c6") + payload[641...]
        let outcome = read(stream)
        #expect(outcome.messages.last?.payload == payload)
        #expect(outcome.messages.count == 4)
        #expect(outcome.chunkSize == 1_024)
    }

    @Test func `a chunk size may come on any chunk and message stream`() {
        #expect(read(bytes("03 000000 000004 01 05000000 00001000")).chunkSize == 4_096)
    }

    @Test(arguments: [
        ("00000001", 1), ("7fffffff", 0xFF_FFFF), ("01000000", 0xFF_FFFF), ("00ffffff", 0xFF_FFFF), ("80001000", 4_096),
        ("00989680 ff", 10_000_000),
    ])
    func `a chunk size is used as far as messages reach`(_ body: String, _ size: Int) {
        let payload = bytes(body)
        #expect(
            read(bytes("02 000000 0000") + [UInt8(payload.count)] + bytes("01 00000000") + payload).chunkSize == size)
    }

    @Test(arguments: ["00000000", "80000000"]) func `a chunk size of zero is an error`(_ body: String) {
        let before = bytes("04 000000 000001 08 01000000 aa")
        let outcome = read(before + bytes("02 000000 000004 01 00000000") + bytes(body))
        #expect(outcome.error?.code == .invalidChunkSize)
        #expect(outcome.error?.offset == before.count)
        #expect(outcome.messages.count == 1)
    }

    @Test func `a Set Chunk Size that is cut short is an error, an Abort is nothing`() {
        #expect(read(bytes("02 000000 000003 01 00000000 000010")).error?.code == .invalidLength)
        #expect(read(bytes("02 000000 000003 02 00000000 000010")).error == nil)
    }

    @Test func `an aborted message is forgotten and the next one begins anew`() {
        let (old, new) = (pattern(200), pattern(200, 5))
        let outcome = read(
            bytes("06 000010 0000c8 09 01000000") + old[..<128] + bytes("02 000000 000004 02 00000000 00000006")
                + bytes("86 000005") + new[..<128] + bytes("c6") + new[128...])
        #expect(outcome.messages.last?.payload == new)
        #expect(outcome.times == [0, 21])
        #expect(outcome.discarded == 1)
        #expect(read(bytes("02 000000 000004 02 00000000 00000063")).error == nil, "a chunk stream that never was")
    }

    @Test func `chunk streams whose numbers share their low bits are told apart`() {
        let (one, other) = (pattern(130), pattern(130, 77))
        let outcome = read(
            bytes("01 ffff 000000 000082 08 01000000") + one[..<128] + bytes("3f 000000 000082 09 01000000")
                + other[..<128] + bytes("ff") + other[128...] + bytes("c1 ffff") + one[128...])
        #expect(outcome.payloads == [other, one])
    }

    @Test func `an error stays`() throws {
        var reader = ChunkReader(offset: 3_073)
        let stream = bytes("c6")
        reader.receive(stream.span)
        let first = try #require(throws: RTMPError.self) { try reader.nextMessage() }
        #expect(first.offset == 3_073)
        let good = bytes("04 000000 000001 08 01000000 aa")
        reader.receive(good.span)
        #expect(throws: first) { try reader.nextMessage() }
        var position = 0
        #expect(throws: first) { try reader.next(from: good.span, at: &position) }
        #expect(position == 0)
        #expect(
            first.description == "chunk header refers to a message that never was in chunk stream 6: type 3 header "
                + "(RTMP §5.3.1.2) at byte 3073")
    }

    @Test func `bytes handed over are read like bytes lent`() throws {
        let stream = bytes("04 0003e8 00000a 08 01000000") + pattern(10) + bytes("c4") + pattern(10, 1)
        for split in Split.everywhere(stream) {
            var reader = ChunkReader()
            var messages: [RawMessage] = []
            for piece in split.pieces(of: stream) {
                reader.receive(piece.span)
                while let message = try reader.nextMessage() { messages.append(message) }
            }
            #expect(messages.map(\.timestamp.milliseconds) == [1_000, 2_000])
            #expect(messages.map(\.payload) == [pattern(10), pattern(10, 1)])
            #expect(reader.offset == stream.count)
        }
    }

    @Test func `a reader that has read nothing holds no memory`() {
        let reader = ChunkReader()
        #expect(reader.streams.capacity == 0)
        #expect(MemoryLayout<ChunkReader>.size < 512)
    }
}
