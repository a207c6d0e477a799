// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads a file that a ``Recording`` left behind, whatever ended it, so that it can be continued.
///
/// ```swift
/// var reader = RecordingReader()
/// reader.receive(bytes.span)
/// let tail = try reader.finish()
/// var recording = tail.recording
/// recording.append(kind: .video, timestamp: next, payload: message.span)
/// ```
///
/// Everything that a recording knows is found out by having it record the file once more, without writing: totals, index,
/// clocks, configurations. What it would have written must lie where it lies in the file.
public struct RecordingReader: Sendable {
    /// Why a file cannot be continued.
    public enum Fault: Error, Sendable, Hashable {
        /// It is broken before its end, or no FLV file.
        case damaged(FLVError)
        /// It has no room for an index at the front, or something else that a recording does not write.
        case foreign
        /// There is no frame in it: nothing is lost with it.
        case empty
        /// There is no keyframe near its end.
        case noKeyframe
    }

    /// Marks that are kept at most: minutes without a keyframe, more than any encoder lets pass.
    private static let markLimit = 30_000
    /// Where every frame is a keyframe, and in sound, one is enough in such a time.
    private static let spacing: Int64 = 500

    private let skipped: Int
    private var reader = FLVReader()
    private var recording: Recording?
    /// A tag whose PreviousTagSize was not there yet, and where it ends with it.
    private var pending: (tag: FLVTag, end: Int)?
    /// What stands behind the oldest keyframe that may be wanted.
    private var marks: [RecordingMark] = []
    /// Which marks are those of keyframes.
    private var keyframes: [Int] = []
    private var fault: Fault?

    /// A reader at the start of a file.
    ///
    /// - Parameter skipped: so many keyframes before the last suitable one the marks begin.
    public init(skippingKeyframes skipped: Int = 0) {
        self.skipped = min(max(skipped, 0), 10_000)
    }

    /// Takes the next bytes of the file.
    public mutating func receive(_ bytes: Span<UInt8>) {
        guard fault == nil else { return }
        reader.receive(bytes)
        readOn()
        // What it would do to a file is done already.
        _ = recording?.takeOperations()
    }

    /// Says that the file ends here, maybe inside a tag.
    ///
    /// - Returns: the recording as it was behind the last whole tag, and what the file ends with.
    public mutating func finish() throws(Fault) -> RecordingTail {
        if let fault { throw fault }
        guard var recording, recording.totals.hasVideo || recording.totals.hasAudio else { throw .empty }
        guard var first = keyframes.indices.last.map({ max(0, $0 - skipped) }) else { throw .noKeyframe }
        // A place is told by more than one frame.
        if first > 0, marks.count - keyframes[first] < 5 { first -= 1 }
        recording.distrustFile()
        recording.updatesHead = true
        let lead = marks[keyframes[max(0, first - 1)]].time
        return RecordingTail(recording: recording, marks: Array(marks[keyframes[first]...]), lead: lead)
    }

    private mutating func readOn() {
        do throws(FLVError) {
            while let element = try reader.nextElement() {
                guard take(element) else {
                    fault = .foreign
                    return
                }
            }
            if let end = pending?.end, reader.consumedBytes >= end, !takePending() { fault = .foreign }
        } catch {
            fault = .damaged(error)
        }
    }

    /// - Returns: whether a recording can have written it.
    private mutating func take(_ element: FLVReader.Element) -> Bool {
        switch element {
        case .header: return recording == nil && pending == nil
        case .previousTagSize: return false
        case .tag(let tag):
            defer { pending = (tag, reader.consumedBytes + 4) }
            return takePending()
        }
    }

    private mutating func takePending() -> Bool {
        guard let (tag, end) = pending.take() else { return true }
        guard var recording else {
            guard tag.kind == .scriptData, FLVMetadata(decoding: tag.payload.span) != nil else { return false }
            var first = Recording(keepTimestamps: true, headSize: end)
            first.updatesHead = false
            first.append(tag)
            recording = first
            return true
        }
        self.recording = nil
        recording.append(tag)
        let bytes = recording.totals.bytes
        let isFrame = recording.isFrame(tag)
        self.recording = recording
        // As long as no frame came, nothing is written.
        guard bytes == 0 || bytes == Int64(end) else { return false }
        if bytes > 0 { note(tag, isFrame: isFrame, at: recording.elapsedInFile) }
        return true
    }

