// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Relays and client programs in worlds that follow from seeds: see ``SeedWorld`` for what must hold in them.
///
/// `RTMP_SEEDS=10000` runs that many, `RTMP_SEED=7` that one; `Scripts/seeds.sh` does it in a release build.
@Suite struct RelaySeedsTests {
    /// One for each processor, so that they run at once.
    private static let lanes = Array(0..<max(1, ProcessInfo.processInfo.activeProcessorCount))

    private static let trace = ProcessInfo.processInfo.environment["RTMP_SEED_TRACE"]

    @Test(arguments: lanes)
    func `every player gets runs of the log from keyframes, what is left out is counted, and all programs end`(
        lane: Int
    ) throws {
        let seeds = SeededGenerator.seeds(30)
        var failures = 0
        for seed in seeds where seed % UInt64(Self.lanes.count) == UInt64(lane) {
            // A trap leaves no other trace of the seed.
            if let trace = Self.trace {
                try "\(seed)".write(toFile: "\(trace)/\(lane)", atomically: false, encoding: .utf8)
            }
            for failure in SeedScenario.run(seed: seed) {
                failures += 1
                Issue.record("\(failure)\nagain: RTMP_SEED=\(seed) swift test --filter RelaySeedsTests")
            }
            if failures > 20 { return }
        }
    }
}
