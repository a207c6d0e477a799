// SPDX-License-Identifier: Apache-2.0

import AMF

/// What a stream or file is: its tracks with codecs, sizes and rates, its times and what is wrong with them.
///
/// Feed it the messages in order. What it remembers does not grow with the length of the stream.
///
/// ```swift
/// var inspection = StreamInspection()
/// for tag in tags { inspection.add(tag) }
/// for track in inspection.tracks { print(track.id, track.description.title, track.bitrate ?? 0) }
/// ```
public struct StreamInspection: Sendable {
    /// How many tracks are told apart.
    public static let maximumTracks = Tracks.maximumTracks
    /// How many faults are listed; all are counted.
    public static let maximumFaults = 32

    /// All tracks, in the order in which they first came.
    public private(set) var tracks: [TrackInspection] = []
    /// The newest `onMetaData`.
    public private(set) var metadata: FLVMetadata?
    /// The first faults of times.
    public private(set) var faults: [TimestampFault] = []
    /// All faults of times, by their kinds.
    public private(set) var faultCounts: [TimestampFault.Kind: Int64] = [:]
    /// Messages that could not be read as what they say they are.
    public private(set) var unreadableMessages: Int64 = 0
    /// Messages that are encrypted, and so were only counted.
    public private(set) var encryptedMessages: Int64 = 0
    /// How far sound and pictures lay apart at most in the order of the stream, in milliseconds.
    public private(set) var interleaving: Int64 = 0
    /// How many keyframes the index of the file names.
    public private(set) var indexEntries = 0
    /// How many of those were found where the index says.
    public private(set) var rightIndexEntries = 0

    private var line = UnwrappedTime()
    private var rate = BytesPerSecond()
    private var start: Int64?
    private var newest: Int64 = .min
    private var index: [(position: Double, seconds: Double)] = []
    private var nextIndexEntry = 0

    /// Nothing seen yet.
    public init() {}

    /// Takes note of a tag, which lies at `offset` in its file.
    public mutating func add(_ tag: FLVTag, at offset: Int64? = nil) {
        guard !tag.isFiltered else {
            encryptedMessages += 1
            return
        }
        add(tag.kind, timestamp: tag.timestamp, tag.payload.span, at: offset)
    }

    /// Takes note of a message.
    public mutating func add(
        _ kind: FLVTag.Kind, timestamp: UInt32, _ payload: Span<UInt8>, at offset: Int64? = nil
    ) {
        switch kind {
        case .video: addVideo(payload, timestamp, offset)
        case .audio: addAudio(payload, timestamp, offset)
        case .scriptData:
            guard let found = FLVMetadata(decoding: payload) else { return }
            metadata = found
            if index.isEmpty { readIndex(found) }
        default: break
        }
    }

    /// Milliseconds from the first frame to the end of the last one, of all tracks.
    public var duration: Int64 {
        guard let start, let end = tracks.compactMap(\.end).max() else { return 0 }
        return max(0, end &- start)
    }

    /// Bytes of all frames.
    public var bytes: Int64 { tracks.reduce(0) { $0 &+ $1.bytes } }

    /// Bits per second on average; nil before it lasts.
    public var bitrate: Int64? { TrackInspection.bitrate(of: bytes, over: duration) }

    /// Bits of the busiest second.
    public var peakBitrate: Int64 { rate.peak * 8 }

    /// Whether a keyframe, or in a stream without pictures any frame, was seen.
    public var hasKeyframe: Bool {
        tracks.contains { $0.isVideo ? $0.keyframes > 0 : $0.frames > 0 && !tracks.contains(where: \.isVideo) }
    }

    /// How much later pictures begin than sound, end later, and by how much that grew; in milliseconds. Nil unless there
    /// are both.
    public var skew: (start: Int64, end: Int64, drift: Int64)? {
        guard let video = tracks.first(where: { $0.isVideo && $0.frames > 0 }),
            let audio = tracks.first(where: { !$0.isVideo && $0.frames > 0 }),
            let videoStart = video.firstPresentation, let audioStart = audio.firstPresentation,
            let videoEnd = video.end, let audioEnd = audio.end
        else { return nil }
        let (start, end) = (videoStart &- audioStart, videoEnd &- audioEnd)
        return (start, end, end &- start)
    }

