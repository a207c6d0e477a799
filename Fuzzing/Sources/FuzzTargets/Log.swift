// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay

/// A stream log beside the simplest thing that does the same: an array of messages.
private struct LogModel {
    struct Message {
        var entry: LogEntry
        var payload: [UInt8]
    }

    var log = StreamLog()
    var messages: [Message] = []
    var head = 0
    var now = Instant(nanoseconds: 0)

    mutating func appended(_ entry: LogEntry?, _ payload: [UInt8]) {
        guard let entry else { return }
        check(entry.offset == head, "\(entry) at \(head)")
        check(entry.number == (messages.last.map { $0.entry.number + 1 } ?? entry.number), "\(entry)")
        messages.append(Message(entry: entry, payload: payload))
        head = log.head
        check(head > entry.offset + payload.count, "\(entry)")
    }

    /// Appends a message as a relay does: from the chunks in which it came.
    mutating func appendInPlace(_ typeID: MessageTypeID, _ timestamp: UInt32, _ payload: [UInt8], chunkSize: Int) {
        var writer = ChunkWriter()
        var bytes: [UInt8] = []
        must("write") {
            try writer.setChunkSize(chunkSize, into: &bytes)
            try writer.write(
                typeID: typeID, streamID: .netConnection, timestamp: RTMPTimestamp(timestamp), payload: payload.span,
                on: .video, into: &bytes)
        }
        var reader = ChunkReader()
        reader.isAccepted = true
        var position = 0
        _ = must("read the chunk size") { try reader.nextInPlace(from: bytes.span, at: &position) }
        guard
            case .inPlace(let message) = must("read", { try reader.nextInPlace(from: bytes.span, at: &position) })
        else { return check(false, "a whole message was collected") }
        let entry = log.append(
            typeID: message.typeID, timestamp: message.timestamp.milliseconds, payload: message.payload,
            in: bytes.span, at: now)
        appended(entry, payload)
    }

    mutating func trim(upTo offset: Int) {
        let join = log.joinPoint?.offset
        log.trim(upTo: offset)
        let limit = min(offset, join ?? offset)
        while let first = messages.first {
            let end = messages.count > 1 ? messages[1].entry.offset : head
            guard end <= limit else { break }
            check(first.entry.offset < limit, "\(first.entry)")
            messages.removeFirst()
        }
    }

    func verify() {
        check(log.head == head, "head \(log.head), not \(head)")
        check(log.tail == messages.first?.entry.offset ?? head, "tail \(log.tail) of \(messages.map(\.entry))")
        check(log.blocks.memorySize <= (head - log.tail) + 3 * Block.capacity, "\(log.blocks.memorySize) bytes held")
        check(log.memorySize >= log.blocks.memorySize + log.prologue.memorySize, "\(log.memorySize) bytes in all")
        check(log.prologue.memorySize <= 1 << 20, "\(log.prologue.memorySize) bytes of prologue")
        for (index, message) in messages.enumerated() {
            let entry = message.entry
            let end = index + 1 < messages.count ? messages[index + 1].entry.offset : head
            check(log.entry(at: entry.offset) == entry && log.entry(at: end - 1) == entry, "\(entry)")
            check(log.isBoundary(entry.offset) && !log.isBoundary(entry.offset + 1), "\(entry)")
            check(log.endOfMessage(at: entry.offset) == end, "\(entry)")
            check(same(log.payload(of: entry), message.payload), "payload of \(entry)")
            check(log.messages(from: entry.offset, to: head) == messages.count - index, "\(entry)")
        }
        let metadata = messages.first { $0.entry.kind == .metadata }?.entry.offset
        check(log.nextMetadata(from: log.tail) == metadata, "next metadata is not at \(String(describing: metadata))")
        if let join = log.joinPoint {
            check(log.isBoundary(join.offset) && join.offset < head, "join point at \(join.offset)")
        }
        var reader = ChunkReader()
        reader.isAccepted = true
        var position = 0
        let size: [UInt8] = [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0xEA, 0x60]
        must("chunk size") { _ = try reader.next(from: size.span, at: &position) }
        let bytes = log.blocks.bytes(in: log.tail..<head)
        position = 0
        for message in messages {
            let read = must("read the log") { try reader.next(from: bytes.span, at: &position) }
            check(
                same(read?.payload ?? [], message.payload) && read?.typeID == message.entry.typeID, "\(message.entry)")
            check(read?.timestamp.milliseconds == message.entry.timestamp, "\(message.entry)")
            check(read?.streamID == StreamLog.messageStream, "\(message.entry)")
        }
        check(position == bytes.count, "bytes behind the last message")
    }
}

/// Operations on a log: a byte that says which, then what it needs.
func fuzzLog(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    var model = LogModel()
    var steps = 0
    // Enough for a few messages of several blocks and chunks; more would only take time.
    while !input.isEmpty, steps < 64, model.head < 300_000 {
        steps += 1
        let operation = input.byte()
        switch operation & 7 {
        case 0, 1, 2:
            let typeID: MessageTypeID = operation & 7 == 0 ? .audio : .video
            let payload = payload(&input, isLong: operation & 8 != 0)
            let time = input.uint32()
            if operation & 16 == 0 || payload.isEmpty {
                model.appended(
                    model.log.append(typeID: typeID, timestamp: time, payload: payload.span, at: model.now), payload)
            } else {
                model.appendInPlace(typeID, time, payload, chunkSize: 1 + input.uint16())
            }
        case 3:
            var payload = payload(&input, isLong: operation & 8 != 0)
            if operation & 16 != 0 { payload = MediaPacket.setDataFrame + payload }
            let typeID: MessageTypeID = operation & 32 != 0 ? .dataAMF3 : .data
            let time = input.uint32()
            let entry = model.log.appendData(typeID: typeID, timestamp: time, payload: payload, at: model.now)
            if case .set(_, let kept) = DataFrame(typeID: typeID, payload: payload.span) { payload = kept }
            model.appended(entry, payload)
        case 4: model.trim(upTo: model.log.tail + input.uint16() * (operation & 8 != 0 ? 16 : 1))
        case 5: model.log.beginSegment()
        case 6: model.log.dropJoinPoint()
        default: model.now = model.now + .milliseconds(input.uint16())
        }
        _ = model.log.prologueBytes()
        if steps % 32 == 0 { model.verify() }
    }
    model.verify()
}

/// A payload that begins as the input says. A long one is longer than a chunk, or than a block.
private func payload(_ input: inout FuzzInput, isLong: Bool) -> [UInt8] {
    let start = input.bytes(Int(input.byte() & 63))
    return isLong ? start + Array(repeating: 0x5A, count: input.uint16() * 2) : start
}
