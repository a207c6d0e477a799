// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import RTMPCore

@Suite struct ChunkBasicHeaderTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String { "chunk stream \(id)" }
        var id: UInt32
        /// As type 0 and as type 3.
        var full: String, continuation: String
    }

    static let vectors = [
        Vector(id: 2, full: "02", continuation: "c2"),
        Vector(id: 63, full: "3f", continuation: "ff"),
        Vector(id: 64, full: "00 00", continuation: "c0 00"),
        Vector(id: 65, full: "00 01", continuation: "c0 01"),
        Vector(id: 319, full: "00 ff", continuation: "c0 ff"),
        Vector(id: 320, full: "01 00 01", continuation: "c1 00 01"),
        Vector(id: 365, full: "01 2d 01", continuation: "c1 2d 01"),
        Vector(id: 65_599, full: "01 ff ff", continuation: "c1 ff ff"),
    ]

    static func encoded(_ format: ChunkBasicHeader.Format, _ id: UInt32) -> [UInt8] {
        var output: [UInt8] = []
        ChunkBasicHeader(format, ChunkStreamID(rawValue: id)).encode(into: &output)
        return output
    }

    @Test(arguments: vectors) func encodes(_ vector: Vector) {
        #expect(Self.encoded(.full, vector.id) == bytes(vector.full))
        #expect(Self.encoded(.continuation, vector.id) == bytes(vector.continuation))
    }

    @Test(arguments: vectors) func decodes(_ vector: Vector) {
        for (format, text) in [(ChunkBasicHeader.Format.full, vector.full), (.continuation, vector.continuation)] {
            let encoded = bytes(text)
            let header = ChunkBasicHeader(encoded.span, at: 0)
            #expect(header?.chunkStreamID == vector.id)
            #expect(header?.format == format)
            #expect(header?.size == encoded.count)
            for cut in truncations(of: encoded) { #expect(ChunkBasicHeader(cut.span, at: 0) == nil) }
        }
    }

    @Test func `three bytes are read where two would do`() {
        for id: UInt32 in 64...319 {
            let encoded = [0x41, UInt8(id - 64), 0]
            let header = ChunkBasicHeader(encoded.span, at: 0)
            #expect(header?.chunkStreamID == id)
            #expect(header?.size == 3)
            #expect(header?.format == .sameStream)
        }
    }

    @Test func `every chunk stream is read as it was written`() {
        for id in stride(from: ChunkStreamID.validRange.lowerBound, through: 65_599, by: 7) {
            let encoded = Self.encoded(.deltaOnly, id)
            let header = ChunkBasicHeader(encoded.span, at: 0)
            #expect(header?.chunkStreamID == id)
            #expect(header?.size == encoded.count)
        }
    }
}
