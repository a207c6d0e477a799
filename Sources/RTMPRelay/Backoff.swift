// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// How long to wait before the next attempt to reach somebody.
///
/// The first wait is a second; each failure doubles the next one, up to thirty. A jitter of a fifth either way keeps
/// many clients of one server from coming back in step. Thirty seconds of good service make the next wait a second
/// again; a peer that accepts and then drops us at once gets no such credit.
package struct Backoff: Sendable, Hashable {
    /// The wait after the first failure, before jitter.
    package static let shortest = Duration.seconds(1)
    /// The longest wait, before jitter.
    package static let longest = Duration.seconds(30)
    /// How long a connection must have served for its loss to count as a first failure.
    package static let goodService = Duration.seconds(30)
    /// The largest part of a wait that jitter adds or takes away.
    package static let jitter = 0.2

    private var upcoming = Backoff.shortest

    /// Nothing failed yet.
    package init() {}

    /// The wait after one more failure.
    package mutating func nextDelay(random: inout some RandomNumberGenerator) -> Duration {
        let milliseconds = Double(upcoming.wholeMilliseconds)
        upcoming = min(upcoming * 2, Backoff.longest)
        let factor = Double.random(in: (1 - Backoff.jitter)...(1 + Backoff.jitter), using: &random)
        return .milliseconds(milliseconds * factor)
    }

    /// Takes into account that a connection did its work for `duration` before it was lost.
    package mutating func served(for duration: Duration) {
        if duration >= Backoff.goodService { upcoming = Backoff.shortest }
    }
}
