// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What is done to a stream for every message and in every turn, where it lies in the relay's table.
extension LiveStream {
    /// A message that went into the log.
    struct Appended {
        var entry: LogEntry
        var isRecorded: Bool
    }

    /// Appends sound or picture that lies in `bytes`; nil when nothing was appended.
    mutating func append(_ message: MessageInPlace, in bytes: Span<UInt8>, at now: Instant) -> Appended? {
        guard source != .ended else { return nil }
        lastMedia = now
        self.bytes += Int64(message.payload.length)
        let entry = log.append(
            typeID: message.typeID, timestamp: message.timestamp.milliseconds, payload: message.payload, in: bytes,
            at: now)
        return entry.map { Appended(entry: $0, isRecorded: recorder != nil) }
    }

    /// Appends a message of its own; nil when nothing was appended.
    mutating func append(_ packet: MediaPacket, at now: Instant) -> Appended? {
        guard source != .ended else { return nil }
        lastMedia = now
        bytes += Int64(packet.payload.count)
        let timestamp = packet.timestamp.milliseconds
        let entry: LogEntry?
        switch packet.kind {
        case .audio, .video:
            entry = log.append(typeID: packet.typeID, timestamp: timestamp, payload: packet.payload.span, at: now)
        case .data, .dataAMF3:
            entry = log.appendData(typeID: packet.typeID, timestamp: timestamp, payload: packet.payload, at: now)
        }
        return entry.map { Appended(entry: $0, isRecorded: recorder != nil) }
    }

    /// A message waits to be sent, at the latest after `patience` nanoseconds if it is sound that goes with a
    /// picture.
    ///
    /// - Returns: whether it is the first that waits, and how many bytes wait in all.
    mutating func hold(_ entry: LogEntry, patience: Int64, at now: Instant) -> (isFirst: Bool, waiting: Int) {
        let isCarried = entry.kind == .audio && log.hasVideo
        if isCarried { carriesSound = true }
        let due = isCarried ? Instant(nanoseconds: now.nanoseconds &+ patience) : now
        defer { mediaDue = min(mediaDue ?? .never, due) }
        return (mediaDue == nil, log.head - servedHead)
    }

    /// Whether it is written to a file.
    mutating func isRecorded() -> Bool { recorder != nil }

    /// When the messages that wait must be sent; never when none do.
    mutating func dueTime() -> Instant { mediaDue ?? .never }

    /// Whether it is among the streams to serve now, and was not before.
    mutating func becomesDirty() -> Bool {
        defer { isDirty = true }
        return !isDirty
    }

    /// The players for a turn of serving, to be given back at its end: so they are not copied while they change.
    mutating func takePlayers() -> [Player] {
        var taken: [Player] = []
        swap(&taken, &players)
        return taken
    }

    /// What a turn of serving begins with.
    struct Turn {
        let blocks: BlockList
        let isMediaDue: Bool
        let hasSubscribers: Bool
        /// There is sound that goes with pictures, and the source's connection does not know.
        let canGather: Bool
    }

    /// The beginning of a turn of serving.
    mutating func beginServing() -> Turn {
        let isDue = isMediaDue
        isDirty = false
        let canGather = isDue && carriesSound && !isGathered
        if canGather { isGathered = true }
        if isDue {
            isMediaDue = false
            mediaDue = nil
            servedHead = log.head
        }
        return Turn(blocks: log.blocks, isMediaDue: isDue, hasSubscribers: !subscribers.isEmpty, canGather: canGather)
    }

    /// The end of that turn. What nobody needs any more goes, all before `needed` but for the newest group of pictures,
    /// and that too when it is longer than `limit`.
    mutating func endServing(_ served: consuming [Player], needed: Int, limit: Int) {
        players = served
        if let start = log.joinPoint?.offset, log.memorySize(from: start) > limit { log.dropJoinPoint() }
        var needed = needed
        for index in subscribers.indices { needed = min(needed, subscribers[index].sent) }
        log.trim(upTo: needed)
    }

    /// Memory that its log holds, in bytes.
    mutating func memorySize() -> Int { log.memorySize }

    /// How far a cursor is behind, in time and in what must be kept for it; nil when it is not, or nothing more comes.
    mutating func lag(of cursor: Int, at now: Instant) -> (time: Duration, memory: Int)? {
        guard source != .ended, let entry = log.entry(at: cursor) else { return nil }
        return (now - entry.arrival, log.memorySize(from: cursor))
    }
}
