// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

/// How a reader finds the time of a message: deltas, the type 3 header after a type 0 header, extended timestamps that
/// are repeated in type 3 chunks or not.
@Suite struct ChunkTimestampTests {
    func read(_ stream: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> ReadOutcome {
        #expect(splitDifferences(of: stream) { ReadOutcome($0) } == [], sourceLocation: sourceLocation)
        return ReadOutcome(stream)
    }

    @Test func `after a small absolute timestamp a type 3 header adds it once more`() {
        // ffmpeg, rtmpdump and GStreamer read this as 1000, 2000, 3000, 3020.
        let outcome = read(bytes("04 0003e8 000001 08 01000000 aa  c4 bb  c4 cc  44 000014 000001 08 dd"))
        #expect(outcome.times == [1_000, 2_000, 3_000, 3_020])
    }

    @Test func `after a large absolute timestamp a type 3 header means the same time`() {
        #expect(read(bytes("04 001387 000001 08 01000000 aa  c4 bb")).times == [4_999, 9_998])
        #expect(read(bytes("04 001388 000001 08 01000000 aa  c4 bb  c4 cc")).times == [5_000, 5_000, 5_000])
        #expect(
            read(bytes("04 001388 000001 08 01000000 aa  c4 bb  84 000007 cc  c4 dd")).times == [
                5_000, 5_000, 5_007, 5_014,
            ])
    }

    @Test func `a chunk that goes on with a message does not add the delta again`() {
        let payload = pattern(300)
        let one = Array(payload[..<128] + bytes("c4") + payload[128..<256] + bytes("c4") + payload[256...])
        let outcome = read(
            bytes("04 000064 00012c 08 01000000") + one + bytes("84 00000a") + one + bytes("c4") + one)
        #expect(outcome.times == [100, 110, 120])
        #expect(outcome.payloads == [payload, payload, payload])
    }

    @Test func `a huge delta is a step back`() {
        // GStreamer and nginx send -256 like this.
        let outcome = read(bytes("04 0007d0 000001 08 01000000 aa  44 ffffff 000001 08 ffffff00 bb"))
        #expect(outcome.times == [2_000, 1_744])
    }

    @Test func `time wraps`() {
        let outcome = read(bytes("04 ffffff 000001 08 01000000 ffffffff aa  84 000006 bb"))
        #expect(outcome.times == [0xFFFF_FFFF, 5])
    }

    @Test(
        arguments: [
            ("fffffe", "", 0xFF_FFFE), ("ffffff", "00ffffff", 0xFF_FFFF), ("ffffff", "01000000", 0x0100_0000),
            ("ffffff", "7fffffff", 0x7FFF_FFFF), ("ffffff", "80000000", 0x8000_0000), ("ffffff", "00000005", 5),
        ] as [(String, String, UInt32)])
    func `absolute timestamps around the extended field`(_ field: String, _ extended: String, _ time: UInt32) {
        #expect(read(bytes("04 \(field) 000001 08 01000000 \(extended) aa")).times == [time])
    }

    /// 130 bytes at 0x01000004 in two chunks, then a second message in type 1 with a small delta.
    func extendedMessage(repeated: String) -> [UInt8] {
        let payload = pattern(130)
        return bytes("04 ffffff 000082 08 01000000 01000004") + payload[..<128] + bytes("c4 \(repeated)")
            + payload[128...] + bytes("44 000014 000001 08 aa")
    }

    @Test(arguments: ["01000004", ""]) func `an extended timestamp may be repeated or not`(_ repeated: String) {
        let outcome = read(extendedMessage(repeated: repeated))
        #expect(outcome.payloads == [pattern(130), [0xAA]])
        #expect(outcome.times == [0x0100_0004, 0x0100_0018])
    }

    @Test func `the example is written as it is read`() throws {
        var writer = ChunkWriter()
        var output: [UInt8] = []
        let message = RawMessage(
            typeID: .audio, streamID: MessageStreamID(rawValue: 1), timestamp: 0x0100_0004, payload: pattern(130))
        try writer.write(message, on: ChunkStreamID(rawValue: 4), into: &output)
        try writer.write(
            typeID: .audio, streamID: message.streamID, timestamp: 0x0100_0018, payload: [0xAA].span,
            on: ChunkStreamID(rawValue: 4), into: &output)
        #expect(output == extendedMessage(repeated: "01000004"))
    }

    @Test(arguments: ["01000010", "01000014", ""])
    func `an extended delta is repeated as it is, as the time it gives, or not`(_ repeated: String) {
        let payload = pattern(129)
        let outcome = read(
            bytes("04 000004 000001 08 01000000 aa  44 ffffff 000081 08 01000010") + payload[..<128]
                + bytes("c4 \(repeated)") + payload[128...] + bytes("84 000001") + payload[..<128] + bytes("c4")
                + payload[128...])
        #expect(outcome.times == [4, 0x0100_0014, 0x0100_0015])
        #expect(outcome.payloads == [[0xAA], payload, payload])
    }

    @Test(arguments: ["01000000", ""]) func `a type 3 header may begin a message with an extended delta`(
        _ repeated: String
    ) {
        let outcome = read(
            bytes("04 000004 000001 08 01000000 aa  44 ffffff 000002 08 01000000 bbbb  c4 \(repeated) cccc"))
        #expect(outcome.times == [4, 0x0100_0004, 0x0200_0004])
        #expect(outcome.payloads == [[0xAA], [0xBB, 0xBB], [0xCC, 0xCC]])
    }

    @Test(arguments: ["01000000", ""]) func `a type 3 header may begin a message after an extended absolute time`(
        _ repeated: String
    ) {
        let outcome = read(bytes("04 ffffff 000002 08 01000000 01000000 bbbb  c4 \(repeated) cccc"))
        #expect(outcome.times == [0x0100_0000, 0x0100_0000])
        #expect(outcome.payloads == [[0xBB, 0xBB], [0xCC, 0xCC]])
    }

    @Test(arguments: ["01", "0100", "010000", "02", "0101", "010001", "010000 05", "0100000501"])
    func `payload that begins like a repeated timestamp is payload`(_ tail: String) {
        // Behind it comes a chunk of another stream, whose bytes are needed to tell.
        let payload = pattern(128) + bytes(tail)
        let outcome = read(
            bytes("04 ffffff 0000") + [UInt8(payload.count)] + bytes("08 01000000 01000004") + payload[..<128]
                + bytes("c4") + payload[128...] + bytes("05 000007 000001 09 01000000 ee"))
        #expect(outcome.payloads == [payload, [0xEE]])
        #expect(outcome.times == [0x0100_0004, 7])
        #expect(outcome.error == nil)
    }

    @Test func `with chunks of one byte the bytes that were looked at are headers again`() {
        // Message of 3 bytes at 0x04c4_c4c4 on chunk stream 4 without repetition: c4 is header and prefix alike.
        let outcome = read(
            bytes("02 000000 000004 01 00000000 00000001") + bytes("04 ffffff 000003 08 01000000 04c4c4c4 aa")
                + bytes("c4 04 c4 04 05 000007 000001 09 01000000 ee"))
        #expect(outcome.payloads.dropFirst() == [[0xAA, 0x04, 0x04], [0xEE]])
    }

    @Test func `a repeated timestamp in one message and none in the next`() {
        let payload = pattern(129)
        let header = bytes("04 ffffff 000081 08 01000000 01000004")
        let outcome = read(
            header + payload[..<128] + bytes("c4 01000004") + payload[128...] + header + payload[..<128] + bytes("c4")
                + payload[128...])
        #expect(outcome.payloads == [payload, payload])
    }
}
