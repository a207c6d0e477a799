// SPDX-License-Identifier: Apache-2.0

/// The frames of a stream in the order in which a witness got them, who misses none; only the newest are kept.
struct LongRunLog {
    private var numbers: [Int] = []
    /// The place of the first one that is kept.
    private var start = 0
    private let stream: Synthetic
    /// Where the newest keyframe is: where those who join now begin.
    private(set) var lastKeyframe = 0

    init(_ stream: Synthetic) { self.stream = stream }

    var end: Int { start + numbers.count }
    var last: Int? { numbers.last }

    mutating func append(_ number: Int) {
        if stream.isKeyframe(number) { lastKeyframe = end }
        numbers.append(number)
        if numbers.count > 16_000 {
            numbers.removeFirst(8_000)
            start += 8_000
        }
    }

    /// Whoever joins from now on gets what comes from now on.
    mutating func beginAnew() { lastKeyframe = end }

    subscript(place: Int) -> Int? {
        place >= start && place < end ? numbers[place - start] : nil
    }

    /// The first place from `place` on at which that frame is.
    func place(of number: Int, from place: Int) -> Int? {
        (max(place, start)..<max(end, place, start)).first { self[$0] == number }
    }
}

/// Reads along what a player gets, session by session, and compares it with the log.
struct LongRunReader {
    private enum Piece {
        case frame(Int)
        /// A session begins; the log's newest keyframe was at this place.
        case begin(keyframe: Int)
        /// A session is over; its gaps are not reported by anyone when the relay was killed.
        case end(isReported: Bool, time: Int64)
    }

    private(set) var fault: String?
    private(set) var frames = 0
    /// Frames left out in sessions that are over, and until when.
    private(set) var closed: [(time: Int64, missing: Int)] = []
    private var pending: [Piece] = []
    private var waits = 0
    private var position: Int?
    private var searchStart = 0
    private var isWhole = false
    private var missing = 0
    private var total = 0

    mutating func take(_ number: Int) { pending.append(.frame(number)) }

    mutating func begin(_ log: LongRunLog) { pending.append(.begin(keyframe: log.lastKeyframe)) }

    mutating func end(isReported: Bool, time: Int64) { pending.append(.end(isReported: isReported, time: time)) }

    /// The sum of what was left out in all sessions that were over at that time.
    mutating func missing(by time: Int64) -> Int? {
        guard let last = closed.lastIndex(where: { $0.time <= time }) else { return nil }
        let sum = closed[last].missing
        closed.removeFirst(last + 1)
        return sum
    }

    /// Compares as far as the log reaches.
    mutating func read(_ log: LongRunLog, of stream: Synthetic) {
        var count = 0
        defer { pending.removeFirst(count) }
        for piece in pending {
            switch piece {
            case .begin(let keyframe): (position, searchStart, isWhole, missing) = (nil, keyframe, false, 0)
            case .end(let isReported, let time):
                if isReported { total += missing }
                closed.append((time, total))
            case .frame(let number):
                let from = position.map { $0 + 1 } ?? searchStart
                guard let place = log.place(of: number, from: from) else {
                    // The witness may be behind for a moment.
                    waits += 1
                    if waits > 2 { fault = "frame \(number) is not in the log behind \(log[from - 1] ?? -1)" }
                    return
                }
                if stream.isKeyframe(number) {
                    if isWhole { missing += place - from }
                    isWhole = true
                } else if isWhole ? place != from : stream.isVideo(number) {
                    fault = "frame \(number) behind \(log[from - 1] ?? -1) is no keyframe"
                }
                position = place
                frames += 1
            }
            waits = 0
            count += 1
        }
    }
}
