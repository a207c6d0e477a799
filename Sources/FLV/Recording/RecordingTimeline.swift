// SPDX-License-Identifier: Apache-2.0

/// From the 32-bit timestamps of a stream to the times of a file, in milliseconds.
struct RecordingTimeline: Sendable {
    private let keepsTimestamps: Bool
    /// Time of the first frame in the stream; the file's zero unless timestamps are kept.
    private var first: Int64?
    /// Time of the last frame, counted on over every wrap.
    private var last: Int64 = 0
    /// The timestamp of the last frame as it came.
    private var lastTimestamp: UInt32 = 0

    init(keepsTimestamps: Bool) {
        self.keepsTimestamps = keepsTimestamps
    }

    /// File time of the first frame; 0 before there is one.
    var start: Int64 { keepsTimestamps ? first ?? 0 : 0 }

    /// The time in the stream that is 0 in the file.
    private var base: Int64 { keepsTimestamps ? 0 : first ?? 0 }

    /// The file time of a frame. Steps back are kept, but nothing lies before the start of the file.
    mutating func place(frame timestamp: UInt32) -> Int64 {
        last = first == nil ? Int64(timestamp) : unwrapped(timestamp)
        lastTimestamp = timestamp
        if first == nil { first = last }
        return max(0, last &- base)
    }

    /// The file time of something that is no frame. Relays and encoders give configurations and metadata old times or 0;
    /// such a one takes the time of the frame before it.
    func place(other timestamp: UInt32) -> Int64 {
        let time = unwrapped(timestamp)
        return max(0, ((time &- last).magnitude > 10_000 ? last : time) &- base)
    }

    /// Time of the last frame, on the stream's clock, counted on over every wrap.
    var lastFrame: Int64 { last }

    /// How far into the file a frame with this timestamp will lie.
    func elapsed(at timestamp: UInt32) -> Int64 { first.map { unwrapped(timestamp) &- $0 } ?? 0 }

    /// The timeline of the next file, which begins with a frame of this timestamp.
    ///
    /// - Parameter others: where other tracks stood last. Their next frames may lie before the one that the file begins with,
    ///   and must not lie before the file.
    /// - Returns: the timeline, and by how much its file begins later than this one.
    func next(at timestamp: UInt32, others: some Sequence<Int64>) -> (timeline: RecordingTimeline, offset: Int64) {
        let time = unwrapped(timestamp)
        var begin = time
        if !keepsTimestamps {
            for other in others where other < begin && other >= time &- 1_000 { begin = other }
        }
        var next = self
        next.first = begin
        return (next, begin &- (first ?? begin))
    }

    private func unwrapped(_ timestamp: UInt32) -> Int64 {
        // ffmpeg and OBS wrap after 31 bits: from just below 2^31 to just above 0.
        let wrap: UInt32 = 1 << 31
        let margin: UInt32 = 600_000
        if (wrap - margin..<wrap).contains(lastTimestamp), timestamp < margin {
            return last &+ Int64(wrap - lastTimestamp) &+ Int64(timestamp)
        }
        return last &+ Int64(Int32(bitPattern: timestamp &- lastTimestamp))
    }
}

/// How far one medium of a recording has come.
struct RecordingClock: Sendable {
    private var first: Int64 = 0
    private var last: Int64 = 0
    private var latest: Int64 = 0
    private var count: Int64 = 0

    /// Notes a frame that is presented `offset` milliseconds after `time`. Frames of other tracks than the default one only
    /// count for how long the recording is.
    mutating func note(time: Int64, offset: Int64, isDefaultTrack: Bool) {
        // ffmpeg takes offsets above a quarter of an hour for damage, and so do we.
        latest = max(latest, time + (offset.magnitude > 900_000 ? 0 : offset))
        guard isDefaultTrack else { return }
        if count == 0 { first = time }
        last = time
        count += 1
    }

    /// When the last presented frame is over, as far as the average duration of a frame tells.
    var end: Int64 {
        guard count > 1 else { return latest }
        let frames = count - 1
        return latest + min(1_000, max(0, (last &- first &+ frames / 2) / frames))
    }
}
