// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import Testing

@Suite struct TimelineTests {
    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func `timestamps of the first publisher pass unchanged, steps back and the wrap included`() {
        var timeline = Timeline()
        for timestamp: UInt32 in [5000, 5040, 5020, 0, 40, 0xFFFF_FFF0, 16] {
            #expect(timeline.map(timestamp, isFrame: true, at: at(0)) == timestamp)
        }
    }

    @Test func `the next publisher goes on after the time that passed`() {
        var timeline = Timeline()
        _ = timeline.map(60_000, isFrame: true, at: at(1000))
        timeline.beginSegment()
        #expect(timeline.map(0, isFrame: false, at: at(4000)) == 63_000)
        #expect(timeline.map(700, isFrame: true, at: at(4000)) == 63_000)
        #expect(timeline.map(740, isFrame: true, at: at(4040)) == 63_040)
        #expect(timeline.map(721, isFrame: true, at: at(4040)) == 63_021)
    }

    @Test func `two publishers in the same millisecond are one apart`() {
        var timeline = Timeline()
        _ = timeline.map(100, isFrame: true, at: at(7))
        timeline.beginSegment()
        #expect(timeline.map(100, isFrame: true, at: at(7)) == 101)
    }

    @Test func `a header's timestamp never moves the clock`() {
        var timeline = Timeline()
        _ = timeline.map(0, isFrame: false, at: at(0))
        _ = timeline.map(16_776_000, isFrame: true, at: at(10))
        _ = timeline.map(0, isFrame: false, at: at(20))
        timeline.beginSegment()
        #expect(timeline.map(0, isFrame: true, at: at(1010)) == 16_777_000)
    }

    @Test func `the clock goes on across the wrap of 32 bits`() {
        var timeline = Timeline()
        _ = timeline.map(0xFFFF_FFFF, isFrame: true, at: at(0))
        timeline.beginSegment()
        #expect(timeline.map(50, isFrame: true, at: at(10)) == 9)
        #expect(timeline.map(90, isFrame: true, at: at(50)) == 49)
    }

    @Test func `a clock that its publisher set back is where the next one goes on`() {
        var timeline = Timeline()
        _ = timeline.map(3_600_000, isFrame: true, at: at(0))
        _ = timeline.map(0, isFrame: true, at: at(40))
        timeline.beginSegment()
        #expect(timeline.map(9, isFrame: true, at: at(140)) == 100)
    }
}
