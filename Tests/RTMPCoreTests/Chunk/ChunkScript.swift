// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport

/// A made-up peer that interleaves several messages, chooses among all headers that are legal, and repeats extended
/// timestamps or not, as a seed has it. It knows nothing of how our writer and reader work.
struct ChunkScript {
    private struct Lane {
        var id: UInt32
        var hasHeader = false
        var time: UInt32 = 0
        var delta: UInt32 = 0
        /// Whether the last header with a time was of type 0.
        var wasFull = false
        var extended: UInt32?
        var type: UInt8 = 8
        var stream: UInt32 = 0
        var length = 0
        var payload: [UInt8] = []
        var sent = 0
        var isOpen: Bool { sent < payload.count }
    }

    private(set) var stream: [UInt8] = []
    /// In the order in which they are complete.
    private(set) var messages: [RawMessage] = []
    private(set) var discarded = 0

    private var random: SeededGenerator
    private var chunkSize = 128
    private var lanes: [Lane]

    init(seed: UInt64, steps: Int) {
        random = SeededGenerator(seed: seed)
        let ids: [UInt32] = [3, 4, 63, 64, 319, 320, 65_599]
        lanes = ids.shuffled(using: &random).prefix(random.integer(in: 1..<5)).map { Lane(id: $0) }
        for _ in 0..<steps {
            switch random.integer(in: 0..<20) {
            case 0: changeChunkSize()
            case 1: abort()
            default: sendChunk(on: random.integer(in: 0..<lanes.count))
            }
        }
        // Without bytes behind it, a reader cannot tell whether a last empty message repeats its timestamp.
        control(3, [0, 0, 0, 0])
    }

    private mutating func sendChunk(on index: Int) {
        if lanes[index].isOpen, random.chance(0.98) {
            let form = random.integer(in: 0..<3)
            basic(3, lanes[index].id, form)
            repeatExtended(index)
        } else {
            begin(index)
        }
        let count = min(chunkSize, lanes[index].payload.count - lanes[index].sent)
        stream += lanes[index].payload[lanes[index].sent..<(lanes[index].sent + count)]
        lanes[index].sent += count
        if !lanes[index].isOpen {
            let lane = lanes[index]
            messages.append(
                RawMessage(
                    typeID: MessageTypeID(rawValue: lane.type), streamID: MessageStreamID(rawValue: lane.stream),
                    timestamp: RTMPTimestamp(lane.time), payload: lane.payload))
        }
    }

    /// Begins a message; one that is open is given up, which only types 0 and 1 can do.
    private mutating func begin(_ index: Int) {
        let wasOpen = lanes[index].isOpen
        if wasOpen { discarded += 1 }
        let allowed = !lanes[index].hasHeader ? 0..<1 : wasOpen ? 0..<2 : 0..<4
        let format = random.integer(in: allowed)
        basic(format, lanes[index].id, random.integer(in: 0..<3))
        if format < 2 {
            lanes[index].type = [8, 9, 18][random.integer(in: 0..<3)]
            lanes[index].length = [0, 1, 2, 5, 100, 128, 129, 300][random.integer(in: 0..<8)]
        }
        if format == 0 { lanes[index].stream = UInt32(random.integer(in: 0..<3)) }
        if format < 3 {
            let value = time()
            stream += big(min(value, 0xFF_FFFF), 3)
            if format < 2 {
                stream += big(UInt32(lanes[index].length), 3)
                stream.append(lanes[index].type)
            }
            if format == 0 { stream += big(lanes[index].stream, 4).reversed() }
            lanes[index].extended = value >= 0xFF_FFFF ? value : nil
            if value >= 0xFF_FFFF { stream += big(value, 4) }
            lanes[index].time = format == 0 ? value : lanes[index].time &+ value
            lanes[index].delta = value
            lanes[index].wasFull = format == 0
        } else {
            if lanes[index].wasFull, lanes[index].delta >= 5_000 { lanes[index].delta = 0 }
            lanes[index].wasFull = false
            repeatExtended(index)
            lanes[index].time &+= lanes[index].delta
        }
        lanes[index].hasHeader = true
        lanes[index].payload = random.bytes(lanes[index].length)
        lanes[index].sent = 0
    }

    private mutating func repeatExtended(_ index: Int) {
        if let extended = lanes[index].extended, random.chance(0.5) { stream += big(extended, 4) }
    }

    private mutating func changeChunkSize() {
        let size = [1, 2, 100, 128, 1_000][random.integer(in: 0..<5)]
        control(1, big(UInt32(size), 4))
        chunkSize = size
    }

    private mutating func abort() {
        let index = random.integer(in: 0..<lanes.count)
        // A chunk stream without a message in progress too, which must change nothing.
        control(2, big(lanes[index].id, 4))
        if lanes[index].isOpen {
            discarded += 1
            lanes[index].payload = []
            lanes[index].sent = 0
        }
    }

    private mutating func control(_ type: UInt8, _ body: [UInt8]) {
        stream += bytes("02 000000 000004") + [type, 0, 0, 0, 0]
        for (index, byte) in body.enumerated() {
            if index > 0, index.isMultiple(of: chunkSize) { stream.append(0xC2) }
            stream.append(byte)
        }
        messages.append(
            RawMessage(
                typeID: MessageTypeID(rawValue: type), streamID: .netConnection, timestamp: .zero, payload: body))
    }

    private mutating func time() -> UInt32 {
        switch random.integer(in: 0..<6) {
        case 0: 0
        case 1: UInt32(truncatingIfNeeded: random.next())
        case 2: [4_999, 5_000, 0xFF_FFFE, 0xFF_FFFF, 0x100_0000, 0xFFFF_FF00][random.integer(in: 0..<6)]
        default: UInt32(random.integer(in: 0..<100))
        }
    }

    /// In the shortest form, or in the longest one.
    private mutating func basic(_ format: Int, _ id: UInt32, _ form: Int) {
        let top = UInt8(format) << 6
        switch id {
        case ..<64: stream.append(top | UInt8(id))
        case ..<320 where form > 0: stream += [top, UInt8(id - 64)]
        default: stream += [top | 1, UInt8((id - 64) & 0xFF), UInt8((id - 64) >> 8)]
        }
    }

    private func big(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
}
