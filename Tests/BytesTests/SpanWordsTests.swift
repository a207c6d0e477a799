// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct SpanWordsTests {
    @Test func `a word is four bytes, the first one first, wherever it lies`() {
        let bytes: [UInt8] = [1, 2, 3, 4, 0xFF, 0xFE]
        #expect(bytes.span.word(at: 0) == 0x0102_0304)
        #expect(bytes.span.word(at: 1) == 0x0203_04FF)
        #expect(bytes.span.word(at: 2) == 0x0304_FFFE)
    }

    @Test(arguments: [(1, 0), (1, 3), (4, 1), (5, 5), (100, 1), (100, 0)])
    func `gathering leaves out what lies between the pieces`(_ size: Int, _ gap: Int) {
        for count in [0, 1, 4, 5, 6, 99] {
            let wanted = (0..<count).map { UInt8($0) }
            var source: [UInt8] = [0xEE, 0xEE]
            for start in stride(from: 0, to: count, by: size) {
                if start > 0 { source += [UInt8](repeating: 0xEE, count: gap) }
                source += wanted[start..<min(start + size, count)]
            }
            let gathered = [UInt8](
                gathering: source.span, from: 2, count: count, pieceLength: size, stride: size + gap)
            #expect(gathered == wanted)
        }
    }
}
