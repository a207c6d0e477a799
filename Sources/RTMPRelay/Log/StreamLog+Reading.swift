// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What a log says about its messages.
extension StreamLog {
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
}
