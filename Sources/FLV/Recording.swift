// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Turns the messages of a live stream into the bytes of an FLV file.
///
/// ```swift
/// var recording = Recording()
/// recording.append(kind: .video, timestamp: 40, payload: message.span, into: &bytes)   // append `bytes` to the file
/// for patch in recording.finish(into: &bytes) { overwrite(patch) }                      // after appending the last bytes
/// ```
///
/// Messages are written untouched, one tag each. The front of the file waits for the first coded frame, or until 64 KiB
/// wait with it, so that it can say what the configurations and the publisher's metadata know. Duration, file size and
/// whatever was learnt later have their place there, and ``finish(into:)`` says what to write into it. A file that was never
/// finished plays as well; it only does not know its length.
///
/// Messages longer than an FLV tag can be, 16 MiB, are left out. No RTMP message is that long.
public struct Recording: Sendable {
    /// Bytes to overwrite in the file.
    public struct Patch: Sendable, Hashable {
        /// Position in the file, counted from its first byte.
        public var offset: Int
        /// The new bytes.
        public var bytes: [UInt8]
    }

    private struct Waiting: Sendable {
        var kind: FLVTag.Kind
        var payload: [UInt8]
    }

    private var timeline: RecordingTimeline
    private var facts = StreamFacts()
    private var head: RecordingHead?
    private var headerFlags: UInt8 = 0
    private var waiting: [Waiting] = []
    private var waitingSize = 0
    private var publisher = FLVMetadata()
    private var videoClock = RecordingClock()
    private var audioClock = RecordingClock()
    private var writer = FLVWriter()

    /// Bytes of the file so far.
    public private(set) var bytes: Int64 = 0
    /// Pictures of the default track.
    public private(set) var videoFrames: Int64 = 0
    /// Those of them with which decoding can start.
    public private(set) var keyframes: Int64 = 0

    /// A recording that starts at 0 ms with its first frame, or keeps the timestamps of the stream.
    public init(keepTimestamps: Bool = false) {
        timeline = RecordingTimeline(keepsTimestamps: keepTimestamps)
    }

    /// What was recorded, from the first frame to the end of the last one, in milliseconds.
    public var mediaMilliseconds: Int64 { max(0, max(videoClock.end, audioClock.end) - timeline.start) }

    /// Takes a message and appends what can be written to `output`.
    ///
    /// `onMetaData` at the start of the stream goes into the front of the file, later ones are tags like all messages.
    /// Their `@setDataFrame` is left out.
    public mutating func append(kind: FLVTag.Kind, timestamp: UInt32, payload: Span<UInt8>, into output: inout [UInt8])
    {
        guard payload.count <= FLVTag.maximumPayloadSize, kind.rawValue < 0x20 else { return }
        switch kind {
        case .video:
            let media = MediaClass(video: payload)
            facts.note(video: payload, media)
            append(kind, media, timestamp: timestamp, payload: payload, into: &output)
        case .audio:
            let media = MediaClass(audio: payload)
            facts.note(audio: payload, media)
            append(kind, media, timestamp: timestamp, payload: payload, into: &output)
        default:
            if head == nil, kind == .scriptData, let metadata = FLVMetadata(decoding: payload) {
                publisher = metadata
                wait(for: payload.count, into: &output)
                return
            }
            let start = kind == .scriptData ? FLVMetadata.offsetBehindSetDataFrame(payload) : 0
            appendOther(kind, timestamp: timestamp, payload: payload.extracting(start..<payload.count), into: &output)
        }
    }

    /// Appends what still waits, and says which bytes of the file to overwrite so that it knows its length.
    ///
    /// Recording may go on afterwards; then finish again.
    public mutating func finish(into output: inout [UInt8]) -> [Patch] {
        writeHead(into: &output)
        var patches =
            head?.changes(facts: facts, duration: Double(mediaMilliseconds) / 1000, fileSize: bytes) ?? []
        let flags = FLVHeader(hasAudio: facts.audio != nil, hasVideo: facts.video != nil).flags
        if flags != headerFlags { patches.append(Patch(offset: 4, bytes: [flags])) }
        return patches
    }

    private mutating func append(
        _ kind: FLVTag.Kind, _ media: MediaClass, timestamp: UInt32, payload: Span<UInt8>, into output: inout [UInt8]
    ) {
        switch media.role {
        case .keyframe, .interFrame, .audioFrame, .unknown: break
        default:
            appendOther(kind, timestamp: timestamp, payload: payload, into: &output)
            return
        }
        let time = timeline.place(frame: timestamp)
        writeHead(into: &output)
        write(kind, time: time, payload: payload, into: &output)
        guard media.role != .unknown else { return }
        let isDefaultTrack = media.trackID == 0
        if kind == .audio {
            audioClock.note(time: time, offset: 0, isDefaultTrack: isDefaultTrack)
        } else {
            videoClock.note(time: time, offset: Int64(media.compositionTime), isDefaultTrack: isDefaultTrack)
            videoFrames += isDefaultTrack ? 1 : 0
            keyframes += isDefaultTrack && media.role == .keyframe ? 1 : 0
        }
    }

    private mutating func appendOther(
        _ kind: FLVTag.Kind, timestamp: UInt32, payload: Span<UInt8>, into output: inout [UInt8]
    ) {
        guard head == nil else {
            write(kind, time: timeline.place(other: timestamp), payload: payload, into: &output)
            return
        }
        waiting.append(Waiting(kind: kind, payload: [UInt8](copying: payload)))
        wait(for: payload.count, into: &output)
    }

    private mutating func wait(for size: Int, into output: inout [UInt8]) {
        waitingSize += size + FLVTag.headerSize
        if waitingSize > 65_536 { writeHead(into: &output) }
    }

    /// Writes the front of the file, once: header, metadata, and what waits.
    private mutating func writeHead(into output: inout [UInt8]) {
        guard head == nil else { return }
        let start = output.count
        let header = FLVHeader(
            hasAudio: facts.audio != nil || publisher.audioCodec != nil,
            hasVideo: facts.video != nil || publisher.videoCodec != nil)
        headerFlags = header.flags
        try? writer.write(header, into: &output)
        let place = output.count - start + FLVTag.headerSize
        var metadata: [UInt8] = []
        var head = RecordingHead()
        head.write(at: place, merging: publisher, facts: facts, into: &metadata)
        if metadata.count > FLVTag.maximumPayloadSize {
            metadata = []
            head = RecordingHead()
            head.write(at: place, merging: FLVMetadata(), facts: facts, into: &metadata)
        }
        self.head = head
        try? writer.write(kind: .scriptData, timestamp: 0, payload: metadata.span, into: &output)
        bytes += Int64(output.count - start)
        for message in waiting {
            // Whatever times configurations had, they belong to the first frame.
            write(message.kind, time: timeline.start, payload: message.payload.span, into: &output)
        }
        waiting = []
    }

    private mutating func write(_ kind: FLVTag.Kind, time: Int64, payload: Span<UInt8>, into output: inout [UInt8]) {
        let start = output.count
        // Kind and size were looked at when the message came in.
        try? writer.write(
            kind: kind, timestamp: UInt32(truncatingIfNeeded: time), payload: payload, into: &output)
        bytes += Int64(output.count - start)
    }
}
