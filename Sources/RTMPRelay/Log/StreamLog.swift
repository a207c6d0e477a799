// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import FLV
public import RTMPCore

/// One published stream: every message encoded once into chunk bytes, in memory that all who play it read.
///
/// A message goes in with a type 0 header on message stream 1 and the one chunk size of ``chunkSize``, so that a player
/// is nothing but an offset: its bytes are `blocks` from there to ``head``. Beside the bytes stands an index, and of
/// the newest place where somebody can join, the prologue in force there.
public struct StreamLog: Sendable {
    /// The chunk size that everybody who reads the log's bytes must have been told.
    public static let chunkSize = 60_000
    /// The message stream in every header of the log.
    public static let messageStream = MessageStreamID(rawValue: 1)

    /// A place where somebody who knows nothing of the stream can begin.
    public struct JoinPoint: Sendable {
        /// Offset of the message to begin with.
        public var offset: Int
        /// How many messages came before it.
        public var number: Int
        /// Its timestamp, which the messages of the prologue are given.
        public var timestamp: UInt32
        /// What must be known before it.
        public var prologue: Prologue
    }

    /// The bytes.
    public private(set) var blocks = BlockList()
    /// The newest join point; nil before the first, and after a group of pictures outgrew the log.
    public private(set) var joinPoint: JoinPoint?
    /// Metadata and configurations as they are now.
    public private(set) var prologue = Prologue()
    /// Whether a video message was ever seen.
    public private(set) var hasVideo = false
    /// Messages that were ever appended.
    public var messageCount: Int { index.end }

    private var index = LogIndex()
    private var timeline = Timeline()
    /// Offsets of the metadata messages that are still there: a push sends those in another form.
    private var metadataOffsets: [Int] = []
    private var encodedPrologue: (offset: Int, bytes: [UInt8])?
    private var scratch: [UInt8] = []

    /// An empty log.
    public init() {}

    /// Offset behind the last message.
    public var head: Int { blocks.end }

    /// Offset of the first message that is still there.
    public var tail: Int { blocks.start }

    /// The timestamp of the last message.
    public var lastTimestamp: UInt32 { index.last?.timestamp ?? 0 }

    /// Memory that the log holds, in bytes.
    public var memorySize: Int { blocks.memorySize }

    /// The next message comes from another connection: its timestamps continue those of the last one.
    public mutating func beginSegment() { timeline.beginSegment() }

    /// Appends an audio or video message.
    ///
    /// Kinds are read from the first bytes of the payload and are advice: what is not understood is relayed like the
    /// rest. Messages of no payload and those longer than the wire can say are dropped.
    /// - Returns: what the log remembers of it; nil when it was dropped.
    @discardableResult
    public mutating func append(
        typeID: MessageTypeID, timestamp: UInt32, payload: Span<UInt8>, at now: Instant
    ) -> LogEntry? {
        let kind = classify(typeID: typeID, payload: payload)
        guard let entry = add(kind, typeID: typeID, timestamp: timestamp, payload: payload, at: now) else { return nil }
        switch kind {
        case .keyframe: join(at: entry)
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
            let entry = add(.metadata, typeID: typeID, timestamp: timestamp, payload: kept.span, at: now)
            if let entry { metadataOffsets.append(entry.offset) }
            return entry
        case .clear(let name):
            prologue.clearData(name: name)
            return nil
        case .passing:
            return add(.other, typeID: typeID, timestamp: timestamp, payload: payload.span, at: now)
        }
    }

    /// Drops what nobody needs: everything before `offset`, but nothing from the newest join point on.
    public mutating func trim(upTo offset: Int) {
        let limit = min(offset, joinPoint?.offset ?? offset)
        guard limit > blocks.start, let number = index.number(at: limit) else { return }
        let kept = limit >= head ? index.end : number
        index.dropFirst(upTo: kept)
        blocks.dropFirst(upTo: kept == index.end ? head : index[kept].offset)
        metadataOffsets.removeAll { $0 < blocks.start }
    }

    /// Gives up the newest join point, because the bytes since then have become too many.
    public mutating func dropJoinPoint() {
        joinPoint = nil
        encodedPrologue = nil
    }

    // Reading

    /// The entry of the message that holds the byte at `offset`; nil when it is not there.
    public func entry(at offset: Int) -> LogEntry? {
        guard offset >= tail, offset < head, let number = index.number(at: offset) else { return nil }
        return index[number]
    }

    /// Where the message ends that holds the byte at `offset`; ``head`` when there is none.
    public func endOfMessage(at offset: Int) -> Int {
        guard let number = index.number(at: offset), number + 1 < index.end else { return head }
        return index[number + 1].offset
    }

    /// Whether `offset` lies between two messages.
    public func isBoundary(_ offset: Int) -> Bool {
        offset == head || entry(at: offset)?.offset == offset
    }

