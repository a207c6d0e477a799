// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// The clock that the event loop tells its program.
public enum SystemClock {
    /// The time now, on the clock that never steps. ``EventLoop`` passes instants of this clock.
    public static var now: Instant { Instant(nanoseconds: System.monotonicNanoseconds) }

    /// Milliseconds from 1970 to the clock's origin: what to add to `Instant.milliseconds` to get the time
    /// of day in UTC. It moves when the clock on the wall is set.
    public static var unixMillisecondsAtOrigin: Int64 {
        (System.realtimeNanoseconds - System.monotonicNanoseconds) / 1_000_000
    }
}
