// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct ChunkInterleavingTests {
    @Test(arguments: SeededGenerator.seeds(300))
    func `whatever a legal peer interleaves comes out whole`(_ seed: UInt64) {
        let script = ChunkScript(seed: seed, steps: 120)
        let outcome = ReadOutcome(script.stream)
        #expect(outcome.error == nil)
        #expect(outcome.messages == script.messages)
        #expect(outcome.discarded == script.discarded)
        let splits = [Split.byteByByte, .seeded(seed), .seeded(seed + 1)]
        #expect(splitDifferences(of: script.stream, splits: splits) { ReadOutcome($0) } == [])
    }

    @Test(arguments: SeededGenerator.seeds(4)) func `cut in two at every point it reads the same`(_ seed: UInt64) {
        let script = ChunkScript(seed: seed, steps: 30)
        #expect(splitDifferences(of: script.stream) { ReadOutcome($0) } == [])
    }
}
