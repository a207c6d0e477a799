// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// How messages get into a log: looked at, stamped, written into the blocks once, and noted in the index.
extension StreamLog {
    /// Appends an audio or video message.
    ///
    /// Kinds are read from the first bytes of the payload and are advice: what is not understood is relayed like the
    /// rest. Messages of no payload and those longer than the wire can say are dropped.
    /// - Returns: what the log remembers of it; nil when it was dropped.
    @discardableResult
    public mutating func append(
        typeID: MessageTypeID, timestamp: UInt32, payload: Span<UInt8>, at now: Instant
    ) -> LogEntry? {
        append(typeID: typeID, timestamp: timestamp, payload: PayloadPlace(0..<payload.count), in: payload, at: now)
    }

    /// Appends an audio or video message whose payload lies in `input`, perhaps in pieces: it is copied once.
    ///
    /// - Returns: what the log remembers of it; nil when it was dropped.
    @discardableResult
    public mutating func append(
        typeID: MessageTypeID, timestamp: UInt32, payload: PayloadPlace, in input: Span<UInt8>, at now: Instant
    ) -> LogEntry? {
        let (kind, track) = classify(typeID, payload, in: input)
        guard let entry = add(kind, of: track, typeID: typeID, timestamp: timestamp, payload, in: input, at: now)
        else { return nil }
        switch kind {
        case .keyframe:
            // Nobody has to wait for the next keyframe of a track that came a little before this one.
            join(at: leadingKeyframe.flatMap { $0.offset >= tail ? $0 : nil } ?? entry)
            leadingKeyframe = nil
        case .trackKeyframe: if leadingKeyframe?.track ?? track == track { leadingKeyframe = entry }
        case .interFrame where track == 0: leadingKeyframe = nil
        case .audio where !hasVideo: join(at: entry)
        default: break
        }
        return entry
    }

    /// Appends a data message. What its publisher wants kept, `onMetaData` above all, is kept for those who join later;
    /// `@setDataFrame` is taken off; `@clearDataFrame` is obeyed and not appended.
    /// - Returns: what the log remembers of it; nil when nothing was appended.
    @discardableResult
    public mutating func appendData(
        typeID: MessageTypeID, timestamp: UInt32, payload: [UInt8], at now: Instant
    ) -> LogEntry? {
        switch DataFrame(typeID: typeID, payload: payload.span) {
        case .set(let name, let kept):
            prologue.setData(name: name, typeID: typeID, payload: kept)
            let entry = add(
                .metadata, typeID: typeID, timestamp: timestamp, PayloadPlace(0..<kept.count), in: kept.span, at: now)
            if let entry { metadataOffsets.append(entry.offset) }
            return entry
        case .clear(let name):
            prologue.clearData(name: name)
            return nil
        case .passing:
            return add(
                .other, typeID: typeID, timestamp: timestamp, PayloadPlace(0..<payload.count), in: payload.span,
                at: now)
        }
    }

    private mutating func add(
        _ kind: LogEntry.Kind, of track: UInt8 = 0, typeID: MessageTypeID, timestamp: UInt32, _ payload: PayloadPlace,
        in input: Span<UInt8>, at now: Instant
    ) -> LogEntry? {
        guard payload.length > 0, payload.length <= ChunkWriter.largestMessage else { return nil }
        let mapped = timeline.map(timestamp, isFrame: kind.isFrame, at: now)
        let entry = LogEntry(
            offset: blocks.end, number: index.end, arrival: now, timestamp: mapped,
            length: UInt32(truncatingIfNeeded: payload.length), typeID: typeID, kind: kind, track: track)
        blocks.appendFull(
            typeID: typeID, streamID: Self.messageStream, timestamp: RTMPTimestamp(mapped), payload: payload,
            in: input, chunkStream: Self.chunkStream(of: typeID), chunkSize: Self.chunkSize)
        index.append(entry)
        lastTimestamp = mapped
        return entry
    }

    private mutating func join(at entry: LogEntry) {
        guard joinPoint?.prologue.version == prologue.version else {
            joinPoint = JoinPoint(
                offset: entry.offset, number: entry.number, timestamp: entry.timestamp, prologue: prologue)
            return
        }
        // Without pictures every message is a join point: what is the same is left alone.
        joinPoint?.offset = entry.offset
        joinPoint?.number = entry.number
        joinPoint?.timestamp = entry.timestamp
    }

    private mutating func classify(
        _ typeID: MessageTypeID, _ payload: PayloadPlace, in input: Span<UInt8>
    ) -> (kind: LogEntry.Kind, track: UInt8) {
        let first = input.extracting(payload.firstPiece)
        let media: MediaClass?
        switch typeID {
        case .video:
            media = MediaClass(video: first, of: payload.length)
            hasVideo = true
        case .audio:
            media = MediaClass(audio: first, of: payload.length)
        default:
            return (.other, 0)
        }
        guard let media else {
            let whole = [UInt8](payload, in: input)
            return classify(typeID, PayloadPlace(0..<whole.count), in: whole.span)
        }
        if typeID == .video, media.trackID != 0, media.role != .unknown { furtherTracks.insert(media.trackID) }
        return (kind(of: media, typeID, payload, in: input), media.trackID)
    }

    private mutating func kind(
        of media: MediaClass, _ typeID: MessageTypeID, _ payload: PayloadPlace, in input: Span<UInt8>
    ) -> LogEntry.Kind {
        switch media.role {
        case .sequenceHeader, .metadata:
            if !Self.isEmptyConfiguration(media, typeID: typeID, count: payload.length) {
                prologue.setTrack(typeID: typeID, media: media, payload: [UInt8](payload, in: input))
            }
            return .configuration
        // Of several tracks the default one says where somebody can begin.
        case .keyframe: return media.trackID == 0 ? .keyframe : .trackKeyframe
        case .interFrame: return .interFrame
        case .audioFrame: return .audio
        case .endOfSequence, .command, .empty, .unknown: return .other
        }
    }

    /// ffmpeg with libaom first sends a sequence start of nothing; to replay it would undo the real one.
    private static func isEmptyConfiguration(_ media: MediaClass, typeID: MessageTypeID, count: Int) -> Bool {
        guard media.role == .sequenceHeader, !media.isMultitrack else { return false }
        return media.fourCC == nil ? count <= 2 : typeID == .video && count <= 5
    }
}
