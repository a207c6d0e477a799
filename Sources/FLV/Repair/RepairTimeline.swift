// SPDX-License-Identifier: Apache-2.0

/// Makes one line of time, in milliseconds, of timestamps that jump and step back.
///
/// A small step back becomes no step. A large one, or a jump forward by more than ten seconds, is a new beginning: what
/// follows is put behind what came before, all tracks together. Tags of the old line that still come in between, and a
/// single timestamp that is wrong, are put where they belong.
struct RepairTimeline: Sendable {
    /// A track, as far as times are concerned.
    struct TrackKey: Sendable, Hashable {
        var kind: FLVTag.Kind
        var number: UInt8
    }

    /// What had to be done about a time.
    enum Change: Sendable, Hashable {
        /// Earlier than the frame before by up to a second.
        case held(by: Int64)
        /// A new beginning: so much was to be added.
        case moved(by: Int64)
    }

    private struct Track: Sendable {
        var last: Int64
        var intervals = DurationSpread()
    }

    /// Which time a timestamp stands for.
    private struct Reference: Sendable {
        var timestamp: UInt32
        var time: Int64

        func time(of other: UInt32) -> Int64 { time &+ Int64(Int32(bitPattern: other &- timestamp)) }
    }

    private static let smallStep: Int64 = 1_000
    private static let largestGap: Int64 = 10_000
    private static let maximumTracks = 128

    private var tracks: [TrackKey: Track] = [:]
    private var reference: Reference?
    /// The line before the last new beginning.
    private var earlier: Reference?
    private var beginsAnew = false
    /// The latest time of all tracks.
    private(set) var newest: Int64?

    /// Says that another file begins, whose times have nothing to do with those before.
    mutating func beginPart() {
        beginsAnew = reference != nil
        earlier = nil
    }

    /// The time of a frame, and what was done about it.
    mutating func place(frame timestamp: UInt32, of key: TrackKey) -> (time: Int64, change: Change?) {
        guard let current = reference, let newest else {
            reference = Reference(timestamp: timestamp, time: Int64(timestamp))
            return (note(Int64(timestamp), key), nil)
        }
        if !beginsAnew {
            if let time = fit(timestamp, on: current, key) { return accept(time, timestamp, key) }
            if let other = earlier, let time = fit(timestamp, on: other, key) {
                earlier = current
                return accept(time, timestamp, key)
            }
        }
        let told = current.time(of: timestamp)
        let time = newest &+ step(of: key)
        earlier = beginsAnew ? nil : current
        beginsAnew = false
        reference = Reference(timestamp: timestamp, time: time)
        return (note(time, key), .moved(by: time &- told))
    }

    /// The time of something that is no frame. Writers give it old times or 0, so of a track it takes the time of the frame
    /// before it; nil before there was any frame.
    func place(other timestamp: UInt32, of key: TrackKey?) -> Int64? {
        guard let newest, let reference else { return nil }
        guard let key else {
            let time = reference.time(of: timestamp)
            return (time &- newest).magnitude > UInt64(Self.smallStep) ? newest : time
        }
        return tracks[key]?.last ?? newest &- Self.smallStep
    }

    private mutating func accept(
        _ time: Int64, _ timestamp: UInt32, _ key: TrackKey
    ) -> (time: Int64, change: Change?) {
        reference = Reference(timestamp: timestamp, time: time)
        guard let last = tracks[key]?.last, time < last else { return (note(time, key), nil) }
        return (note(last, key), .held(by: last &- time))
    }

    private mutating func note(_ time: Int64, _ key: TrackKey) -> Int64 {
        newest = max(newest ?? time, time)
        if var track = tracks[key] {
            track.intervals.note(time &- track.last)
            track.last = time
            tracks[key] = track
        } else if tracks.count < Self.maximumTracks {
            tracks[key] = Track(last: time)
        }
        return time
    }

    /// The time on a line, if it may follow what came before. ffmpeg and OBS wrap after 31 bits.
    private func fit(_ timestamp: UInt32, on line: Reference, _ key: TrackKey) -> Int64? {
        let time = line.time(of: timestamp)
        return [time, time &+ 1 << 31, time &- 1 << 31].first { isPlausible($0, key) }
    }

    private func isPlausible(_ time: Int64, _ key: TrackKey) -> Bool {
        guard let newest else { return true }
        let track = tracks[key]
        let least = track.map { $0.last &- Self.smallStep } ?? newest &- Self.largestGap
        guard time >= least else { return false }
        // Slides that change once a minute are no jumps.
        let usual = track.map(\.intervals) ?? DurationSpread()
        let gap = usual.count < 2 && track != nil ? 60_000 : max(Self.largestGap, min(usual.mean, 600_000) * 5)
        return time <= newest &+ gap
    }

    private func step(of key: TrackKey) -> Int64 {
        guard let usual = tracks[key]?.intervals, usual.count > 0 else { return 40 }
        return max(1, min(1_000, usual.mean))
    }
}
