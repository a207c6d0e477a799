// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// `Scripts/hours.sh` runs these for 1,000 hours in a release build; `RTMP_HOURS` says for how many.
@Suite struct LongRunTests {
    private static let hours = ProcessInfo.processInfo.environment["RTMP_HOURS"].flatMap { Double($0) } ?? 2
    private static let seed = SeededGenerator.seeds(1)[0]

    @Test(arguments: LongRun.Arrangement.allCases)
    func `weeks of joins, leaves, stalls and restarts leave every player in order, gaps counted, memory bounded`(
        arrangement: LongRun.Arrangement
    ) {
        let run = LongRun(arrangement, seed: Self.seed)
        let hours = Self.hours / Double(LongRun.Arrangement.allCases.count)
        run.run(hours: hours)
        for failure in run.failures { Issue.record("\(failure)") }
        let counts = run.counts
        print(
            "\(arrangement): \(hours) h, \(run.frames) frames compared, \(counts.joins) joins, \(counts.publishers)",
            "publishers, \(counts.stalls) stalls, \(counts.restarts) restarts, \(counts.skipped) messages skipped,",
            "relay held \(counts.memory) bytes at most")
        #expect(run.frames > Int(hours * 6_000))
    }
}
