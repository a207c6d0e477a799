// SPDX-License-Identifier: Apache-2.0

/// An FLV file as the peer tests see it: read with a few lines of its own, so that the library does not check itself.
struct FLVFile {
    struct Tag: Equatable {
        var kind: UInt8
        var timestamp: Int64
        var payload: [UInt8]

        var isVideo: Bool { kind == 9 }
        private var first: UInt8 { payload.first ?? 0 }
        var isEnhanced: Bool { isVideo ? first & 0x80 != 0 : first >> 4 == 9 }
        /// In enhanced tags: the packet type, that of the tracks for multitrack ones.
        var packetType: UInt8 {
            let outer = first & 15
            let multitrack: UInt8 = isVideo ? 6 : 5
            return outer == multitrack && payload.count > 1 ? payload[1] & 15 : outer
        }
        /// Sequence headers and what accompanies them: what a player needs before the first frame.
        var isHeader: Bool {
            guard payload.count > 1 else { return false }
            if isEnhanced { return packetType == 0 || packetType == 4 }
            return isVideo ? first & 15 == 7 && payload[1] == 0 : first >> 4 == 10 && payload[1] == 0
        }
        /// The mark that a codec's sequence ends here; not a frame.
        var isEndMark: Bool {
            guard payload.count > 1 else { return false }
            if isEnhanced { return packetType == 2 }
            return isVideo && first & 15 == 7 && payload[1] == 2
        }
        /// Of messages of several tracks the first one.
        var track: UInt8 {
            let multitrack: UInt8 = isVideo ? 6 : 5
            return isEnhanced && first & 15 == multitrack && payload.count > 6 ? payload[6] : 0
        }
        var isKeyframe: Bool { isVideo && (first >> 4) & 7 == 1 && !isHeader && !isEndMark }
        var isMedia: Bool { kind == 8 || kind == 9 }
    }

    var tags: [Tag] = []
    var flags: UInt8 = 0

