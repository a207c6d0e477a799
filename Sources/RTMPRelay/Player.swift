// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Somebody who reads a stream's log: a player of ours, or another host that the stream is pushed to.
struct Player: Sendable {
    /// How it gets its bytes.
    enum Mode: Sendable, Hashable {
        /// Nothing to begin with yet: joins at the first join point at or behind this offset.
        case waiting(from: Int)
        /// The log's own bytes, as they are.
        case raw
        /// Message by message, because it wants some of them only or has another message stream.
        case walking
        /// Wants nothing at present.
        case paused
    }

    let connection: ConnectionID
    /// The message stream that it plays on, or that the other host gave us.
    let messageStream: MessageStreamID
    /// Index of the push when this is one: metadata then goes out as `@setDataFrame`.
    let push: Int?
    let since: Instant

    var mode = Mode.waiting(from: 0)
    /// Offset in the log of the next byte for it; between two messages unless the mode is `raw`.
    var cursor = 0
    /// The version of the prologue that it was given.
    var prologueVersion = -1
    /// Messages that it never got because it was too slow.
    var skipped = 0
    /// Number of the first message that it misses while it waits for a join point.
    var lostFrom: Int?
    /// The stream is over: once the cursor is at the head, say so.
    var isEnding = false

    var wantsAudio = true
    var wantsVideo = true
    /// While video starts: the tracks of which a keyframe came. Of the others nothing else is of use.
    var started: Set<UInt8>?

    init(connection: ConnectionID, messageStream: MessageStreamID, push: Int? = nil, since: Instant) {
        self.connection = connection
        self.messageStream = messageStream
        self.push = push
        self.since = since
    }

    /// Whether the log's own bytes are what it wants, provided that nothing else uses its connection.
    var isPlain: Bool {
        messageStream == StreamLog.messageStream && wantsAudio && wantsVideo && started == nil
    }

    /// Whether the cursor means something: bytes from there on must not be trimmed.
    var readsLog: Bool {
        switch mode {
        case .raw, .walking: true
        case .waiting, .paused: false
        }
    }

    /// The stream begins there, and this player waited for it: it gets everything, but for video that comes before the
    /// first keyframe. (Not from the newest join point: a fast publisher may have sent several by the first turn.)
    mutating func begin(at head: Int) {
        guard case .waiting = mode else { return }
        mode = .walking
        cursor = head
        started = []
    }

    /// Whether it is served whether or not media is due.
    var isUrgent: Bool {
        if case .waiting = mode { true } else { isEnding }
    }

    /// Turns kinds of media on or off. The cursor must stand between two messages.
    mutating func change(audio: Bool?, video: Bool?) {
        if let audio { wantsAudio = audio }
        if let video {
            if video, !wantsVideo { started = [] }
            wantsVideo = video
        }
        if mode == .raw, !isPlain { mode = .walking }
    }

    /// Whether a message is among those that it wants. Tells when video has started.
    ///
    /// - Parameter furtherTracks: The stream's video tracks besides the default one.
    mutating func wants(_ entry: LogEntry, among furtherTracks: Set<UInt8>) -> Bool {
        switch entry.typeID {
        case .audio: return wantsAudio
        case .video: return wantsVideo && wants(video: entry, among: furtherTracks)
        default: return true
        }
    }

    private mutating func wants(video entry: LogEntry, among furtherTracks: Set<UInt8>) -> Bool {
        guard let started else { return true }
        switch entry.kind {
        case .keyframe, .trackKeyframe:
            self.started?.insert(entry.track)
            let isComplete = furtherTracks.allSatisfy { $0 == entry.track || started.contains($0) }
            // A track that has shown nothing through a whole group of pictures is waited for no longer.
            let isEnough = entry.track == 0 ? isComplete || started.contains(0) : isComplete && started.contains(0)
            if isEnough { self.started = nil }
            return true
        case .interFrame: return started.contains(entry.track)
        default: return true
        }
    }
}
