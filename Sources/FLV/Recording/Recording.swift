// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Turns the messages of a live stream into an FLV file that is valid at every moment.
///
/// ```swift
/// var recording = Recording()
/// recording.append(kind: .video, timestamp: 40, payload: message.span)
/// recording.finish()
/// for operation in recording.takeOperations() {
///     switch operation {
///     case .append(let bytes, _): write(bytes)
///     case .overwrite(let offset, let bytes): write(bytes, at: offset)
///     }
/// }
/// ```
///
/// Messages are written untouched, one tag each. The front of the file waits for the first coded frame, or until 64 KiB
/// wait with it, so that it can say what the configurations and the publisher's metadata know. It has room for duration,
/// file size and an index of the keyframes, which are brought up to date with every second of media, and whenever
/// ``update()`` is called. Wherever the sequence of operations is broken off, and be it inside of one that appends, a file
/// is left that plays, can be sought in, and knows its duration to a second. On a pipe the same bytes are written, and
/// nothing is overwritten.
///
/// Messages longer than an FLV tag can be, 16 MiB, are left out. No RTMP message is that long.
public struct Recording: Sendable {
    /// Something to be done to the file. They must be done in order.
    public enum Operation: Sendable, Hashable {
        /// Write behind everything that was written before, and how far the file goes then.
        case append([UInt8], upTo: RecordingTotals)
        /// Overwrite bytes, at this position counted from the first byte of the file.
        case overwrite(at: Int, [UInt8])
    }

    struct Waiting: Sendable {
        var kind: FLVTag.Kind
        var payload: [UInt8]
    }

    /// Bytes at the front that the file has by default: room for 3,600 keyframes, two hours with one every two seconds.
    public static let defaultHeadSize = 65_536

    /// Whether the front is brought up to date. There is no point in it on a pipe.
    public var updatesHead = true
    /// How far it has come. Bytes count as soon as they are in an operation.
    public internal(set) var totals = RecordingTotals()

    /// Where the file begins in the series of files that it belongs to, in milliseconds.
    public internal(set) var begin: Int64 = 0
    /// How many of its first tags, behind the one with the metadata, repeat what an earlier file of the series has.
    public internal(set) var repeatedTags = 0

    /// Tags are gathered into pieces of this size, so that no bytes are moved while one grows, and its memory can be had
    /// again for the next.
    private static let pieceSize = 65_536 - 64

    let headSize: Int
    var timeline: RecordingTimeline
    var facts = StreamFacts()
    var prologue = RecordingPrologue()
    /// Where each track stood last, on the stream's clock.
    private(set) var tracks: [RecordingTrack] = []
    var head: RecordingHead?
    var index = KeyframeIndex(capacity: 0)
    var waiting: [Waiting] = []
    private var waitingSize = 0
    private var videoClock = RecordingClock()
    private var audioClock = RecordingClock()
    private var writer = FLVWriter()

    var gathered: [UInt8] = []
    var operations: [Operation] = []
    /// What the front of the file says.
    var told = RecordingTotals()
    var toldIndexSize = 0
    var toldLastKeyframe: KeyframeIndex.Entry?

    /// A recording that starts at 0 ms with its first frame, or keeps the timestamps of the stream.
    ///
    /// - Parameters:
    ///   - keepTimestamps: Whether it keeps them.
    ///   - headSize: Bytes at the front, before the first message; more when the publisher's metadata need it.
    public init(keepTimestamps: Bool = false, headSize: Int = defaultHeadSize) {
        self.headSize = headSize
        timeline = RecordingTimeline(keepsTimestamps: keepTimestamps)
    }

    /// Whether there is something to do.
    public var hasOperations: Bool { !gathered.isEmpty || !operations.isEmpty }

    /// What is to be done to the file now.
    public mutating func takeOperations() -> [Operation] {
        closeGathered()
        var taken: [Operation] = []
        swap(&taken, &operations)
        return taken
    }

