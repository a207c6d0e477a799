// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct LogGateTests {
    @Test func `a flood of lines is cut, counted, and over when it is over`() {
        var gate = LogGate()
        let now = Instant(nanoseconds: 5_000_000_000)
        let said = (0..<20_000).count { _ in gate.admit(.info, at: now).isAdmitted }
        #expect(said == 5_000)
        #expect(gate.admit(.error, at: now) == (true, 15_000))
        #expect(gate.admit(.warning, at: now) == (false, 0))
        // The error has used up one line more.
        #expect(gate.admit(.warning, at: now + .milliseconds(1)) == (false, 0))
        #expect(gate.admit(.warning, at: now + .milliseconds(2)) == (true, 2))
        #expect(gate.admit(.info, at: now + .milliseconds(2)) == (false, 0))
        let later = now + .seconds(60)
        #expect(gate.admit(.info, at: later) == (true, 1))
        #expect((0..<20_000).count { _ in gate.admit(.info, at: later).isAdmitted } == 4_999)
    }
}
