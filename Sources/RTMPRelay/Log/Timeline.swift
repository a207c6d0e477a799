// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Maps the timestamps of one publisher after another onto one clock that goes on.
///
/// Within a publisher's connection timestamps pass unchanged, steps back included. A later connection's first frame
/// comes after the last one by the time that passed in between, and one offset moves all its tracks, so that sound and
/// picture stay together.
public struct Timeline: Sendable {
    private var offset: UInt32 = 0
    /// The newest timestamp of a frame, and when it came.
    private var newest: (timestamp: UInt32, arrival: Instant)?
    private var beginsSegment = false

    /// A clock on which nothing happened yet.
    public init() {}

    /// The next frame comes from another connection.
    public mutating func beginSegment() {
        beginsSegment = newest != nil
    }

    /// The timestamp in the log of a message that its publisher stamped `timestamp`.
    ///
    /// - Parameters:
    ///   - timestamp: what its publisher says.
    ///   - isFrame: whether it is a frame. Headers and metadata are often stamped 0 whatever the clock says, so they
    ///     never set the offset.
    ///   - now: when it came.
    public mutating func map(_ timestamp: UInt32, isFrame: Bool, at now: Instant) -> UInt32 {
        if beginsSegment, let newest {
            let gap = max(1, (now - newest.arrival).wholeMilliseconds)
            let next = newest.timestamp &+ UInt32(truncatingIfNeeded: gap)
            guard isFrame else { return next }
            offset = next &- timestamp
            beginsSegment = false
        }
        let mapped = timestamp &+ offset
        if isFrame {
            if let newest, (-10_000..<0).contains(Int32(bitPattern: mapped &- newest.timestamp)) {
                // One track a little behind another; a longer step back is a clock that was set anew.
                self.newest = (newest.timestamp, now)
            } else {
                newest = (mapped, now)
            }
        }
        return mapped
    }
}
