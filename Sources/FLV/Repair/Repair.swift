// SPDX-License-Identifier: Apache-2.0

import AMF

/// Takes everything that is whole out of a damaged FLV file, in one line of time.
///
/// ```swift
/// var repair = Repair()
/// for piece in pieces {
///     repair.receive(piece.span)
///     while let tag = repair.nextTag() { record(tag) }
/// }
/// repair.receiveEnd()
/// while let tag = repair.nextTag() { record(tag) }
/// print(repair.report.lines)
/// ```
///
/// Given to a ``Recording``, the tags make a file that any player plays and seeks in. Bodies are what they were, bit by
/// bit; nothing is made up. Metadata about the whole file are left to the new one's head. What is kept at a time does not
/// grow with the file.
public struct Repair: Sendable {
    private struct Held: Sendable {
        var tag: FLVTag
        /// Nil: before the first frame.
        var time: Int64?
    }

    /// How much waits until both sound and pictures have begun.
    private static let mostHeld = (tags: 64, bytes: 1 << 20)
    private static let staleProperties = ["duration", "filesize", "fileSize", "keyframes", "lastkeyframelocation"]

    /// What was found and done so far; complete once the file has ended and all tags are taken.
    public private(set) var report = RepairReport()
    /// What the file is: of its tags, those that were kept.
    public private(set) var inspection = StreamInspection()

    private var scanner = TagScanner()
    private var timeline = RepairTimeline()
    private var header: FLVHeader?
    private var metadata: FLVMetadata?
    private var metadataOffset: Int64 = 0
    private var hasEnded = false
    private var hasJudged = false

    private var held: [Held] = []
    private var heldBytes = 0
    private var isHolding = true
    private var heldKinds: Set<FLVTag.Kind> = []
    private var output: [FLVTag] = []
    private var nextOutput = 0
    /// The time of the first frame, which is 0 in the new file.
    private var start: Int64 = 0

    /// A repair of a file that begins with the next bytes.
    public init() {}

    /// Takes the next bytes of the file.
    public mutating func receive(_ bytes: Span<UInt8>) {
        report.bytes += Int64(bytes.count)
        scanner.receive(bytes)
    }

    /// Says that the file ends here.
    public mutating func receiveEnd() {
        hasEnded = true
        scanner.receiveEnd()
    }

    /// The next tag of the new file, with its time there; nil when more bytes are needed, or all is taken.
    public mutating func nextTag() -> FLVTag? {
        while true {
            if nextOutput < output.count {
                nextOutput += 1
                return output[nextOutput - 1]
            }
            output = []
            nextOutput = 0
            guard let piece = scanner.next() else {
                guard hasEnded, !hasJudged else { return nil }
                release()
                judge()
                hasJudged = true
                continue
            }
            take(piece)
        }
    }

    private mutating func take(_ piece: TagScanner.Piece) {
        switch piece {
        case .header(let header, let offset):
            if self.header == nil, offset == 0 {
                self.header = header
            } else {
                timeline.beginPart()
                report.add(.joined, at: offset, "another file begins here", "its times go on behind those before")
                report.droppedBytes += Int64(FLVHeader.minimumSize + header.extra.count + 4)
            }
        case .skipped(let offset, let count, let why):
            report.droppedBytes += count
            switch why {
            case .garbage: report.add(.garbage, at: offset, "\(count) bytes that are no tag", "left out")
            case .noHeader: report.add(.noHeader, at: offset, "\(count) bytes that are no file header", "left out")
            case .cutOff(let kind, let size):
                let tag = "of the \(size + FLVTag.headerSize) bytes of a tag, \(kind), only \(count) are there"
                report.add(.cutOff, at: offset, tag, "left out")
            }
        case .tag(let tag, let offset, let size):
            let end = offset + Int64(FLVTag.headerSize + tag.payload.count)
            switch size {
            case .right: break
            case .wrong:
                report.add(.wrongPreviousTagSize, at: end, "PreviousTagSize is wrong", "written anew")
            case .missing:
                report.add(.cutOff, at: end, "PreviousTagSize is missing at the end", "written anew")
            }
            keep(tag, at: offset)
        }
    }

