// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// Where to begin: the keyframe at or before a time, by the file's index if it is right, else by what is seen of the tags.
extension Playback {
    /// How far an entry of an index may be from its tag, in milliseconds. ffmpeg counts from the first frame.
    private static let tolerance: Int64 = 1_000
    /// So far sound and pictures are mixed: a tag that much later says that no earlier keyframe comes.
    private static let disorder: Int64 = 1_000

    mutating func locate(_ time: Int64, _ wishes: inout Wishes) -> Step? {
        guard time > 0, time > map.firstTime ?? 0 else { return begin(at: beginning, for: time) }
        return map.isIndexed ? lookUp(time, &wishes) : scan(for: time, &wishes)
    }

    private mutating func lookUp(_ time: Int64, _ wishes: inout Wishes) -> Step? {
        guard let entry = checking?.entry ?? map.point(atOrBefore: time), map.points.indices.contains(entry) else {
            return begin(at: beginning, for: time)
        }
        guard var window = window.take() else { return nil }
        defer { self.window = window }
        let shift = checking?.shift ?? 0
        checking = (entry, shift)
        let point = map.points[entry]
        if window.position != point.position + shift { window.jump(to: point.position + shift) }
        switch window.look() {
        case .wait:
            window.fill(upTo: 2 * FileWindow.readSize, &wishes)
            return .wait(until: .never)
        case .tag(let head) where isPlausible(head, for: point):
            guard head.time <= time || entry == 0 else {
                checking = (entry - 1, 0)
                return nil
            }
            return begin(at: head.position, for: time, &window)
        case .tag, .header, .end, .damaged:
            // Some name the place of the four bytes in front of the tag.
            if shift == 0 {
                checking = (entry, 4)
            } else {
                checking = nil
                map.dropIndex(restartingAt: beginning)
            }
            return nil
        }
    }

    private func isPlausible(_ head: TagHead, for point: SeekMap.Point) -> Bool {
        let isStart =
            map.hasVideo
            ? head.role == .keyframe || head.kind == .video && head.role == .sequenceHeader : head.kind == .audio
        let distance = head.time - point.time
        let first = map.firstTime ?? 0
        return isStart && min(distance.magnitude, (distance - first).magnitude) <= Self.tolerance.magnitude
    }

    /// Reads on through the heads of the tags, until it is sure which keyframe is the last one before that time.
    private mutating func scan(for time: Int64, _ wishes: inout Wishes) -> Step? {
        guard var window = window.take() else { return nil }
        defer { self.window = window }
        while !map.isComplete, map.scannedTime <= time &+ Self.disorder {
            if window.position != map.scanned { window.jump(to: map.scanned) }
            switch window.look() {
            case .wait:
                window.fill(upTo: 2 * FileWindow.readSize, &wishes)
                return .wait(until: .never)
            case .tag(let head):
                if head.isConfiguration, !head.isFiltered, head.length <= FileWindow.readSize {
                    guard window.count >= TagHead.size + head.length else {
                        window.fill(upTo: 2 * FileWindow.readSize, &wishes)
                        return .wait(until: .never)
                    }
                    map.note(head, configuration: Array(window.bytes(TagHead.size..<(TagHead.size + head.length))))
                }
                map.note(head)
            case .header(let size): map.skip(to: window.position + size + 4)
            case .end, .damaged: map.complete()
            }
        }
        let place = map.point(atOrBefore: time).map { map.points[$0].position }
        return begin(at: place ?? beginning, for: time, &window)
    }

    private mutating func begin(at place: Int, for time: Int64) -> Step? {
        guard var window = window.take() else { return nil }
        defer { self.window = window }
        return begin(at: place, for: time, &window)
    }

    private mutating func begin(at place: Int, for time: Int64, _ window: inout FileWindow) -> Step? {
        checking = nil
        window.jump(to: place)
        headPlace = place
        awaitsKeyframe = true
        pace.reset()
        phase = .playing
        needsPreface = true
        guard isSeek else { return nil }
        return .sought(time)
    }
}