    private mutating func addVideo(_ payload: Span<UInt8>, _ timestamp: UInt32, _ offset: Int64?) {
        let media = MediaClass(video: payload)
        switch media.role {
        case .keyframe, .interFrame:
            let time = line.time(of: timestamp)
            let isKeyframe = media.role == .keyframe
            if isKeyframe, media.trackID == 0, let offset { checkIndex(offset, timestamp) }
            guard let codec = media.videoCodec else { return }
            if media.isMultitrack {
                addTracks(ofVideo: payload, isKeyframe: isKeyframe, time, offset)
                return
            }
            guard let index = index(of: .video(0), .video(codec)) else { return }
            if isKeyframe, tracks[index].videoFormat == nil, tracks[index].framesToTry > 0 {
                tracks[index].framesToTry -= 1
                let body = try? VideoMessage(decoding: payload).tracks.first?.body
                if let body { tracks[index].videoFormat = VideoFormat(codec: codec, keyframe: body.span) }
            }
            note(
                index, payload.count, isKeyframe: isKeyframe, time, offset,
                compositionTime: Int64(media.compositionTime), samples: nil)
        case .sequenceHeader, .endOfSequence: addConfigurations(ofVideo: payload, media.role)
        case .unknown: unreadableMessages += 1
        case .empty, .command, .metadata, .audioFrame: break
        }
    }

    private mutating func addTracks(
        ofVideo payload: Span<UInt8>, isKeyframe: Bool, _ time: Int64, _ offset: Int64?
    ) {
        guard let message = try? VideoMessage(decoding: payload) else {
            unreadableMessages += 1
            return
        }
        for part in message.tracks where !part.body.isEmpty {
            guard let index = index(of: .video(part.id), .video(part.codec)) else { continue }
            if isKeyframe, tracks[index].videoFormat == nil, tracks[index].framesToTry > 0 {
                tracks[index].framesToTry -= 1
                tracks[index].videoFormat = VideoFormat(codec: part.codec, keyframe: part.body.span)
            }
            note(
                index, part.body.count, isKeyframe: isKeyframe, time, offset,
                compositionTime: Int64(part.compositionTime), samples: nil)
        }
    }

    private mutating func addConfigurations(ofVideo payload: Span<UInt8>, _ role: MediaClass.Role) {
        guard let message = try? VideoMessage(decoding: payload) else {
            unreadableMessages += 1
            return
        }
        for part in message.tracks {
            if role == .endOfSequence {
                // ffmpeg ends MPEG-4 with the end of AVC, which makes no new track.
                if let index = tracks.firstIndex(where: { $0.id == .video(part.id) }) { tracks[index].ends += 1 }
                continue
            }
            guard let index = index(of: .video(part.id), .video(part.codec)) else { continue }
            // MPEG-4 part 2 announces a configuration and brings none.
            if part.body.isEmpty { tracks[index].configurations += 1 }
            guard !part.body.isEmpty else { continue }
            configure(index, part.body)
            tracks[index].videoFormat =
                VideoFormat(codec: part.codec, configuration: part.body.span) ?? tracks[index].videoFormat
        }
    }

    private mutating func addAudio(_ payload: Span<UInt8>, _ timestamp: UInt32, _ offset: Int64?) {
        let media = MediaClass(audio: payload)
        switch media.role {
        case .metadata, .command: return
        case .empty where payload.isEmpty || media.packetType != 1: return
        case .audioFrame, .sequenceHeader, .endOfSequence, .empty: break
        case .unknown, .keyframe, .interFrame:
            unreadableMessages += 1
            return
        }
        guard let message = try? AudioMessage(decoding: payload) else {
            unreadableMessages += 1
            return
        }
        let time = media.role == .audioFrame ? line.time(of: timestamp) : 0
        for part in message.tracks {
            guard let index = index(of: .audio(part.id), .audio(part.codec)) else { continue }
            switch media.role {
            case .sequenceHeader:
                configure(index, part.body)
                tracks[index].audioFormat =
                    AudioFormat(codec: part.codec, configuration: part.body.span) ?? tracks[index].audioFormat
            case .audioFrame where !part.body.isEmpty:
                if tracks[index].audioFormat == nil, tracks[index].framesToTry > 0 {
                    tracks[index].framesToTry -= 1
                    tracks[index].audioFormat = AudioFormat(
                        codec: part.codec, flags: message.flags, frame: part.body.span)
                }
                note(
                    index, media.isMultitrack ? part.body.count : payload.count, isKeyframe: false, time, offset,
                    compositionTime: 0, samples: FrameSamples.count(part, in: &tracks[index]))
            case .endOfSequence: tracks[index].ends += 1
            case .empty: tracks[index].emptyFrames += 1
            default: break
            }
        }
    }

