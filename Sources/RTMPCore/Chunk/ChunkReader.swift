// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// Puts the messages of one direction of a connection together from its chunks (RTMP §5.3).
///
/// ```swift
/// var position = 0
/// while let message = try reader.next(from: bytes, at: &position) { handle(message) }
/// ```
///
/// It applies Set Chunk Size and Abort itself and hands them out nevertheless. How the bytes are cut into pieces never
/// changes the result. Memory is taken as payload arrives, not as a header promises it, and nothing is kept for a
/// chunk stream that was never used. The header of a chunk is read as a whole or not at all.
///
/// The reader is as tolerant as peers make necessary: extended timestamps may be repeated in type 3 chunks or not, a
/// message may be begun anew in its middle, a chunk stream may begin with a type 1 header.
public struct ChunkReader: Sendable {
    /// Longest basic header, message header and extended timestamp.
    static let largestHeader = 18
    /// What is used at most of an announced chunk size: no message is longer.
    static let largestChunkSize = 0xFF_FFFF
    /// Room that is made at least for a message that is collected: before and after the peer is accepted.
    private static let strangerReservation = 4 << 10
    private static let reservation = 64 << 10

    /// Bytes of payload per chunk that the peer writes, as used: 128 until it announces another, at most 16,777,215.
    public internal(set) var chunkSize = 128
    /// Whether the peer's publish or play was accepted, so that the wider ones of the ``Limits`` hold.
    public var isAccepted = false
    /// Everything consumed so far, counted from the first byte of the connection.
    public private(set) var offset: Int
    /// Where the message that was handed out last began, counted from the first byte of the connection.
    public internal(set) var messageOffset: Int
    /// Messages that were never completed, because the peer aborted them or began anew.
    public internal(set) var discardedMessages = 0

    let limits: Shared<Limits>
    var streams: [ChunkStreamState] = []
    /// Bytes in the payloads of `streams`.
    var partialBytes = 0
    /// The stream of the current chunk, and how much of that chunk's payload is still to come.
    var current = 0
    var left = 0
    /// The header with which a further chunk of the current message begins, when one byte can hold it; else no byte.
    var continuation: UInt16 = .max
    /// The beginning of a header whose rest has not arrived.
    private var pending: [UInt8] = []
    private var failure: Shared<RTMPError>?
    private var buffer = ReceiveBuffer()

    /// A reader of a connection whose chunks begin at `offset`: 3,073 when a handshake came before.
    public init(limits: Limits = Limits(), offset: Int = 0) { self.init(limits: Shared(limits), offset: offset) }

    init(limits: Shared<Limits>, offset: Int) {
        self.limits = limits
        self.offset = offset
        messageOffset = offset
    }

    /// Takes a copy of `bytes`, for ``nextMessage()``.
    public mutating func receive(_ bytes: Span<UInt8>) { buffer.append(bytes) }

    /// The next message of the bytes that were received; nil when more are needed.
    ///
    /// - Throws: the same as ``next(from:at:)``.
    public mutating func nextMessage() throws(RTMPError) -> RawMessage? {
        var input = ReceiveBuffer()
        swap(&input, &buffer)
        var position = input.start
        defer {
            input.consume(upTo: position)
            swap(&input, &buffer)
        }
        return try next(from: input.bytes.span, at: &position)
    }

    /// The next message, from `input` at `position`, which moves behind what was consumed; nil when all of it is
    /// consumed and more is needed.
    ///
    /// - Throws: an error of the chunk stream or one of the limits, with the place in the connection. Messages before
    ///   the fault have been handed out; from then on every call throws the same error.
    public mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> RawMessage? {
        switch try nextInPlace(from: input, at: &position) {
        case .collected(let message): message
        case .inPlace(let message): RawMessage(message, in: input)
        case nil: nil
        }
    }

    /// The same as ``next(from:at:)``, but sound and pictures that lie whole in `input` are left there.
    ///
    /// - Throws: the same as ``next(from:at:)``.
    public mutating func nextInPlace(
        from input: Span<UInt8>, at position: inout Int
    ) throws(RTMPError) -> LentMessage? {
        if let failure { throw failure.value }
        let start = position
        if left == 0, pending.isEmpty, let message = takeUsual(input, at: &position, base: offset - start) {
            offset += position - start
            return .inPlace(message)
        }
        defer { offset += position - start }
        do throws(RTMPError) {
            return try read(input, at: &position, base: offset - start)
        } catch {
            failure = Shared(error)
            throw error
        }
    }

