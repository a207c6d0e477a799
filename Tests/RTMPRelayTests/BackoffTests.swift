// SPDX-License-Identifier: Apache-2.0

import RTMPRelay
import Testing

@Suite struct BackoffTests {
    /// Answers the middle of every range, so that jitter is nil.
    private struct Middle: RandomNumberGenerator {
        mutating func next() -> UInt64 { UInt64.max / 2 }
    }

    @Test func `waits double from one second to thirty`() {
        var backoff = Backoff()
        var random = Middle()
        let waits = (0..<8).map { _ in seconds(backoff.nextDelay(random: &random)) }
        #expect(waits.map { ($0 * 100).rounded() / 100 } == [1, 2, 4, 8, 16, 30, 30, 30])
    }

    @Test(arguments: [1, 7, 42] as [UInt64])
    func `jitter stays within a fifth and is not always the same`(seed: UInt64) {
        var random = Counter(state: seed)
        var first: Set<Duration> = []
        for _ in 0..<200 {
            var backoff = Backoff()
            let wait = backoff.nextDelay(random: &random)
            #expect(wait >= .milliseconds(800) && wait <= .milliseconds(1200))
            first.insert(wait)
        }
        #expect(first.count > 100)
        #expect(first.contains { $0 < .milliseconds(900) })
        #expect(first.contains { $0 > .milliseconds(1100) })
    }

    @Test func `thirty seconds of service start over at one second`() {
        var backoff = Backoff()
        var random = Middle()
        for _ in 0..<4 { _ = backoff.nextDelay(random: &random) }
        backoff.served(for: .milliseconds(29_999))
        #expect(seconds(backoff.nextDelay(random: &random)).rounded() == 16)
        backoff.served(for: .seconds(30))
        #expect(seconds(backoff.nextDelay(random: &random)).rounded() == 1)
        #expect(seconds(backoff.nextDelay(random: &random)).rounded() == 2)
    }

    /// A plain generator whose numbers are spread evenly.
    private struct Counter: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
    }

    private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