    private mutating func keep(_ tag: FLVTag, at offset: Int64) {
        inspection.add(tag, at: offset)
        if tag.kind == .scriptData, !tag.isFiltered, let found = FLVMetadata(decoding: tag.payload.span) {
            guard metadata == nil else {
                keepLaterMetadata(tag, found, at: offset)
                return
            }
            metadata = found
            metadataOffset = offset
        }
        var role = MediaClass.Role.unknown
        var key: RepairTimeline.TrackKey?
        if tag.kind == .audio || tag.kind == .video {
            let payload = tag.payload.span
            let media = tag.kind == .audio ? MediaClass(audio: payload) : MediaClass(video: payload)
            role = media.role
            key = .init(kind: tag.kind, number: media.trackID)
        }
        guard let key, role.isFrame else {
            hold(tag, timeline.place(other: tag.timestamp, of: key), kind: nil)
            return
        }
        let (time, change) = timeline.place(frame: tag.timestamp, of: key)
        switch change {
        case nil: break
        case .held(let by):
            let what = "\(tag.kind) steps back by \(by) ms"
            report.add(.stepBack, at: offset, what, "given the time of the frame before it")
        case .moved(let by):
            let what = "\(tag.kind) jumps to \(StreamInspection.seconds(Int64(tag.timestamp))) s"
            report.add(
                .jump, at: offset, what, "\(by < 0 ? "\(by.magnitude) ms taken off" : "\(by) ms added") from here on")
        }
        hold(tag, time, kind: tag.kind)
    }

    /// Metadata in the middle may describe what follows, but not a file that is no more.
    private mutating func keepLaterMetadata(_ tag: FLVTag, _ found: FLVMetadata, at offset: Int64) {
        guard Self.staleProperties.contains(where: { found.properties[$0] != nil }) else {
            hold(tag, timeline.place(other: tag.timestamp, of: nil), kind: nil)
            return
        }
        report.add(.staleMetadata, at: offset, "onMetaData of another file", "left out")
        report.droppedBytes += Int64(tag.payload.count + FLVTag.headerSize + 4)
    }

    /// The first frames wait for each other: sound and pictures rarely begin in the order of their times.
    private mutating func hold(_ tag: FLVTag, _ time: Int64?, kind: FLVTag.Kind?) {
        guard isHolding else {
            put(tag, at: time)
            return
        }
        held.append(Held(tag: tag, time: time))
        heldBytes += tag.payload.count
        if let kind { heldKinds.insert(kind) }
        if heldKinds.count == 2 || held.count >= Self.mostHeld.tags || heldBytes >= Self.mostHeld.bytes { release() }
    }

    private mutating func release() {
        guard isHolding else { return }
        isHolding = false
        // What has no time yet comes first; everything else by its time, and of the same time in its order.
        let ordered = held.enumerated().sorted {
            ($0.element.time ?? .min, $0.offset) < ($1.element.time ?? .min, $1.offset)
        }
        start = ordered.lazy.compactMap { $0.element.time }.first ?? 0
        held = []
        for entry in ordered { put(entry.element.tag, at: entry.element.time) }
    }

    private mutating func put(_ tag: FLVTag, at time: Int64?) {
        var tag = tag
        tag.timestamp = UInt32(truncatingIfNeeded: max(0, (time ?? start) &- start))
        report.tags += 1
        output.append(tag)
    }

    /// What the file said about itself and is not so.
    private mutating func judge() {
        let hasAudio = inspection.tracks.contains { !$0.isVideo && $0.frames > 0 }
        let hasVideo = inspection.tracks.contains { $0.isVideo && $0.frames > 0 }
        if let header, header.hasAudio != hasAudio || header.hasVideo != hasVideo {
            let words =
                hasAudio ? hasVideo ? "sound and pictures" : "sound only" : hasVideo ? "pictures only" : "neither"
            report.add(.wrongFlags, at: 4, "the flags are \(header.flags), but there is \(words)", "put right")
        }
        let place = metadataOffset
        let seconds = StreamInspection.seconds(inspection.duration)
        switch metadata?.duration {
        case nil, 0: report.add(.wrongDuration, at: place, "no duration", "put in")
        case .some(let told):
            if abs(told - Double(inspection.duration) / 1000) > 1.1 {
                report.add(.wrongDuration, at: place, "duration \(told) s, in truth \(seconds) s", "put right")
            }
        }
        switch metadata?.fileSize {
        case nil, 0: report.add(.wrongFileSize, at: place, "no file size", "put in")
        case .some(let told):
            if told != Double(report.bytes) {
                report.add(.wrongFileSize, at: place, "file size \(told), in truth \(report.bytes)", "put right")
            }
        }
        guard inspection.tracks.contains(where: { $0.keyframes > 1 }) else { return }
        if inspection.indexEntries == 0 {
            report.add(.wrongIndex, at: place, "no keyframe index", "put in")
        } else if inspection.rightIndexEntries < inspection.indexEntries {
            let wrong = inspection.indexEntries - inspection.rightIndexEntries
            let what = "\(wrong) of \(inspection.indexEntries) entries of the keyframe index lead astray"
            report.add(.wrongIndex, at: place, what, "made anew")
        }
    }
}

extension MediaClass.Role {
    /// Whether it is sound or a picture, which have times of their own.
    fileprivate var isFrame: Bool {
        switch self {
        case .keyframe, .interFrame, .audioFrame: true
        default: false
        }
    }
}
