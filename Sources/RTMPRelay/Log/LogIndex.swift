// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What the log remembers of one message beside its bytes.
public struct LogEntry: Sendable, Hashable {
    /// What a message means for those who read the log.
    public enum Kind: UInt8, Sendable, Hashable {
        /// `onMetaData`, or another data frame that the publisher set to be kept.
        case metadata
        /// A codec configuration, a channel layout, colour information: needed before frames can be decoded.
        case configuration
        /// A video frame of the default track that needs no other.
        case keyframe
        /// A video frame of another track that needs no other.
        case trackKeyframe
        /// A video frame that needs others.
        case interFrame
        /// An audio frame.
        case audio
        /// Anything else: cue points, captions, ends of sequences.
        case other

        /// Whether it is a piece of sound or picture, whose timestamp means something.
        var isFrame: Bool { self == .keyframe || self == .trackKeyframe || self == .interFrame || self == .audio }
    }

    /// Offset of the message's first byte, its chunk header, in the log.
    public var offset: Int
    /// How many messages were appended before it.
    public var number: Int
    /// When it was appended.
    public var arrival: Instant
    /// The timestamp in its header, in milliseconds.
    public var timestamp: UInt32
    /// Bytes of payload, without chunk headers.
    public var length: UInt32
    /// Its message type.
    public var typeID: MessageTypeID
    /// What it means.
    public var kind: Kind
    /// Of which track a frame is, in messages of several tracks the first one.
    public var track: UInt8
}

/// The entries of a log in order, numbered from the first message ever appended.
struct LogIndex: Sendable {
    /// An entry without what its place says.
    private struct Slot {
        var offset: Int
        var arrival: Instant
        var timestamp: UInt32
        var length: UInt32
        var typeID: MessageTypeID
        var kind: LogEntry.Kind
        var track: UInt8
    }

    /// Bytes that an entry takes: small messages may need more here than in the blocks.
    static let entrySize = MemoryLayout<Slot>.stride

    /// Memory that the index holds, in bytes.
    var memorySize: Int { slots.capacity * Self.entrySize }

    private var slots: [Slot] = []
    /// How many of `slots`, from the front, were dropped and only wait for the array to be compacted.
    private var droppedSlots = 0
    /// Number of the first entry that is still there.
    private(set) var start = 0

    /// Number behind the last entry.
    var end: Int { start + slots.count - droppedSlots }

    subscript(number: Int) -> LogEntry {
        let slot = slots[droppedSlots + number - start]
        return LogEntry(
            offset: slot.offset, number: number, arrival: slot.arrival, timestamp: slot.timestamp, length: slot.length,
            typeID: slot.typeID, kind: slot.kind, track: slot.track)
    }

    /// Appends an entry, whose number must be `end`.
    mutating func append(_ entry: LogEntry) {
        slots.append(
            Slot(
                offset: entry.offset, arrival: entry.arrival, timestamp: entry.timestamp, length: entry.length,
                typeID: entry.typeID, kind: entry.kind, track: entry.track))
    }

    /// Number of the first entry that begins at or behind `offset`; `end` when none does.
    func first(from offset: Int) -> Int {
        guard let number = number(at: offset) else { return start }
        return self[number].offset == offset ? number : number + 1
    }

    /// Continues with the entries of another index, of which the first has that number: those that are not here yet.
    mutating func extend(by more: [LogEntry], firstNumber: Int) {
        if firstNumber > end {
            slots = []
            droppedSlots = 0
            start = firstNumber
        }
        for entry in more.dropFirst(end - firstNumber) { append(entry) }
    }

    /// Drops the entries before `number`.
    mutating func dropFirst(upTo number: Int) {
        let count = min(max(number - start, 0), slots.count - droppedSlots)
        droppedSlots += count
        start += count
        if droppedSlots > 256, droppedSlots > slots.count / 2 {
            let kept = slots.count - droppedSlots
            if slots.capacity > 1024, kept < slots.capacity / 8 {
                // What a flood of messages needed is given back.
                slots = Array(slots[droppedSlots...])
            } else {
                slots.removeSubrange(0..<droppedSlots)
            }
            droppedSlots = 0
        }
    }

    /// Number of the last entry that begins at or before `offset`; nil when none does.
    func number(at offset: Int) -> Int? {
        var low = start
        var high = end
        while low < high {
            let middle = low + (high - low) / 2
            if slots[droppedSlots + middle - start].offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low > start ? low - 1 : nil
    }
}