    /// How many messages lie between two boundaries.
    public func messages(from lower: Int, to upper: Int) -> Int {
        guard lower < upper, let first = index.number(at: lower) else { return 0 }
        let last = upper >= head ? index.end : index.number(at: upper) ?? index.end
        return max(0, last - first)
    }

    /// Where the first metadata message at or behind `offset` begins.
    public func nextMetadata(from offset: Int) -> Int? {
        metadataOffsets.first { $0 >= offset }
    }

    /// The payload of a message of the log.
    public func payload(of entry: LogEntry) -> [UInt8] {
        var payload: [UInt8] = []
        let length = Int(entry.length)
        payload.reserveCapacity(length)
        let hasExtendedTimestamp = entry.timestamp >= 0xFF_FFFF
        var offset = entry.offset + (hasExtendedTimestamp ? 16 : 12)
        while payload.count < length {
            let count = min(length - payload.count, Self.chunkSize)
            payload += blocks.bytes(in: offset..<(offset + count))
            guard payload.count < length, offset + count <= head else { break }
            offset += count + (hasExtendedTimestamp ? 5 : 1)
        }
        return payload
    }

    /// The prologue of the newest join point as chunk bytes like those of the log, encoded once.
    public mutating func prologueBytes() -> [UInt8] {
        guard let joinPoint else { return [] }
        if let encodedPrologue, encodedPrologue.offset == joinPoint.offset { return encodedPrologue.bytes }
        var bytes: [UInt8] = []
        for message in joinPoint.prologue.messages {
            Self.encode(message, timestamp: joinPoint.timestamp, on: Self.messageStream, into: &bytes)
        }
        encodedPrologue = (joinPoint.offset, bytes)
        return bytes
    }

    /// Appends one message of a prologue as chunk bytes.
    static func encode(
        _ message: Prologue.Message, timestamp: UInt32, on stream: MessageStreamID, into output: inout [UInt8]
    ) {
        encode(
            typeID: message.typeID, timestamp: timestamp, payload: message.payload.span, on: stream, into: &output)
    }

    /// Appends a message as chunk bytes of the form that the log has, on any message stream.
    static func encode(
        typeID: MessageTypeID, timestamp: UInt32, payload: Span<UInt8>, on stream: MessageStreamID,
        into output: inout [UInt8]
    ) {
        ChunkWriter.appendFull(
            typeID: typeID, streamID: stream, timestamp: RTMPTimestamp(timestamp), payload: payload,
            chunkStream: chunkStream(of: typeID), chunkSize: chunkSize, into: &output)
    }

    private static func chunkStream(of typeID: MessageTypeID) -> ChunkStreamID {
        switch typeID {
        case .audio: ChunkStreamID(rawValue: 6)
        case .video: ChunkStreamID(rawValue: 7)
        default: ChunkStreamID(rawValue: 5)
        }
    }

    // Writing

    private mutating func add(
        _ kind: LogEntry.Kind, typeID: MessageTypeID, timestamp: UInt32, payload: Span<UInt8>, at now: Instant
    ) -> LogEntry? {
        guard payload.count > 0, payload.count <= 0xFF_FFFF else { return nil }
        let mapped = timeline.map(timestamp, isFrame: kind.isFrame, at: now)
        let entry = LogEntry(
            offset: blocks.end, number: index.end, arrival: now, timestamp: mapped,
            length: UInt32(truncatingIfNeeded: payload.count), typeID: typeID, kind: kind)
        var bytes: [UInt8] = []
        swap(&bytes, &scratch)
        bytes.removeAll(keepingCapacity: true)
        Self.encode(typeID: typeID, timestamp: mapped, payload: payload, on: Self.messageStream, into: &bytes)
        blocks.append(bytes.span)
        swap(&bytes, &scratch)
        index.append(entry)
        return entry
    }

    private mutating func join(at entry: LogEntry) {
        joinPoint = JoinPoint(
            offset: entry.offset, number: entry.number, timestamp: entry.timestamp, prologue: prologue)
    }

    private mutating func classify(typeID: MessageTypeID, payload: Span<UInt8>) -> LogEntry.Kind {
        let media: MediaClass
        switch typeID {
        case .video:
            media = MediaClass(video: payload)
            hasVideo = true
        case .audio:
            media = MediaClass(audio: payload)
        default:
            return .other
        }
        switch media.role {
        case .sequenceHeader, .metadata:
            if !Self.isEmptyConfiguration(media, typeID: typeID, count: payload.count) {
                prologue.setTrack(typeID: typeID, media: media, payload: payload)
            }
            return .configuration
        // Of several tracks the first one says where somebody can begin; the others' keyframes come right behind.
        case .keyframe: return media.trackID == 0 ? .keyframe : .interFrame
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