    private mutating func configure(_ index: Int, _ body: [UInt8]) {
        tracks[index].configurations += 1
        guard tracks[index].configuration != body, body.count <= Tracks.configurationLimit else { return }
        if tracks[index].configuration != nil { tracks[index].configurationChanges += 1 }
        tracks[index].configuration = body
        tracks[index].description = CodecDescription(tracks[index].codec, configuration: body)
        tracks[index].samplingRate = nil
    }

    private mutating func note(
        _ index: Int, _ size: Int, isKeyframe: Bool, _ time: Int64, _ offset: Int64?, compositionTime: Int64,
        samples: Int64?
    ) {
        start = min(start ?? time, time)
        newest = max(newest, time)
        rate.note(size, at: newest)
        let before = tracks[index].lastTime ?? time
        let fault = tracks[index].note(
            frame: size, isKeyframe: isKeyframe, at: time, compositionTime: compositionTime, samples: samples)
        if let fault {
            faultCounts[fault, default: 0] += 1
            if faults.count < Self.maximumFaults {
                faults.append(
                    TimestampFault(kind: fault, track: tracks[index].id, from: before, to: time, offset: offset))
            }
        }
        let isVideo = tracks[index].isVideo
        if fault == nil, let other = tracks.first(where: { $0.isVideo != isVideo })?.lastTime {
            interleaving = max(interleaving, Int64(clamping: (time &- other).magnitude))
        }
    }

    private mutating func index(of id: Tracks.ID, _ codec: Tracks.Codec) -> Int? {
        if let index = tracks.firstIndex(where: { $0.id == id }) {
            if tracks[index].codec != codec {
                tracks[index].codec = codec
                tracks[index].description = CodecDescription(codec, configuration: tracks[index].configuration)
            }
            return index
        }
        guard tracks.count < Self.maximumTracks else { return nil }
        tracks.append(TrackInspection(id, codec))
        return tracks.count - 1
    }

    private mutating func readIndex(_ metadata: FLVMetadata) {
        guard let keyframes = metadata.properties["keyframes"], let positions = keyframes["filepositions"]?.array,
            let times = keyframes["times"]?.array
        else { return }
        index = zip(positions, times).compactMap { position, time in
            guard let position = position.number, let seconds = time.number else { return nil }
            return (position, seconds)
        }
        index.sort { $0.position < $1.position }
        indexEntries = max(positions.count, times.count)
    }

    /// Counts the entries of the index that lead to the keyframe at `offset`. ffmpeg counts from the first frame.
    private mutating func checkIndex(_ offset: Int64, _ timestamp: UInt32) {
        while nextIndexEntry < index.count, index[nextIndexEntry].position < Double(offset) { nextIndexEntry += 1 }
        guard nextIndexEntry < index.count, index[nextIndexEntry].position == Double(offset) else { return }
        let difference = index[nextIndexEntry].seconds - Double(timestamp) / 1000
        let fromStart = difference + Double(start ?? Int64(timestamp)) / 1000
        if abs(difference) <= 1 || abs(fromStart) <= 1 { rightIndexEntries += 1 }
    }
}

extension MediaClass {
    /// The codec of a video message.
    var videoCodec: VideoMessage.Codec? {
        fourCC.map { .enhanced(FourCC(rawValue: $0)) } ?? legacyCodec.map { .legacy($0) }
    }
}