    /// `base` is the offset in the connection of index 0 of `input`.
    private mutating func read(
        _ input: Span<UInt8>, at position: inout Int, base: Int
    ) throws(RTMPError) -> LentMessage? {
        while true {
            if left == 0 {
                guard try readHeader(input, at: &position, base: base) else { return nil }
                if pending.isEmpty, let message = takeInPlace(input, at: &position) { return .inPlace(message) }
            }
            if left > 0, !pending.isEmpty {
                let count = min(left, pending.count)
                append(pending[..<count])
                pending.removeFirst(count)
            }
            while left > 0 {
                let count = min(left, input.count - position)
                append(input.extracting(position..<(position + count)))
                position += count
                guard left == 0 else { return nil }
                // Mostly the next chunk goes on with the same message, and one byte says so.
                guard position < input.count, UInt16(input[position]) == continuation else { break }
                let next = min(chunkSize, streams[current].length - streams[current].payload.count)
                guard next > 0, partialBytes + next <= partialBytesLimit else { break }
                left = next
                position += 1
            }
            if streams[current].payload.count == streams[current].length { return .collected(try finishMessage()) }
        }
    }

    /// Reads the header of a chunk and begins it; false when more input is needed, all of which is consumed then.
    @inline(__always)
    private mutating func readHeader(
        _ input: Span<UInt8>, at position: inout Int, base: Int
    ) throws(RTMPError) -> Bool {
        guard position < input.count else { return false }
        guard pending.isEmpty else { return try readSplitHeader(input, at: &position, base: base) }
        let size = try beginChunk(input, at: position, offset: base + position)
        if size == 0 { pending.append(copying: input.extracting(position...)) }
        position = size == 0 ? input.count : position + size
        return size > 0
    }

    /// The same for a header whose beginning came before.
    @inline(never)
    private mutating func readSplitHeader(
        _ input: Span<UInt8>, at position: inout Int, base: Int
    ) throws(RTMPError) -> Bool {
        var header: [UInt8] = []
        swap(&header, &pending)
        let old = header.count
        let added = min(Self.largestHeader - old, input.count - position)
        header.append(copying: input.extracting(position..<(position + added)))
        let size = try beginChunk(header.span, at: 0, offset: base + position - old)
        if size == 0 {
            position += added
        } else {
            // Less than before: bytes that could have been a repeated timestamp turn out to be payload.
            position += max(size - old, 0)
            header.removeLast(added)
            header.removeFirst(min(size, old))
        }
        swap(&header, &pending)
        return size > 0
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        makeRoom(for: bytes.count)
        streams[current].payload.append(contentsOf: bytes)
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        makeRoom(for: bytes.count)
        streams[current].payload.append(copying: bytes)
    }

    /// Room comes with bytes, never by promise, and doubles, so that a long message that comes in small chunks is not
    /// copied at each of them.
    @inline(__always)
    private mutating func makeRoom(for count: Int) {
        let needed = streams[current].payload.count + count
        if needed > streams[current].payload.capacity {
            let least = isAccepted ? Self.reservation : Self.strangerReservation
            let wanted = max(needed, streams[current].payload.capacity * 2, least)
            streams[current].payload.reserveCapacity(min(wanted, streams[current].length))
        }
        left -= count
        partialBytes += count
    }

    private mutating func finishMessage() throws(RTMPError) -> RawMessage {
        var payload: [UInt8] = []
        swap(&payload, &streams[current].payload)
        partialBytes -= payload.count
        messageOffset = streams[current].messageOffset
        let message = RawMessage(
            typeID: MessageTypeID(rawValue: streams[current].typeID),
            streamID: MessageStreamID(rawValue: streams[current].messageStreamID),
            timestamp: RTMPTimestamp(streams[current].timestamp), payload: payload)
        try apply(message)
        return message
    }
}