    /// Reads a whole file; of one whose writer was killed, perhaps, as much as there is.
    /// - Throws: what is wrong with it, when anything is.
    init(_ bytes: [UInt8], mayBeCutOff: Bool = false) throws {
        func number(_ offset: Int, _ count: Int) -> Int {
            bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count >= 13, bytes[0...3] == [0x46, 0x4C, 0x56, 1] else {
            throw ChildProcess.Failure(description: "no FLV header in \(bytes.count) bytes")
        }
        flags = bytes[4]
        var offset = number(5, 4) + 4
        while offset < bytes.count {
            guard offset + 11 <= bytes.count, offset + 15 + number(offset + 1, 3) <= bytes.count else {
                if mayBeCutOff { return }
                throw ChildProcess.Failure(description: "tag at \(offset) is cut off at \(bytes.count)")
            }
            let size = number(offset + 1, 3)
            guard number(offset + 11 + size, 4) == size + 11 else {
                throw ChildProcess.Failure(description: "wrong PreviousTagSize behind the tag at \(offset)")
            }
            tags.append(
                Tag(
                    kind: bytes[offset] & 31, timestamp: Int64(number(offset + 4, 3) | Int(bytes[offset + 7]) << 24),
                    payload: Array(bytes[(offset + 11)..<(offset + 11 + size)])))
            offset += size + 15
        }
    }

    /// Audio and video frames without headers and end marks.
    func frames(kind: UInt8) -> [Tag] {
        tags.filter { $0.kind == kind && !$0.isHeader && !$0.isEndMark && !$0.payload.isEmpty }
    }

    /// Headers, each run of equal ones once.
    func headers(kind: UInt8) -> [[UInt8]] {
        var headers: [[UInt8]] = []
        for tag in tags where tag.kind == kind && tag.isHeader && !headers.contains(tag.payload) {
            headers.append(tag.payload)
        }
        return headers
    }

    /// Whether there is an onMetaData tag.
    var hasMetadata: Bool {
        tags.contains { $0.kind == 18 && $0.payload.starts(with: [2, 0, 10] + Array("onMetaData".utf8)) }
    }

    /// How much of the source must be there.
    enum Extent {
        /// All of it.
        case whole
        /// From a keyframe on (without video: from anywhere) to the end.
        case fromKeyframe
        /// From the start to anywhere, at least a third.
        case beginning
        /// Any unbroken run from a keyframe, at least so many video frames.
        case run(Int)

        /// Where `part` stands in `whole`, in one run: the first place, or where the end is wanted and the material
        /// repeats itself, the last one.
        func start<Element>(
            of part: [Element], in whole: [Element], _ areEqual: (Element, Element) -> Bool
        ) -> Int? {
            guard !part.isEmpty, part.count <= whole.count else { return nil }
            let places = 0...(whole.count - part.count)
            let isPlace = { (start: Int) in zip(part, whole[start...]).allSatisfy { areEqual($0, $1) } }
            if case .fromKeyframe = self { return places.last(where: isPlace) }
            return places.first(where: isPlace)
        }
    }

    /// What differs between what somebody received and what was sent, apart from one constant offset of all
    /// timestamps; empty when nothing does. So many frames may be missing at the end of the whole.
    func differences(from source: FLVFile, extent: Extent = .whole, missingAtEnd: Int = 0) -> [String] {
        var problems: [String] = []
        var offsets: Set<Int64> = []
        for kind: UInt8 in [9, 8] {
            let name = kind == 9 ? "video" : "audio"
            problems += headerDifferences(name, kind: kind, from: source, extent)
            if let header = tags.firstIndex(where: { $0.kind == kind && $0.isHeader }),
                let frame = tags.firstIndex(where: {
                    $0.kind == kind && !$0.isHeader && !$0.isEndMark && !$0.payload.isEmpty
                }), frame < header
            {
                problems.append("\(name) begins before its header")
            }
            let (ours, theirs) = (frames(kind: kind), source.frames(kind: kind))
            if case .whole = extent, missingAtEnd == 0, ours.map(\.payload) != theirs.map(\.payload) {
                problems.append("\(name): \(Self.firstDifference(ours, theirs))")
            }
            // A keyframe of one track is none of another one.
            for track in Set((ours + theirs).map(\.track)).sorted() {
                problems += Self.differences(
                    "\(name) track \(track)", ours.filter { $0.track == track }, theirs.filter { $0.track == track },
                    extent, missingAtEnd, &offsets)
            }
        }
        if offsets.count > 1 { problems.append("timestamps are moved by \(offsets.sorted().prefix(8))") }
        return problems
    }

    private func headerDifferences(_ name: String, kind: UInt8, from source: FLVFile, _ extent: Extent) -> [String] {
        let (ours, theirs) = (headers(kind: kind), source.headers(kind: kind))
        guard case .fromKeyframe = extent else {
            return ours == theirs ? [] : ["\(name) headers: \(ours.count) instead of \(theirs.count)"]
        }
        // ffmpeg writes FLAC's anew when its input begins again: who joins later gets those that are in force.
        var inForce: [[UInt8]: [UInt8]] = [:]
        for tag in source.tags where tag.kind == kind && tag.isHeader {
            inForce[[tag.track, tag.isEnhanced ? tag.packetType : 0]] = tag.payload
        }
        let missing = inForce.values.filter { !ours.contains($0) }.count
        let invented = ours.filter { !theirs.contains($0) }.count
        return missing + invented == 0 ? [] : ["\(name) headers: \(missing) missing, \(invented) that were not sent"]
    }

    private static func differences(
        _ name: String, _ ours: [Tag], _ theirs: [Tag], _ extent: Extent, _ missingAtEnd: Int,
        _ offsets: inout Set<Int64>
    ) -> [String] {
        guard let start = extent.start(of: ours, in: theirs, { $0.payload == $1.payload }) else {
            return [
                "\(ours.count) frames of \(name) are not a run of the \(theirs.count) that were sent: "
                    + firstDifference(ours, theirs)
            ]
        }
        var problems: [String] = []
        let isVideo = ours.first?.isVideo ?? false
        let end = start + ours.count
        let reachesEnd = end >= theirs.count - missingAtEnd
        switch extent {
        case .whole:
            if start != 0 || !reachesEnd { problems.append("\(name): frames \(start)..<\(end) of \(theirs.count)") }
        case .fromKeyframe:
            if !reachesEnd { problems.append("\(name): frames \(start)..<\(end) of \(theirs.count)") }
        case .beginning:
            if start != 0 || end < theirs.count / 3 {
                problems.append("\(name): frames \(start)..<\(end) of \(theirs.count)")
            }
        case .run(let count):
            if isVideo, ours.count < count { problems.append("only \(ours.count) frames of \(name)") }
        }
        if isVideo, let first = ours.first, !first.isKeyframe { problems.append("\(name) begins without a keyframe") }
        // FLV times are signed: ffmpeg goes on at 0 behind 2^31 - 1, a recording of ours goes on.
        for (one, other) in zip(ours, theirs[start...]) {
            offsets.insert((one.timestamp - other.timestamp) & 0x7FFF_FFFF)
        }
        return problems
    }

    private static func firstDifference(_ ours: [Tag], _ theirs: [Tag]) -> String {
        guard let first = ours.first else { return "there are none" }
        guard let start = theirs.firstIndex(where: { $0.payload == first.payload }) else {
            return "the first one (\(first.payload.count) bytes) was not sent"
        }
        for (index, frame) in ours.enumerated() {
            guard start + index < theirs.count else { return "there are \(ours.count - index) more" }
            if frame.payload != theirs[start + index].payload {
                return "number \(index) differs, the first is \(start)"
            }
        }
        return "?"
    }
}
