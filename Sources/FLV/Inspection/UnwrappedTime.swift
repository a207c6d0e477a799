// SPDX-License-Identifier: Apache-2.0

/// The 32-bit timestamps of a file or stream on one line, in milliseconds, counted on over every wrap.
struct UnwrappedTime: Sendable {
    private var last: (timestamp: UInt32, time: Int64)?

    /// The time of the next timestamp in the order of the stream, all tracks together.
    mutating func time(of timestamp: UInt32) -> Int64 {
        let time = place(timestamp)
        last = (timestamp, time)
        return time
    }

    private func place(_ timestamp: UInt32) -> Int64 {
        guard let last else { return Int64(timestamp) }
        // ffmpeg and OBS wrap after 31 bits: from just below 2^31 to just above 0.
        let wrap: UInt32 = 1 << 31
        let margin: UInt32 = 600_000
        if (wrap - margin..<wrap).contains(last.timestamp), timestamp < margin {
            return last.time &+ Int64(wrap - last.timestamp) &+ Int64(timestamp)
        }
        // Of two tracks, one may be over the wrap and the other not yet.
        if last.timestamp < margin, (wrap - margin..<wrap).contains(timestamp), last.time >= Int64(wrap - margin) {
            return last.time &- Int64(wrap - timestamp) &- Int64(last.timestamp)
        }
        return last.time &+ Int64(Int32(bitPattern: timestamp &- last.timestamp))
    }
}

/// The smallest, the largest and the mean of some durations, in milliseconds.
public struct DurationSpread: Sendable, Hashable {
    /// How many there were.
    public private(set) var count: Int64 = 0
    /// The smallest one.
    public private(set) var smallest: Int64 = 0
    /// The largest one.
    public private(set) var largest: Int64 = 0
    private var sum: Int64 = 0

    /// The mean, to the next millisecond.
    public var mean: Int64 { count > 0 ? (sum &+ count / 2) / count : 0 }

    mutating func note(_ duration: Int64) {
        smallest = count == 0 ? duration : min(smallest, duration)
        largest = count == 0 ? duration : max(largest, duration)
        sum &+= duration
        count += 1
    }
}

/// Bytes that came within a second of the stream's own time: how many at most.
struct BytesPerSecond: Sendable {
    private var second: Int64 = .min
    private var inSecond: Int64 = 0
    private var most: Int64 = 0

    /// Notes bytes at a time in milliseconds. A time before the present second counts as in it.
    mutating func note(_ bytes: Int, at time: Int64) {
        let next = time / 1000 - (time % 1000 < 0 ? 1 : 0)
        if next != second, next > second || next < second - 10 {
            most = max(most, inSecond)
            inSecond = 0
            second = next
        }
        inSecond += Int64(bytes)
    }

    /// Bytes of the busiest second.
    var peak: Int64 { max(most, inSecond) }
}
