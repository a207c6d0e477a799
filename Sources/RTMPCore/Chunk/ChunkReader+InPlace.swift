// SPDX-License-Identifier: Apache-2.0

/// Finding messages that lie whole in the input, so that nothing of them has to be collected.
extension ChunkReader {
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
        let lead = 0xC0 | UInt8(truncatingIfNeeded: id)
        guard isExtended else {
            var next = position + chunk
            for _ in 0..<headers {
                guard input[next] == lead else { return nil }
                next += chunk + 1
            }
            position += length + headers
            return 1
        }
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
