// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// One host that a stream is published to: a connection and a cursor in the stream's log.
///
/// It begins with the first message that the log still has. After a lost connection, or when it fell too far behind,
/// it goes on with a keyframe that it has not sent before, so that the timestamps at the far side never step back.
struct Destination: Sendable {
    /// How a destination that needs no more service ended.
    enum End: Sendable {
        /// Everything was sent and the stream closed properly.
        case complete
        /// It was given up, or was down when the input ended.
        case incomplete(ExitStatus, String)
    }

    private enum Position {
        /// Joins at a join point at or behind this offset. `number` is that of the message there, or nil when this
        /// destination was never up: then nothing is missing.
        case waiting(from: Int, number: Int?)
        /// The next message to send.
        case at(Int)
    }

    /// Bytes that may wait in the session for the link: enough for one large write.
    private static let outputLimit = 128 << 10
    /// How long a peer may take nothing of what is offered.
    private static let longestStall = Duration.seconds(30)

    var outgoing: Outgoing
    /// Whether it was up, ever.
    private(set) var hasServed = false
    /// Messages that it never got.
    private(set) var skipped = 0
    /// Set once nothing more will be done.
    private(set) var end: End?

    private var position = Position.waiting(from: 0, number: nil)
    private var prologueVersion = -1
    private var isDraining = false
    /// When the link last took something, or there was nothing to take.
    private var lastTaken = Instant(nanoseconds: 0)
    private var lastFailure: String?

    init(_ outgoing: Outgoing) { self.outgoing = outgoing }

    var isUp: Bool { outgoing.streamID != nil }

    /// Whether the first attempt is still under way.
    var isTryingFirst: Bool { !hasServed && end == nil && !outgoing.isStopped }

    /// The offset from which it needs the log.
    func needs(_ log: borrowing StreamLog) -> Int {
        if isUp, case .at(let offset) = position { offset } else { log.head }
    }

    /// Bytes of the log that it has still to send.
    func behind(_ log: borrowing StreamLog) -> Int { log.head - needs(log) }

    /// How long ago the message came that it sends next.
    func lag(_ log: borrowing StreamLog, at now: Instant) -> Duration {
        guard isUp, case .at(let offset) = position, let entry = log.entry(at: offset) else { return .zero }
        return now - entry.arrival
    }

    /// The peer takes the stream now.
    mutating func becameUp(_ log: borrowing StreamLog, at now: Instant) {
        lastTaken = now
        prologueVersion = -1
        if !hasServed, log.tail == 0 { position = .at(0) }
        hasServed = true
        lastFailure = nil
    }

    /// The connection is gone; what was not sent will not be.
    mutating func becameDown(_ log: borrowing StreamLog, _ sentence: String) {
        lastFailure = sentence
        if case .at(let offset) = position { wait(log, from: offset) }
    }

    /// Nothing more will be tried.
    mutating func giveUp(_ status: ExitStatus, _ sentence: String) { end = .incomplete(status, sentence) }

    /// Sends what remains of the log, then ends the stream. One that is down is given up.
    mutating func drain(at now: Instant, _ wishes: inout Wishes) {
        guard end == nil, !isDraining else { return }
        isDraining = true
        outgoing.obeysRedirects = false
        guard !isUp else { return }
        outgoing.finish(at: now, &wishes)
        if let lastFailure {
            giveUp(.incomplete, lastFailure)
        } else {
            giveUp(.incomplete, "the input ended before \(outgoing.url) had answered")
        }
    }

    /// Puts as much on the link as it takes.
    ///
    /// - Returns: why the connection must be given up, when the peer takes nothing any more.
    mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, _ log: borrowing StreamLog, at now: Instant, _ wishes: inout Wishes
    ) -> DownReason? {
        guard end == nil else { return nil }
        var left = outgoing.outputCount
        while outgoing.flush(&link, &wishes) {
            lastTaken = now
            guard isUp, fill(log) else { break }
            left = outgoing.outputCount
        }
        guard outgoing.outputCount > 0 else {
            finishWhenDrained(log, at: now, &link, &wishes)
            return nil
        }
        if outgoing.outputCount < left { lastTaken = now }
        guard isUp, now - lastTaken >= Self.longestStall else { return nil }
        outgoing.abort(&wishes)
        return .lost("it took no data for \(Self.longestStall.wholeMilliseconds / 1000) s")
    }

    /// When a peer that takes nothing is given up.
    var deadline: Instant {
        guard end == nil else { return .never }
        let stall = isUp && outgoing.outputCount > 0 ? lastTaken + Self.longestStall : .never
        return min(stall, outgoing.deadline)
    }

    /// Leaves out what is too old, up to the newest keyframe.
    mutating func skipToJoinPoint(_ log: borrowing StreamLog) {
        guard isUp, case .at(let offset) = position, let join = log.joinPoint, join.offset > offset else { return }
        wait(log, from: offset)
    }

    private mutating func wait(_ log: borrowing StreamLog, from offset: Int) {
        position = .waiting(from: offset, number: log.messageCount - log.messages(from: offset, to: log.head))
    }

    /// Gives the session as many messages as it may hold.
    ///
    /// - Returns: whether it got any.
    private mutating func fill(_ log: borrowing StreamLog) -> Bool {
        join(log)
        guard case .at(var offset) = position else { return false }
        if offset < log.tail {
            wait(log, from: offset)
            return false
        }
        let first = offset
        while outgoing.outputCount < Self.outputLimit, let entry = log.entry(at: offset) {
            send(typeID: entry.typeID, timestamp: entry.timestamp, payload: log.payload(of: entry), entry.kind)
            offset = log.endOfMessage(at: offset)
        }
        position = .at(offset)
        if offset == log.head { prologueVersion = log.prologue.version }
        return offset > first
    }

    private mutating func join(_ log: borrowing StreamLog) {
        guard case .waiting(let from, let number) = position, let join = log.joinPoint, join.offset >= from else {
            return
        }
        if let number {
            skipped += max(0, join.number - number)
        }
        position = .at(join.offset)
        guard join.prologue.version != prologueVersion else { return }
        prologueVersion = join.prologue.version
        for message in join.prologue.messages {
            let isData = message.typeID == .data || message.typeID == .dataAMF3
            send(
                typeID: message.typeID, timestamp: join.timestamp, payload: message.payload,
                isData ? .metadata : .configuration)
        }
    }

    private mutating func send(typeID: MessageTypeID, timestamp: UInt32, payload: [UInt8], _ kind: LogEntry.Kind) {
        let media: MediaPacket.Kind =
            switch typeID {
            case .audio: .audio
            case .video: .video
            case .dataAMF3: .dataAMF3
            default: .data
            }
        var packet = MediaPacket(media, timestamp: RTMPTimestamp(timestamp), payload: payload)
        if kind == .metadata { packet = packet.wrappedInSetDataFrame() }
        // The only possible failure is a stream that is not up, which was checked.
        try? outgoing.send(packet)
    }

    private mutating func finishWhenDrained<L: Link & ~Copyable>(
        _ log: borrowing StreamLog, at now: Instant, _ link: inout L, _ wishes: inout Wishes
    ) {
        guard isDraining else { return }
        if isUp, behind(log) == 0 {
            outgoing.finish(at: now, &wishes)
            _ = outgoing.flush(&link, &wishes)
        }
        if outgoing.isStopped { end = .complete }
    }
}
