// SPDX-License-Identifier: Apache-2.0

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

    /// A place where somebody who knows nothing of the stream can begin: a keyframe of the default track, or the keyframe
    /// of another track right in front of it.
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
    public internal(set) var blocks = BlockList()
    /// The newest join point; nil before the first, and after a group of pictures outgrew the log.
    public internal(set) var joinPoint: JoinPoint?
    /// Metadata and configurations as they are now.
    public internal(set) var prologue = Prologue()
    /// Whether a video message was ever seen.
    public internal(set) var hasVideo = false
    /// Video tracks besides the default one.
    public internal(set) var furtherTracks: Set<UInt8> = []
    /// Messages that were ever appended.
    public var messageCount: Int { index.end }

    var index = LogIndex()
    var timeline = Timeline()
    /// Offsets of the metadata messages that are still there: a push sends those in another form.
    var metadataOffsets: [Int] = []
    var encodedPrologue: (offset: Int, bytes: [UInt8])?
    /// The first keyframe of another track since the last frame of the default one.
    var leadingKeyframe: LogEntry?

    /// An empty log.
    public init() {}

    /// Offset behind the last message.
    public var head: Int { blocks.end }

    /// Offset of the first message that is still there.
    public var tail: Int { blocks.start }

    /// The timestamp of the last message.
    public internal(set) var lastTimestamp: UInt32 = 0

    /// Memory that the log holds, in bytes: blocks, the index and what is kept for those who join.
    public var memorySize: Int { blocks.memorySize + index.memorySize + prologue.memorySize }

    /// The part of it that bytes and entries from `offset` on need.
    public func memorySize(from offset: Int) -> Int {
        let count = index.number(at: offset).map { index.end - $0 } ?? index.end - index.start
        return head - max(offset, tail) + count * LogIndex.entrySize
    }

    /// The next message comes from another connection: its timestamps continue those of the last one.
    public mutating func beginSegment() { timeline.beginSegment() }

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

    static func chunkStream(of typeID: MessageTypeID) -> ChunkStreamID {
        switch typeID {
        case .audio: ChunkStreamID(rawValue: 6)
        case .video: ChunkStreamID(rawValue: 7)
        default: ChunkStreamID(rawValue: 5)
        }
    }
}
