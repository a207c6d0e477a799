// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@Suite struct RTMPTimestampTests {
    @Test func `time goes on across the wrap`() {
        let (late, early) = (RTMPTimestamp(4_294_967_290), RTMPTimestamp(6))
        #expect(early.interval(since: late) == 12)
        #expect(late.interval(since: early) == -12)
        #expect(late.isBefore(early))
        #expect(!early.isBefore(late))
        #expect(late.advanced(by: 12) == early)
        #expect(RTMPTimestamp(10_000).interval(since: RTMPTimestamp(4_000_000_000)) == 294_977_296)
    }

    @Test func `an instant is not before itself`() {
        #expect(!RTMPTimestamp(7).isBefore(7))
        #expect(RTMPTimestamp(7).interval(since: 7) == 0)
    }

    @Test func `half the clock away counts as before, whichever way one asks`() {
        #expect(RTMPTimestamp(0x8000_0000).interval(since: 0) == .min)
        #expect(RTMPTimestamp(0).interval(since: 0x8000_0000) == .min)
    }
}
