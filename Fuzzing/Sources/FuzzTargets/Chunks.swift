// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Everything that a reader gives for some bytes.
private struct ChunkResult: Equatable {
    var messages: [RawMessage] = []
    var offsets: [Int] = []
    var error: RTMPError?
    var discarded = 0

    /// How the reader is fed and asked.
    enum Face {
        case storing, lending, inPlace
    }

    init(_ pieces: [[UInt8]], isAccepted: Bool, _ face: Face) {
        var reader = ChunkReader(offset: 3073)
        reader.isAccepted = isAccepted
        do throws(RTMPError) {
            for piece in pieces {
                var position = 0
                switch face {
                case .storing:
                    reader.receive(piece.span)
                    while let message = try reader.nextMessage() { add(message, reader) }
                    continue
                case .lending:
                    while let message = try reader.next(from: piece.span, at: &position) { add(message, reader) }
                case .inPlace:
                    while let message = try reader.nextInPlace(from: piece.span, at: &position) {
                        switch message {
                        case .collected(let message): add(message, reader)
                        case .inPlace(let place): add(RawMessage(place, in: piece.span), reader)
                        }
                    }
                }
                check(position == piece.count, "bytes are left")
            }
        } catch {
            self.error = error
            check((try? reader.nextMessage()) == nil, "a failed reader goes on")
        }
        discarded = reader.discardedMessages
    }

    private mutating func add(_ message: RawMessage, _ reader: ChunkReader) {
        messages.append(message)
        offsets.append(reader.messageOffset)
        check(reader.chunkSize >= 1, "chunk size \(reader.chunkSize)")
    }
}

/// A byte of flags, the sizes of pieces, and chunks. Cut or whole, they are the same messages; these are then written
/// by our writer and read again.
func fuzzChunks(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    let pieces = input.pieces()
    let isAccepted = flags & 1 != 0
    let whole = ChunkResult([Array(pieces.joined())], isAccepted: isAccepted, .lending)
    let cut = ChunkResult(pieces, isAccepted: isAccepted, flags & 2 != 0 ? .inPlace : .storing)
    check(whole == cut, "cut: \(cut), whole: \(whole)")
    // Byte by byte nothing is ever found in place.
    let single = ChunkResult(pieces.joined().map { [$0] }, isAccepted: isAccepted, .lending)
    check(whole == single, "byte by byte: \(single), whole: \(whole)")

    var writer = ChunkWriter()
    var output: [UInt8] = []
    var written: [RawMessage] = []
    for (index, message) in whole.messages.enumerated() {
        let stream = ChunkStreamID(rawValue: UInt32(2 + (index * Int(flags >> 4)) % 62))
        do {
            try writer.write(message, on: stream, fullHeader: flags & 4 != 0, into: &output)
            written.append(message)
        } catch {
            // Readers accept a Set Chunk Size with more behind it, or its top bit set.
            check(message.typeID == .setChunkSize, "\(error)")
        }
        if flags & 8 != 0, let size = message.payload.first {
            must("set chunk size") { try writer.setChunkSize(Int(size) + 1, into: &output) }
        }
    }
    var reader = ChunkReader()
    reader.isAccepted = true
    var position = 0
    var read: [RawMessage] = []
    must("read what was written") {
        while let message = try reader.next(from: output.span, at: &position) { read.append(message) }
    }
    if flags & 8 == 0 {
        check(read == written, "messages changed on the way")
    } else {
        check(read.filter { $0.typeID != .setChunkSize } == written.filter { $0.typeID != .setChunkSize }, "changed")
    }
}
