// SPDX-License-Identifier: Apache-2.0

extension StrictFLV {
    /// The tags that the numbers about the end must know.
    private var known: [Tag] {
        guard rules.lag > 0, let last = tags.last else { return tags }
        return tags.filter { $0.time <= last.time - Int64(rules.lag * 1000) }
    }

    private func lastTime(of tags: [Tag]) -> Int64? {
        tags.filter { $0.type == 8 || $0.type == 9 }.map(\.time).max()
    }

    /// The time of the first frame: 0, or where the stream stood whose timestamps were kept.
    private var start: Int64 { frames.first?.time ?? 0 }

    /// What metadata say about the end of the file and about what is in it.
    mutating func checkNumbers() {
        let last = lastTime(of: tags) ?? start
        if let duration = number("duration") {
            let difference = duration - Double(last - start) / 1000
            if !(abs(difference) <= rules.durationTolerance) {
                fault("duration \(duration) is \(difference) s off the last tag")
            }
            if rules.lag == 0, difference < -0.0005 { fault("duration \(duration) ends before the last tag") }
        } else {
            fault("there is no duration")
        }
        if let size = number("filesize") {
            let least = (known.last.map { $0.body.upperBound + 4 }) ?? 0
            let isRight = rules.lag == 0 ? size == Double(bytes.count) : size >= Double(least) && size.isFinite
            if !isRight { fault("filesize \(size) in a file of \(bytes.count) bytes") }
        } else {
            fault("there is no filesize")
        }
        checkEnd("lasttimestamp", lastTime(of: tags), lastTime(of: known)) { Double($0) / 1000 }
        checkEnd("lastkeyframetimestamp", keyframes.last?.time, lastKnownKeyframe?.time) { Double($0) / 1000 }
        if let position = number("lastkeyframelocation"), !keyframes.contains(where: { Double($0.offset) == position }),
            !(position == 0 && keyframes.isEmpty)
        {
            fault("lastkeyframelocation \(position) is no keyframe")
        }
        checkPresence()
    }

    private var lastKnownKeyframe: Tag? { known.last { $0.content == .frame(.key) && $0.track == 0 } }

    private mutating func checkEnd(_ name: String, _ latest: Int64?, _ known: Int64?, _ unit: (Int64) -> Double) {
        guard let number = number(name), let latest else { return }
        if number > unit(latest) + 0.0005 || number < unit(known ?? 0) - 0.0005 {
            fault("\(name) is \(number) instead of \(unit(latest))")
        }
    }

    private mutating func checkPresence() {
        let frames = self.frames
        let has = [
            "hasAudio": frames.contains { $0.type == 8 }, "hasVideo": frames.contains { $0.type == 9 },
            "hasMetadata": true, "hasKeyframes": !(index ?? readIndex() ?? []).isEmpty,
        ]
        for (name, truth) in has {
            if let told = metadata?[name]?.boolean, told != truth, rules.lag == 0 { fault("\(name) is \(told)") }
        }
        let flags = (has["hasAudio"] == true ? 4 : 0) | (has["hasVideo"] == true ? 1 : 0)
        // Encrypted frames are not looked at; who was killed may have promised more than came.
        if rules.lag == 0, !tags.contains(where: { $0.content == .encrypted }) {
            let others = tags.filter { $0.content == .other && $0.type < 15 }
            if !others.isEmpty || Int(bytes[4]) == flags { return }
            fault("the header's flags are \(bytes[4]) instead of \(flags)")
        }
    }

    private func readIndex() -> [IndexEntry]? {
        guard let keyframes = metadata?["keyframes"], case .object = keyframes,
            let positions = keyframes["filepositions"]?.array, let times = keyframes["times"]?.array,
            positions.count == times.count
        else { return nil }
        var entries: [IndexEntry] = []
        for (position, time) in zip(positions, times) {
            guard let position = position.number, let seconds = time.number, position >= 0, position < 0x1p53,
                position == position.rounded(), seconds.isFinite
            else { return nil }
            entries.append(IndexEntry(position: Int(position), seconds: seconds))
        }
        return entries
    }

    /// Every entry of the index lies on a keyframe and has its time; the first and the last keyframe have one.
    mutating func checkIndex() {
        guard metadata?["keyframes"] != nil else {
            // ffmpeg complains about an index of one entry, and there is nothing to seek for.
            let isSeekable = lastKnownKeyframe.map { $0.offset > keyframes[0].offset } ?? false
            if rules.needsIndex, isSeekable { fault("there is no keyframe index") }
            return
        }
        guard let entries = readIndex() else { return fault("the keyframe index has no two equal arrays of numbers") }
        setIndex(entries)
        let hasVideo = tags.contains { $0.type == 9 }
        let places = Dictionary(tags.map { ($0.offset, $0) }, uniquingKeysWith: { first, _ in first })
        for (before, entry) in zip([nil] + entries.map(Optional.some), entries) {
            if let before, entry.position <= before.position || entry.seconds < before.seconds {
                fault("the index steps back to \(entry.position) at \(entry.seconds) s")
            }
            guard let tag = places[entry.position] else {
                // What the power took is not there any more; a killed writer only had it in its hands.
                if rules.lag > 0, entry.position >= tags.last.map({ $0.body.upperBound + 4 }) ?? 0 { continue }
                fault("the index leads to \(entry.position), where no tag begins")
                continue
            }
            let isSeekable: Bool =
                switch tag.content {
                case .frame(.key), .frame(.unsaid): true
                case .frame(.sound): !hasVideo
                default: false
                }
            if !isSeekable { fault("the index leads to \(entry.position), which is no keyframe") }
            if abs(entry.seconds * 1000 - Double(tag.time)) > 0.5 {
                fault("the index says \(entry.seconds) s for \(entry.position), the tag \(tag.time) ms")
            }
        }
        guard let first = keyframes.first, rules.lag == 0 || lastKnownKeyframe != nil else { return }
        if entries.first?.position != first.offset { fault("the index does not begin with the first keyframe") }
        let last = lastKnownKeyframe?.offset ?? 0
        if (entries.last?.position ?? -1) < last { fault("the index ends before the last keyframe, at \(last)") }
        if !rules.mayThinIndex {
            let indexed = Set(entries.map(\.position))
            for tag in keyframes where tag.offset <= last && !indexed.contains(tag.offset) {
                fault("the keyframe at \(tag.offset) is not in the index")
            }
        }
    }
}
