// SPDX-License-Identifier: Apache-2.0

/// What a player got of a log, explained as runs of it: each begins at a keyframe behind the end of the one before.
///
/// Whoever connects again gets the newest keyframe once more, so each connection behind the first may begin before the
/// end of the one before it. Frames are told by their numbers. A log may hold one twice, when two connections sent the
/// same; so whatever way of reading it that works is taken.
struct Passage {
    /// What cannot be explained; nil when everything can.
    private(set) var fault: String?
    /// Frames that were left out between the runs.
    private(set) var missing = 0

    private let log: [Int]
    private let frames: [Int]
    private let stream: Synthetic
    /// The places of each number in the log.
    private var places: [Int: [Int]] = [:]
    private var steps = 0

    init(_ stream: Synthetic, _ frames: [Int], in log: [Int], connections: Int = 1) {
        self.stream = stream
        self.frames = frames
        self.log = log
        for (place, number) in log.enumerated() { places[number, default: []].append(place) }
        guard !frames.isEmpty else { return }
        if let missing = explain(from: 0, behind: -1, isWhole: false, repeats: connections - 1) {
            self.missing = missing
        } else {
            fault = "\(Self.runs(frames)) cannot be read from \(Self.runs(log)) by \(connections) connections"
        }
    }

    /// How few frames are left out when `frames` from `index` on are read from places behind `place`, going back
    /// `repeats` times at most; nil when that is not possible. Before the first keyframe (`isWhole` is false) there is
    /// only sound.
    private mutating func explain(from index: Int, behind place: Int, isWhole: Bool, repeats: Int) -> Int? {
        var index = index
        var place = place
        var isWhole = isWhole
        while index < frames.count {
            steps += 1
            guard steps < 100_000 else { return nil }
            let number = frames[index]
            let isKeyframe = stream.isKeyframe(number)
            if place >= 0, place + 1 < log.count, log[place + 1] == number,
                isWhole || isKeyframe || !stream.isVideo(number)
            {
                // Goes on. A keyframe here may also be a later one, but then more is missing.
                (place, index, isWhole) = (place + 1, index + 1, isWhole || isKeyframe)
                continue
            }
            let later = places[number, default: []].filter { $0 > place }
            if !isWhole, !stream.isVideo(number) {
                guard let next = later.first else { return nil }
                (place, index) = (next, index + 1)
                continue
            }
            guard isKeyframe || !stream.hasVideo else { return nil }
            for next in later {
                guard let rest = explain(from: index + 1, behind: next, isWhole: true, repeats: repeats) else {
                    continue
                }
                return rest + (isWhole ? next - place - 1 : 0)
            }
            guard repeats > 0 else { return nil }
            for next in places[number, default: []].reversed() where next <= place {
                if let rest = explain(from: index + 1, behind: next, isWhole: true, repeats: repeats - 1) {
                    return rest
                }
            }
            return nil
        }
        return 0
    }

    /// "0…12 30…44"
    static func runs(_ numbers: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)…\($0.upperBound)" }.joined(
            separator: " ")
    }
}
