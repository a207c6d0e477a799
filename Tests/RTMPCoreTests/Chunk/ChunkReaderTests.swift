// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct ChunkReaderTests {
    @Test func `a video message interrupted by audio comes out behind it`() throws {
        let video = [UInt8](repeating: 0x56, count: 200)
        let audio = [UInt8](repeating: 0x41, count: 10)
        let stream =
            bytes("06 0003e8 0000c8 09 01000000") + video[..<128] + bytes("04 0003e8 00000a 08 01000000") + audio
            + bytes("c6") + video[128...] + bytes("44 000015 00000a 08") + audio + bytes("c4") + audio
            + bytes("84 000016") + audio
        let whole = try messages(in: [stream[...]])
        #expect(whole.map(\.timestamp.milliseconds) == [1_000, 1_000, 1_021, 1_042, 1_064])
        #expect(whole.map(\.payload) == [audio, video, audio, audio, audio])
        #expect(try splitDifferences(of: stream) { try messages(in: $0) } == [])
    }

    func messages(in pieces: [ArraySlice<UInt8>]) throws -> [RawMessage] {
        var reader = ChunkReader()
        var messages: [RawMessage] = []
        for piece in pieces {
            var position = 0
            let piece = Array(piece)
            while let message = try reader.next(from: piece.span, at: &position) { messages.append(message) }
        }
        return messages
    }
}
