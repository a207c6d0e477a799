// SPDX-License-Identifier: Apache-2.0

/// Finding messages that lie whole in the input, so that nothing of them has to be collected.
extension ChunkReader {
    /// Takes the message whose first chunk has just begun, its payload from `position` on, when it is sound or picture,
    /// all of it is there, and its further chunks begin with headers of one and the same length.
    ///
    /// - Returns: nil, and nothing has changed, when it must be collected.
    @inline(__always)
    mutating func takeInPlace(_ input: Span<UInt8>, at position: inout Int) -> MessageInPlace? {
        let length = streams[current].length
        let typeID = MessageTypeID(rawValue: streams[current].typeID)
        // A limit on collected bytes holds for those that need no collecting too: cuts must not matter.
        guard typeID == .audio || typeID == .video, length > 0, length <= input.count - position,
            !streams[current].isAssembling, partialBytes + length <= partialBytesLimit
        else { return nil }
        let place: PayloadPlace
        if length == left {
            place = PayloadPlace(position..<(position + length))
            position += length
        } else {
            guard let gap = gap(input, at: position) else { return nil }
            place = PayloadPlace(start: position, length: length, pieceLength: left, gap: gap)
            position += length + (length - 1) / left * gap
        }
        left = 0
        messageOffset = streams[current].messageOffset
        return MessageInPlace(
            typeID: typeID, streamID: MessageStreamID(rawValue: streams[current].messageStreamID),
            timestamp: RTMPTimestamp(streams[current].timestamp), payload: place)
    }

    /// The length of the headers between the chunks of a message of several chunks, whose payload begins at `position`:
    /// one byte, or five where the extended timestamp is repeated. Nil when not all of them are there, or some differ.
    private func gap(_ input: Span<UInt8>, at position: Int) -> Int? {
        let id = streams[current].id
        let length = streams[current].length
        let headers = (length - 1) / left
        guard id < 64, length + headers <= input.count - position else { return nil }
        let mark = 0xC0 | UInt8(truncatingIfNeeded: id)
        var gap = 1
        let isExtended = streams[current].isExtended
        let extendedTime = streams[current].extendedTime
        let time = streams[current].timestamp
        if isExtended {
            switch ChunkStreamState.repeats(extendedTime, or: time, input, at: position + left + 1) {
            case true: gap = 5
            case false: break
            case nil: return nil
            }
        }
        guard length + headers * gap <= input.count - position else { return nil }
        var next = position + left
        for _ in 0..<headers {
            guard input[next] == mark else { return nil }
            if isExtended, ChunkStreamState.repeats(extendedTime, or: time, input, at: next + 1) != (gap == 5) {
                return nil
            }
            next += left + gap
        }
        return gap
    }
}
