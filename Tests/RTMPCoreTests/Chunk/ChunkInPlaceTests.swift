// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

/// Messages that are left where they lie: which ones, and that nothing else about them is different.
@Suite struct ChunkInPlaceTests {
    /// A video message of `length` bytes in chunks of 128, on chunk stream 4, the extended timestamp in front of each
    /// further chunk when `isRepeated`.
    private func message(_ length: Int, extended: String = "", isRepeated: Bool = true) -> [UInt8] {
        let time = extended.isEmpty ? "000014" : "ffffff"
        let size = [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255)]
        var stream = bytes("04 \(time)") + size + bytes("09 01000000 \(extended)")
        let payload = pattern(length)
        for start in stride(from: 0, to: length, by: 128) {
            if start > 0 { stream += bytes("c4 \(isRepeated ? extended : "")") }
            stream += payload[start..<min(start + 128, length)]
        }
        return stream
    }

    private func outcome(_ stream: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> ReadOutcome {
        let whole = ReadOutcome(stream)
        #expect(splitDifferences(of: stream) { ReadOutcome($0) } == [], sourceLocation: sourceLocation)
        #expect(ReadOutcome([stream[...]], inPlace: false) == whole, sourceLocation: sourceLocation)
        return whole
    }

    @Test(arguments: [1, 127, 128, 129, 256, 257, 1000])
    func `a message that is there as a whole stays where it is`(_ length: Int) {
        for extended in ["", "01000000", "00000005"] {
            let outcome = outcome(message(length, extended: extended))
            #expect(outcome.payloads == [pattern(length)])
            #expect(outcome.inPlace.value == 1)
        }
        let outcome = outcome(message(length, extended: "01000000", isRepeated: false) + message(20))
        #expect(outcome.payloads == [pattern(length), pattern(20)])
        #expect(outcome.inPlace.value == 2, "extended timestamps that are not repeated")
    }

    @Test func `headers that differ are collected`() {
        // The timestamp is repeated in the second chunk and not in the third.
        let mixed =
            bytes("04 ffffff 000101 09 01000000 01000000") + pattern(128) + bytes("c4 01000000") + pattern(128, 7)
            + bytes("c4 55")
        let outcome = outcome(mixed)
        #expect(outcome.payloads == [pattern(128) + pattern(128, 7) + [0x55]])
        #expect(outcome.inPlace.value == 0)
    }

    @Test func `interleaved messages are collected, one that fits between two chunks is not`() {
        var stream = message(300)
        stream.replaceSubrange((12 + 128)..<(12 + 128), with: bytes("05 000014 000003 08 01000000 010203"))
        let outcome = outcome(stream)
        #expect(outcome.payloads == [[1, 2, 3], pattern(300)])
        #expect(outcome.inPlace.value == 1)
    }

    @Test func `the end of an unrepeated timestamp waits for the bytes that tell`() {
        // The last chunk has two bytes, which could be the beginning of a repeated timestamp.
        var stream = message(130, extended: "01000000", isRepeated: false)
        stream.replaceSubrange((stream.count - 2)..., with: [1, 0])
        #expect(ReadOutcome(stream).messages.isEmpty)
        let outcome = outcome(stream + bytes("05 000014 000003 08 01000000 010203"))
        #expect(outcome.payloads == [pattern(128) + [1, 0], [1, 2, 3]])
    }

    @Test func `only sound and pictures stay, and only on chunk streams of one byte when they have several chunks`() {
        let command = bytes("03 000000 000004 14 00000000 01020304")
        #expect(outcome(command).inPlace.value == 0)
        let far = bytes("00 00 000014 000003 09 01000000 010203")
        #expect(outcome(far).inPlace.value == 1)
        let long = bytes("00 00 000014 000081 09 01000000") + pattern(128) + bytes("c0 00 ff")
        #expect(outcome(long).payloads == [pattern(128) + [0xFF]])
        #expect(outcome(long).inPlace.value == 0)
    }

    @Test func `bytes that need no collecting count all the same`() {
        var limits = Limits()
        limits.partialBytes = 200
        for inPlace in [true, false] {
            let fits = ReadOutcome([message(200)[...]], limits: limits, isAccepted: false, inPlace: inPlace)
            #expect(fits.payloads == [pattern(200)])
            let exceeds = ReadOutcome([message(201)[...]], limits: limits, isAccepted: false, inPlace: inPlace)
            #expect(exceeds.error?.code == .tooManyPartialBytes)
        }
    }

    @Test(arguments: SeededGenerator.seeds(40)) func `any script gives the same through both faces`(_ seed: UInt64) {
        let stream = ChunkScript(seed: seed, steps: 80).stream
        let collected = ReadOutcome([stream[...]], inPlace: false)
        #expect(ReadOutcome(stream) == collected)
        for split in [Split.byteByByte, .seeded(seed), .seeded(seed + 1)] {
            #expect(ReadOutcome(split.pieces(of: stream)) == collected, "\(split)")
        }
    }
}
