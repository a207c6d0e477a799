// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import Testing

@Suite struct FlushWindowTests {
    /// Lets a loop work for `busy` out of every `period`.
    private func run(
        _ window: inout FlushWindow, from start: inout Instant, busy: Duration, of period: Duration, for time: Duration
    ) {
        let end = start + time
        while start < end {
            window.worked(from: start, to: start + busy)
            start = start + period
        }
    }

    @Test func `a loop with time to spare has no window`() {
        var window = FlushWindow(limit: .milliseconds(40))
        var now = Instant(nanoseconds: 0)
        run(&window, from: &now, busy: .microseconds(400), of: .milliseconds(13), for: .seconds(10))
        #expect(window.length == .zero)
        #expect((0.02...0.04).contains(window.load))
    }

    @Test func `a busy loop's window grows to its limit within a second, and shuts again when the work is gone`() {
        var window = FlushWindow(limit: .milliseconds(40))
        var now = Instant(nanoseconds: 0)
        run(&window, from: &now, busy: .milliseconds(2), of: .milliseconds(13), for: .seconds(1))
        #expect(window.length == .milliseconds(40))
        run(&window, from: &now, busy: .microseconds(100), of: .milliseconds(40), for: .seconds(3))
        #expect(window.length == .zero)
    }

    @Test func `between a twentieth and a tenth it stays as it is`() {
        var window = FlushWindow(limit: .milliseconds(40))
        var now = Instant(nanoseconds: 0)
        run(&window, from: &now, busy: .milliseconds(2), of: .milliseconds(13), for: .seconds(1))
        run(&window, from: &now, busy: .milliseconds(3), of: .milliseconds(40), for: .seconds(10))
        #expect(window.length == .milliseconds(40))
        var other = FlushWindow(limit: .milliseconds(40))
        now = Instant(nanoseconds: 0)
        run(&other, from: &now, busy: .milliseconds(1), of: .milliseconds(13), for: .seconds(10))
        #expect(other.length == .zero)
    }

    @Test func `a longer limit takes longer to reach`() {
        var window = FlushWindow(limit: .milliseconds(350))
        var now = Instant(nanoseconds: 0)
        run(&window, from: &now, busy: .milliseconds(2), of: .milliseconds(13), for: .milliseconds(300))
        #expect(window.length > .zero && window.length < .milliseconds(350))
        run(&window, from: &now, busy: .milliseconds(2), of: .milliseconds(13), for: .seconds(3))
        #expect(window.length == .milliseconds(350))
    }

    @Test func `a limit of zero never opens it`() {
        var window = FlushWindow(limit: .zero)
        var now = Instant(nanoseconds: 0)
        run(&window, from: &now, busy: .milliseconds(13), of: .milliseconds(13), for: .seconds(1))
        #expect(window.length == .zero)
    }

    @Test func `many small turns count as much as few large ones`() {
        var window = FlushWindow(limit: .milliseconds(40))
        var now = Instant(nanoseconds: 0)
        run(&window, from: &now, busy: .microseconds(20), of: .microseconds(133), for: .seconds(1))
        #expect(window.length == .milliseconds(40))
    }

    @Test func `a clock that stands still or steps back does no harm`() {
        var window = FlushWindow(limit: .milliseconds(40))
        let now = Instant(nanoseconds: 1_000_000_000)
        for _ in 0..<10 { window.worked(from: now, to: now) }
        window.worked(from: now, to: Instant(nanoseconds: 0))
        window.worked(from: .never, to: now)
        #expect(window.length == .zero)
    }
}
