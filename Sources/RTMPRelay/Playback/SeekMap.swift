// SPDX-License-Identifier: Apache-2.0

internal import AMF
internal import FLV
internal import RTMPCore

/// Where in a file one can begin, and with which configurations: from the index of keyframes in its metadata, or from
/// what was seen of its tags. Bounded, whatever the file says.
struct SeekMap: Sendable {
    struct Point: Sendable, Hashable {
        /// Milliseconds.
        var time: Int64
        /// Where the tag begins in the file.
        var position: Int
    }

    private struct Configuration: Sendable {
        var position: Int
        var typeID: MessageTypeID
        var payload: [UInt8]
    }

    /// Points that are kept; of more, every second one goes.
    static let capacity = 2_048
    /// Bytes of configurations that are kept. Those of real files have some hundred.
    private static let configurationLimit = 32 << 10
    /// Milliseconds from one point to the next in a file without pictures.
    private static let soundInterval: Int64 = 1_000

    /// In order of time and position.
    private(set) var points: [Point] = []
    /// Whether the points are those of the file's own index, which may be wrong.
    private(set) var isIndexed = false
    /// All tags before this place were seen.
    private(set) var scanned = 0
    /// The latest time among them.
    private(set) var scannedTime: Int64 = -1
    /// Whether nothing readable lies behind that place.
    private(set) var isComplete = false
    private(set) var hasVideo = false
    /// The time of the first frame.
    private(set) var firstTime: Int64?
    private var interval: Int64 = 0
    private var configurations: [Configuration] = []
    private var configurationBytes = 0

    /// Takes the index out of metadata, if there is a plausible one: two arrays of one length, in order and inside the file.
    ///
    /// ``FLVMetadata`` says what writers put there. Every entry is looked at before it is believed.
    mutating func take(indexOf metadata: FLVMetadata, size: Int) {
        guard let index = metadata.properties["keyframes"], let times = index["times"]?.array,
            let positions = index["filepositions"]?.array, times.count == positions.count, times.count > 1
        else { return }
        var found: [Point] = []
        let step = times.count / Self.capacity + 1
        for entry in stride(from: 0, to: times.count, by: step) {
            guard let time = times[entry].number, let position = positions[entry].int, time >= 0, time < 4_294_967,
                (1..<size).contains(position)
            else { return }
            let point = Point(time: Int64(time * 1_000 + 0.5), position: position)
            if let last = found.last, last.time > point.time || last.position >= position { return }
            found.append(point)
        }
        points = found
        isIndexed = true
    }

    /// The file's index is wrong: what counts from here on is what is seen.
    mutating func dropIndex(restartingAt place: Int) {
        points = []
        isIndexed = false
        isComplete = false
        scanned = place
        scannedTime = -1
    }

    /// A tag was seen, in order.
    mutating func note(_ head: TagHead) {
        guard head.position >= scanned else { return }
        scanned = head.next
        guard head.isFrame, !head.isFiltered else { return }
        scannedTime = max(scannedTime, head.time)
        firstTime = firstTime ?? head.time
        if head.kind == .video, !hasVideo {
            hasVideo = true
            if !isIndexed { points = [] }
        }
        guard !isIndexed else { return }
        let isPoint = hasVideo ? head.role == .keyframe : true
        let gap = hasVideo ? interval : max(interval, Self.soundInterval)
        guard isPoint, points.last.map({ head.time - $0.time >= max(gap, 0) }) ?? true else { return }
        points.append(Point(time: head.time, position: head.position))
        if points.count > Self.capacity { thin() }
    }

    /// A configuration was seen.
    mutating func note(_ head: TagHead, configuration payload: [UInt8]) {
        guard !configurations.contains(where: { $0.position == head.position }),
            configurationBytes + payload.count <= Self.configurationLimit
        else { return }
        configurationBytes += payload.count
        let place = configurations.firstIndex { $0.position > head.position } ?? configurations.count
        configurations.insert(
            Configuration(position: head.position, typeID: head.typeID, payload: payload), at: place)
    }

    /// There are no tags before that place.
    mutating func skip(to place: Int) { scanned = max(scanned, place) }

    /// Nothing more can be seen.
    mutating func complete() { isComplete = true }

    /// The number of the last point that is not behind that time.
    func point(atOrBefore time: Int64) -> Int? {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }

    /// What is in force at a place in the file, as far as it was seen.
    func configurations(before place: Int) -> [Prologue.Message] {
        var prologue = Prologue()
        for configuration in configurations where configuration.position < place {
            let payload = configuration.payload
            let media =
                configuration.typeID == .video ? MediaClass(video: payload.span) : MediaClass(audio: payload.span)
            prologue.setTrack(typeID: configuration.typeID, media: media, payload: payload)
        }
        return prologue.messages
    }

    /// Bytes of memory.
    var memorySize: Int { points.count * 16 + configurationBytes }

    private mutating func thin() {
        points = points.enumerated().filter { $0.offset & 1 == 0 }.map(\.element)
        guard let first = points.first, let last = points.last else { return }
        interval = (last.time - first.time) / Int64(max(points.count, 1)) / 2 + 1
    }
}