    /// Takes a message.
    ///
    /// `onMetaData` at the start of the stream goes into the front of the file, later ones are tags like all messages.
    /// Their `@setDataFrame` is left out.
    public mutating func append(kind: FLVTag.Kind, timestamp: UInt32, payload: Span<UInt8>) {
        guard payload.count <= FLVTag.maximumPayloadSize, kind.rawValue < 0x20 else { return }
        switch kind {
        case .video:
            let media = MediaClass(video: payload)
            facts.note(video: payload, media)
            prologue.note(kind, media, payload)
            append(kind, media, timestamp: timestamp, payload: payload)
        case .audio:
            let media = MediaClass(audio: payload)
            facts.note(audio: payload, media)
            prologue.note(kind, media, payload)
            append(kind, media, timestamp: timestamp, payload: payload)
        default:
            if kind == .scriptData, let metadata = FLVMetadata(decoding: payload) {
                prologue.metadata = metadata
                if head == nil { return wait(for: payload.count) }
            }
            let start = kind == .scriptData ? FLVMetadata.offsetBehindSetDataFrame(payload) : 0
            appendOther(kind, timestamp: timestamp, payload: payload.extracting(start..<payload.count))
        }
    }

    /// Takes a tag of another file. One that is encrypted is written as it is.
    public mutating func append(_ tag: FLVTag) {
        guard tag.isFiltered else {
            append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
            return
        }
        guard tag.payload.count <= FLVTag.maximumPayloadSize, tag.kind.rawValue < 0x20 else { return }
        let time = timeline.place(frame: tag.timestamp)
        writeHead()
        write(tag.kind, isFiltered: true, time: time, payload: tag.payload.span)
    }

    /// Brings the front of the file up to date, if there is one and it does not say already how far the file goes.
    public mutating func update() {
        tell(isFinal: false)
    }

    /// Writes what still waits, and says at the front what came.
    ///
    /// Recording may go on afterwards; then finish again.
    public mutating func finish() {
        writeHead()
        tell(isFinal: true)
    }

    private mutating func append(
        _ kind: FLVTag.Kind, _ media: MediaClass, timestamp: UInt32, payload: Span<UInt8>
    ) {
        switch media.role {
        case .keyframe, .interFrame, .audioFrame, .unknown: break
        default:
            appendOther(kind, timestamp: timestamp, payload: payload)
            return
        }
        let time = timeline.place(frame: timestamp)
        writeHead()
        note(RecordingTrack(isVideo: kind == .video, id: media.trackID, time: timeline.lastFrame))
        let isDefaultTrack = media.trackID == 0
        if media.role == .keyframe, isDefaultTrack { index.append(time: time, position: totals.bytes) }
        if media.role == .unknown {
            // Nothing is known about its time.
        } else if kind == .audio {
            audioClock.note(time: time, offset: 0, isDefaultTrack: isDefaultTrack)
        } else {
            videoClock.note(time: time, offset: Int64(media.compositionTime), isDefaultTrack: isDefaultTrack)
        }
        write(kind, time: time, payload: payload)
        totals.count(media, isVideo: kind == .video)
        if totals.mediaMilliseconds &- told.mediaMilliseconds >= 1_000 { update() }
    }

    mutating func appendOther(_ kind: FLVTag.Kind, timestamp: UInt32, payload: Span<UInt8>) {
        guard head == nil else {
            write(kind, time: timeline.place(other: timestamp), payload: payload)
            return
        }
        waiting.append(Waiting(kind: kind, payload: [UInt8](copying: payload)))
        wait(for: payload.count)
    }

    private mutating func wait(for size: Int) {
        waitingSize += size + FLVTag.headerSize
        if waitingSize > 65_536 { writeHead() }
    }

    private mutating func note(_ track: RecordingTrack) {
        if let index = tracks.firstIndex(where: { $0.isVideo == track.isVideo && $0.id == track.id }) {
            tracks[index].time = track.time
        } else {
            tracks.append(track)
        }
    }

    mutating func write(
        _ kind: FLVTag.Kind, isFiltered: Bool = false, time: Int64, payload: Span<UInt8>
    ) {
        let size = FLVTag.headerSize + payload.count + 4
        if gathered.count + size > gathered.capacity {
            closeGathered()
            gathered.reserveCapacity(max(size, Self.pieceSize))
        }
        // Kind and size were looked at when the message came in.
        try? writer.write(
            kind: kind, isFiltered: isFiltered, timestamp: UInt32(truncatingIfNeeded: time), payload: payload,
            into: &gathered)
        totals.bytes += Int64(size)
        totals.tags += 1
        guard kind == .audio || kind == .video else { return }
        totals.lastMilliseconds = max(totals.lastMilliseconds, time)
        totals.mediaMilliseconds = max(
            totals.mediaMilliseconds, max(videoClock.end, audioClock.end, time) - timeline.start)
    }

    /// What was gathered is one operation, because another one comes behind it.
    mutating func closeGathered() {
        guard !gathered.isEmpty else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &gathered)
        operations.append(.append(bytes, upTo: totals))
    }
}
