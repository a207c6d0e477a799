// SPDX-License-Identifier: Apache-2.0

/// Takes an aggregate message apart (RTMP §7.1.6), one message at a time: an aggregate of empty parts would grow
/// tenfold in memory at once.
///
/// Its body is FLV tags with their back pointers. The message's own timestamp stands for that of the first part, the
/// others keep their distance from it. Parts take the message stream of the whole, whatever they say.
public struct AggregateReader: Sendable {
    /// Bytes in front of the body of a part.
    static let partHeader = 11

    private let message: RawMessage
    private var position = 0
    /// What a part's time lacks to the time of the message.
    private var shift: UInt32 = 0
    /// Whether the parts ended before the bytes did: one was cut off, or was an aggregate itself.
    public private(set) var isDamaged = false

    /// The parts of `message`, which is an aggregate.
    public init(_ message: RawMessage) {
        self.message = message
        if let first = header() { shift = message.timestamp.milliseconds &- first.time }
    }

    /// The next part; nil behind the last that is whole.
    public mutating func next() -> RawMessage? {
        guard !isDamaged, position < message.payload.count else { return nil }
        guard let header = header(), header.typeID != .aggregate,
            header.length <= message.payload.count - position - Self.partHeader
        else {
            isDamaged = true
            return nil
        }
        let start = position + Self.partHeader
        let end = start + header.length
        // The last back pointer may be missing.
        position = min(end + 4, message.payload.count)
        return RawMessage(
            typeID: header.typeID, streamID: message.streamID, timestamp: RTMPTimestamp(header.time &+ shift),
            payload: Array(message.payload[start..<end]))
    }

    private func header() -> (typeID: MessageTypeID, length: Int, time: UInt32)? {
        let bytes = message.payload
        guard bytes.count - position >= Self.partHeader else { return nil }
        func byte(_ index: Int) -> UInt32 { UInt32(bytes[position + index]) }
        let length = byte(1) << 16 | byte(2) << 8 | byte(3)
        // The top byte of the time comes behind the other three.
        let time = byte(7) << 24 | byte(4) << 16 | byte(5) << 8 | byte(6)
        return (MessageTypeID(rawValue: bytes[position]), Int(length), time)
    }
}
