// SPDX-License-Identifier: Apache-2.0

import CMachine
import Material
import RTMPCore
import RTMPRelay

/// Bytes that a read brings at most.
private let readSize = 128 << 10

/// Chunk streams: read as messages of their own or in place, written, and taken into a log.
func chunkCases() -> [Entry] {
    [128, 4096, 60_000].flatMap { size in
        [
            Entry("chunk reading, into a buffer, chunk size \(size)") { reading(size, .inBuffer) },
            Entry("chunk reading, messages of their own, chunk size \(size)") { reading(size, .own) },
            Entry("chunk reading, in place, chunk size \(size)") { reading(size, .inPlace) },
            Entry("chunk writing, chunk size \(size)") { writing(size) },
            Entry("chunk reading into a log, chunk size \(size)") { appending(size) },
        ]
    }
        + [128, 4096].map { size in
            // More than the caches hold: what a capture or a file is read from.
            Entry("chunk reading, 64 MB into a buffer, chunk size \(size)") {
                reading(size, .inBuffer, bytes: 64 << 20)
            }
        } + [
            Entry("chunk reading into a log, chunk size 4096, timestamps beyond 24 bits") {
                appending(4096, from: 0x100_0000)
            }
        ]
}

/// About six seconds of a stream, which stay in a cache.
private func chunks(_ chunkSize: Int, bytes: Int = 2 << 20, from start: UInt32 = 0) -> LiveStream.Chunks {
    LiveStream().chunks(of: chunkSize, bytes: bytes, from: start)
}

/// What an owner does with a message: looks at its ends.
@inline(never)
private func look(_ first: UInt8, _ last: UInt8, _ time: UInt32, _ sum: inout UInt64) {
    sum &+= UInt64(first) &+ UInt64(last) &+ UInt64(time)
}

/// How messages are taken from a reader.
private enum Taking: Int32 {
    /// Each as memory of its own.
    case own
    /// Where they lie, looked at and not copied.
    case inPlace
    /// Copied once, into a buffer that is used again: as a relay does it, and every reader with a buffer in C.
    case inBuffer
}

private func reading(_ chunkSize: Int, _ taking: Taking, bytes count: Int = 2 << 20) -> Case {
    let chunks = chunks(chunkSize, bytes: count)
    let bytes = chunks.bytes
    var buffer: [UInt8] = []
    func run(_ buffer: inout [UInt8]) -> (messages: Int, sum: UInt64) {
        var reader = ChunkReader()
        reader.isAccepted = true
        var messages = -1  // Set Chunk Size
        var sum: UInt64 = 0
        for start in stride(from: 0, to: bytes.count, by: readSize) {
            let input = bytes.span.extracting(0..<min(start + readSize, bytes.count))
            var position = start
            do throws(RTMPError) {
                guard taking != .own else {
                    while let message = try reader.next(from: input, at: &position) {
                        messages += 1
                        let payload = message.payload
                        look(payload.first ?? 0, payload.last ?? 0, message.timestamp.milliseconds, &sum)
                    }
                    continue
                }
                while let message = try reader.nextInPlace(from: input, at: &position) {
                    messages += 1
                    switch message {
                    case .inPlace(let message) where taking == .inPlace:
                        let last = message.payload.piece(at: message.payload.length - 1).lowerBound
                        look(input[message.payload.start], input[last], message.timestamp.milliseconds, &sum)
                    case .inPlace(let message):
                        let length = message.payload.length
                        if buffer.count < length { buffer = [UInt8](repeating: 0, count: length) }
                        var target = buffer.mutableSpan
                        message.payload.copy(from: input, to: &target)
                        look(buffer[0], buffer[length - 1], message.timestamp.milliseconds, &sum)
                    case .collected(let message):
                        let payload = message.payload
                        look(payload.first ?? 0, payload.last ?? 0, message.timestamp.milliseconds, &sum)
                    }
                }
            } catch {
                fatalError("\(error)")
            }
        }
        return (messages, sum)
    }
    func c() -> UInt64 {
        bytes.withUnsafeBufferPointer { buffer in
            var reader = c_reader()
            c_reader_init(&reader, UInt32(chunkSize), taking.rawValue)
            guard let base = buffer.baseAddress else { return 0 }
            var start = chunks.bodyStart
            while start < buffer.count {
                // The same reads as ours, the first of which begins with Set Chunk Size.
                let end = min((start / readSize + 1) * readSize, buffer.count)
                guard c_reader_feed(&reader, base + start, end - start) == 0 else { fatalError("C reader") }
                start = end
            }
            c_reader_end(&reader)
            precondition(reader.messages == chunks.messages && reader.payload == chunks.payload, "C reader")
            return reader.sum
        }
    }
    precondition(run(&buffer).messages == chunks.messages, "our reader")
    return Case(
        unit: .rate(bytes: bytes.count), copied: bytes.count, ours: { consume(run(&buffer).sum) }, c: { consume(c()) })
}

private func writing(_ chunkSize: Int) -> Case {
    let chunks = chunks(chunkSize)
    let stream = LiveStream()
    let packets = (0..<chunks.messages).map { stream.packet($0) }
    var output: [UInt8] = []
    output.reserveCapacity(2 * chunks.bytes.count)
    func run() {
        output.removeAll(keepingCapacity: true)
        var writer = ChunkWriter()
        do throws(UsageError) {
            try writer.setChunkSize(chunkSize, into: &output)
            for packet in packets {
                try writer.write(
                    typeID: packet.typeID, streamID: MessageStreamID(rawValue: 1), timestamp: packet.timestamp,
                    payload: packet.payload.span, on: packet.kind == .audio ? .audio : .video, into: &output)
            }
        } catch {
            fatalError("\(error)")
        }
    }
    run()
    precondition(output == chunks.bytes, "our writer")
    return Case(unit: .rate(bytes: chunks.bytes.count), copied: chunks.bytes.count, ours: run)
}

/// From the read buffer into a log, as a relay does, and out of it again once a group of pictures is over.
private func appending(_ chunkSize: Int, from start: UInt32 = 0) -> Case {
    let bytes = chunks(chunkSize, from: start).bytes
    var log = StreamLog()
    let now = Instant(nanoseconds: 0)
    func run() {
        var reader = ChunkReader()
        reader.isAccepted = true
        for start in stride(from: 0, to: bytes.count, by: readSize) {
            let input = bytes.span.extracting(0..<min(start + readSize, bytes.count))
            var position = start
            do throws(RTMPError) {
                while let message = try reader.nextInPlace(from: input, at: &position) {
                    switch message {
                    case .inPlace(let message):
                        log.append(
                            typeID: message.typeID, timestamp: message.timestamp.milliseconds,
                            payload: message.payload, in: input, at: now)
                    case .collected(let message):
                        guard message.typeID != .setChunkSize else { continue }
                        log.append(
                            typeID: message.typeID, timestamp: message.timestamp.milliseconds,
                            payload: message.payload.span, at: now)
                    }
                }
            } catch {
                fatalError("\(error)")
            }
            log.trim(upTo: log.head)
        }
    }
    return Case(unit: .rate(bytes: bytes.count), copied: bytes.count, ours: run)
}

/// Keeps a result from being left out.
@inline(never)
func consume(_ value: some Any) {}
