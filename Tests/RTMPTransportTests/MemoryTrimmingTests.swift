// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct MemoryTrimmingTests {
    /// Turns every 10 ms, busy for so long each; the milliseconds at which memory was given back.
    private func run(
        _ trimming: inout MemoryTrimming, from start: Int64, milliseconds: Int64, busy: Int64
    ) -> [Int64] {
        stride(from: start, to: start + milliseconds, by: 10).filter { time in
            trimming.isDue(
                from: Instant(nanoseconds: time * 1_000_000),
                to: Instant(nanoseconds: time * 1_000_000 + busy * 1_000))
        }
    }

    @Test func `memory is given back after connections closed, a few times, and not again`() {
        var trimming = MemoryTrimming()
        #expect(run(&trimming, from: 0, milliseconds: 10_000, busy: 100).isEmpty)
        #expect(trimming.wakesAt == .never)
        trimming.noteRelease()
        #expect(trimming.wakesAt <= Instant(nanoseconds: 11_000_000_000))
        let times = run(&trimming, from: 10_000, milliseconds: 600_000, busy: 100)
        #expect((10...13).contains(times.count))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 5_000 && $1 - $0 <= 6_100 })
        #expect(trimming.wakesAt == .never)
    }

    @Test func `memory is given back when work has ended, not during it`() throws {
        var trimming = MemoryTrimming()
        trimming.noteRelease()
        #expect(run(&trimming, from: 0, milliseconds: 60_000, busy: 1_000).isEmpty)
        let times = run(&trimming, from: 60_000, milliseconds: 60_000, busy: 100)
        #expect(!times.isEmpty)
        #expect(try #require(times.first) < 62_100)
    }

    @Test func `while connections come and go it happens every few seconds at most`() {
        var trimming = MemoryTrimming()
        var count = 0
        for second in 0..<60 {
            trimming.noteRelease()
            count += run(&trimming, from: Int64(second) * 1_000, milliseconds: 1_000, busy: 100).count
        }
        #expect(count >= 8 && count <= 13)
    }
}