    private mutating func note(_ tag: FLVTag, isFrame: Bool, at time: Int64) {
        let mark = RecordingMark(tag.kind, tag.payload.span, time: isFrame ? time : Int64(tag.timestamp))
        if isFrame, mark.isKeyframe || recording?.totals.hasVideo == false,
            keyframes.last.map({ time - marks[$0].time >= Self.spacing }) ?? true
        {
            keyframes.append(marks.count)
            // The last one may be too near to the end, and the one before the first tells where to ask for it.
            if keyframes.count > skipped + 3 { forget(upTo: keyframes[1]) }
        }
        guard !keyframes.isEmpty else { return }
        if marks.count == Self.markLimit {
            marks = []
            keyframes = []
        } else {
            marks.append(mark)
        }
    }

    private mutating func forget(upTo count: Int) {
        marks.removeFirst(count)
        keyframes.removeFirst()
        for index in keyframes.indices { keyframes[index] -= count }
    }
}

/// The end of a file that is to be continued.
public struct RecordingTail: Sendable {
    /// Behind the last whole tag. Its times are those of the file; its operations belong behind
    /// ``RecordingTotals/bytes`` of it, where the file must be cut off.
    public var recording: Recording
    /// The last tags, the first of which is a keyframe, or sound where there are no pictures.
    public var marks: [RecordingMark]
    /// The time of the keyframe before that, in milliseconds: some servers begin with the one behind the wished place
    /// (nginx-rtmp).
    public var lead: Int64

    /// Where a track ends, in milliseconds of the file; nil for one that is not there.
    public func end(of kind: FLVTag.Kind, trackID: UInt8) -> Int64? {
        recording.tracks.first { $0.isVideo == (kind == .video) && $0.id == trackID }?.time
    }
}

/// A tag, to be found again in a stream that comes once more.
public struct RecordingMark: Sendable, Hashable {
    /// Which kind.
    public var kind: FLVTag.Kind
    /// Its track, or the first of its tracks.
    public var trackID: UInt8
    /// Whether decoding can start with it.
    public var isKeyframe: Bool
    /// In milliseconds.
    public var time: Int64
    /// Bytes of its payload.
    public var count: Int
    /// FNV-1a of its payload.
    public var hash: UInt64

    /// The mark of a message.
    public init(_ kind: FLVTag.Kind, _ payload: Span<UInt8>, time: Int64) {
        self.kind = kind
        self.time = time
        count = payload.count
        switch kind {
        case .video:
            let media = MediaClass(video: payload)
            trackID = media.trackID
            isKeyframe = media.role == .keyframe && media.trackID == 0
        case .audio:
            trackID = MediaClass(audio: payload).trackID
            isKeyframe = false
        default:
            trackID = 0
            isKeyframe = false
        }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in payload.indices { hash = (hash ^ UInt64(payload[index])) &* 0x100_0000_01B3 }
        self.hash = hash
    }

    /// Whether two tags carry the same, whenever that is.
    public func matches(_ other: RecordingMark) -> Bool {
        kind == other.kind && trackID == other.trackID && count == other.count && hash == other.hash
    }
}

extension Recording {
    /// Where the last frame lies in the file.
    fileprivate var elapsedInFile: Int64 { timeline.lastFrame }

    /// Whether a tag has a time of its own.
    fileprivate func isFrame(_ tag: FLVTag) -> Bool {
        if tag.isFiltered { return false }
        let role: MediaClass.Role
        switch tag.kind {
        case .video: role = MediaClass(video: tag.payload.span).role
        case .audio: role = MediaClass(audio: tag.payload.span).role
        default: return false
        }
        return switch role {
        case .keyframe, .interFrame, .audioFrame, .unknown: true
        default: false
        }
    }
}
