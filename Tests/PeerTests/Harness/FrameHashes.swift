// SPDX-License-Identifier: Apache-2.0

/// The packets of each stream as ffmpeg's `framemd5` muxer lists them.
struct FrameHashes {
    struct Packet: Equatable {
        var pts: Int64
        var size: Int
        var hash: Substring
    }

    var streams: [Int: [Packet]] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }
            guard fields.count >= 6, let stream = Int(fields[0]), let pts = Int64(fields[2]), let size = Int(fields[4])
            else { continue }
            // ffmpeg makes an empty packet of some headers.
            guard size > 0 else { continue }
            streams[stream, default: []].append(Packet(pts: pts, size: size, hash: fields[5]))
        }
    }

    /// What differs, apart from one constant offset of all timestamps.
    ///
    /// `extent` as in ``FLVFile/differences(from:extent:)``; streams are paired by their content.
    func differences(from source: FrameHashes, extent: FLVFile.Extent = .whole) -> [String] {
        var problems: [String] = []
        var offsets: Set<Int64> = []
        if streams.count != source.streams.count {
            problems.append("\(streams.count) streams instead of \(source.streams.count)")
        }
        for (number, packets) in streams.sorted(by: { $0.key < $1.key }) {
            var place: (stream: [Packet], start: Int)?
            for candidate in source.streams.values {
                if let start = Self.start(of: packets, in: candidate, extent) { place = (candidate, start) }
            }
            guard let (theirs, start) = place else {
                problems.append("the \(packets.count) packets of stream \(number) are no run of any that was sent")
                continue
            }
            let end = start + packets.count
            let isEnough =
                switch extent {
                case .whole: start == 0 && end == theirs.count
                case .fromKeyframe: end == theirs.count
                case .beginning: start == 0 && end >= theirs.count / 3
                case .run(let count): packets.count >= count
                }
            if !isEnough { problems.append("packets \(start)..<\(end) of \(theirs.count) of stream \(number)") }
            for (one, other) in zip(packets, theirs[start...]) { offsets.insert(one.pts - other.pts) }
        }
        if offsets.count > 1 { problems.append("timestamps are moved by \(offsets.sorted().prefix(8))") }
        return problems
    }

    private static func start(of part: [Packet], in whole: [Packet], _ extent: FLVFile.Extent) -> Int? {
        extent.start(of: part, in: whole) { $0.hash == $1.hash && $0.size == $1.size }
    }
}
