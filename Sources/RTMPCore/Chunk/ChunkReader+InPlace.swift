// SPDX-License-Identifier: Apache-2.0

/// Finding messages that lie whole in the input, so that nothing of them has to be collected.
extension ChunkReader {
    /// Takes the message whose first header is at `position`, when it is like almost all of a stream: sound or picture that
    /// is all there, on a chunk stream that is known, without an extended timestamp.
    ///
    /// - Returns: nil, and nothing has changed, when it must be looked at more closely.
    @inline(__always)
    mutating func takeUsual(_ input: Span<UInt8>, at position: inout Int, base: Int) -> MessageInPlace? {
        guard position < input.count, let index = index(of: UInt32(input[position] & 0x3F)) else { return nil }
        let room = min(partialBytesLimit - partialBytes, limits.value.messageLength)
        guard let message = streams[index].usual(in: input, at: &position, base: base, chunkSize, room, &messageOffset)
        else { return nil }
        current = index
        return message
    }

    /// Takes the message whose first chunk has just begun, its payload from `position` on, when it is sound or picture,
    /// all of it is there, and its further chunks begin with headers of one and the same length.
    ///
    /// - Returns: nil, and nothing has changed, when it must be collected.
    @inline(__always)
    mutating func takeInPlace(_ input: Span<UInt8>, at position: inout Int) -> MessageInPlace? {
        // A limit on collected bytes holds for those that need no collecting too: cuts must not matter.
        guard
            let message = streams[current].message(
                in: input, at: &position, firstChunk: left, room: partialBytesLimit - partialBytes, &messageOffset)
        else { return nil }
        left = 0
        return message
    }
}

extension ChunkStreamState {
    /// See ``ChunkReader/takeUsual(_:at:base:)``. Mutating so that nothing is copied.
    @inline(__always)
    fileprivate mutating func usual(
        in input: Span<UInt8>, at position: inout Int, base: Int, _ chunkSize: Int, _ room: Int,
        _ messageOffset: inout Int
    ) -> MessageInPlace? {
        let format = ChunkBasicHeader.Format(leadingByte: input[position])
        guard !isExtended, !isAssembling, let header = ChunkMessageHeader(format, input, at: position + 1),
            !header.isExtended
        else { return nil }
        let isLike = format == .deltaOnly || format == .continuation
        let typeID = MessageTypeID(rawValue: isLike ? self.typeID : header.typeID)
        let length = isLike ? self.length : Int(header.length)
        let start = position + 1 + format.messageHeaderSize
        guard typeID == .audio || typeID == .video, length > 0, length <= room, length <= input.count - start else {
            return nil
        }
        let chunk = min(length, chunkSize)
        var headers = 0
        if length > chunk {
            // Both fit into 32 bits, and that division is the faster one.
            headers = Int(UInt32(truncatingIfNeeded: length - 1) / UInt32(truncatingIfNeeded: chunk))
            guard length + headers <= input.count - start, hasLeads(headers, input, from: start, chunk) else {
                return nil
            }
        }
        take(format, header, at: base + position)
        messageOffset = base + position
        position = start + length + headers
        return MessageInPlace(
            typeID: typeID, streamID: MessageStreamID(rawValue: messageStreamID), timestamp: RTMPTimestamp(timestamp),
            payload: PayloadPlace(start: start, length: length, pieceLength: chunk, gap: headers > 0 ? 1 : 0))
    }

    /// Whether `count` chunks with one byte of header each follow the one whose payload begins at `start`; all of them lie
    /// in `input`.
    @inline(__always)
    private func hasLeads(_ count: Int, _ input: Span<UInt8>, from start: Int, _ chunk: Int) -> Bool {
        let lead = 0xC0 | UInt8(truncatingIfNeeded: id)
        var next = start + chunk
        for _ in 0..<count {
            guard input[next] == lead else { return false }
            next += chunk + 1
        }
        return true
    }

    /// The message that has just begun, when all of it lies in `input` from `position` on, which then moves behind it.
    /// Mutating so that nothing is copied.
    @inline(__always)
    fileprivate mutating func message(
        in input: Span<UInt8>, at position: inout Int, firstChunk: Int, room: Int, _ messageOffset: inout Int
    ) -> MessageInPlace? {
        let typeID = MessageTypeID(rawValue: typeID)
        guard typeID == .audio || typeID == .video, length > 0, length <= input.count - position, !isAssembling,
            length <= room
        else { return nil }
        let start = position
        var gap = 0
        if length == firstChunk {
            position += length
        } else {
            guard let found = self.gap(input, at: &position, firstChunk) else { return nil }
            gap = found
        }
        messageOffset = self.messageOffset
        return MessageInPlace(
            typeID: typeID, streamID: MessageStreamID(rawValue: messageStreamID), timestamp: RTMPTimestamp(timestamp),
            payload: PayloadPlace(start: start, length: length, pieceLength: firstChunk, gap: gap))
    }

    /// The length of the headers between the chunks of a message of several chunks, whose payload begins at `position`:
    /// one byte, or five where the extended timestamp is repeated. The position moves behind the message. Nil when not all
    /// of them are there, or some differ.
    private mutating func gap(_ input: Span<UInt8>, at position: inout Int, _ chunk: Int) -> Int? {
        // Both fit into 32 bits, and that division is the faster one.
        let headers = Int(UInt32(truncatingIfNeeded: length - 1) / UInt32(truncatingIfNeeded: chunk))
        guard id < 64, length + headers <= input.count - position else { return nil }
        guard isExtended else {
            guard hasLeads(headers, input, from: position, chunk) else { return nil }
            position += length + headers
            return 1
        }
        let lead = 0xC0 | UInt8(truncatingIfNeeded: id)
        guard let isRepeated = Self.repeats(extendedTime, or: timestamp, input, at: position + chunk + 1) else {
            return nil
        }
        let gap = isRepeated ? 5 : 1
        guard length + headers * gap <= input.count - position else { return nil }
        var next = position + chunk
        for _ in 0..<headers {
            guard input[next] == lead,
                Self.repeats(extendedTime, or: timestamp, input, at: next + 1) == isRepeated
            else { return nil }
            next += chunk + gap
        }
        position += length + headers * gap
        return gap
    }
}
