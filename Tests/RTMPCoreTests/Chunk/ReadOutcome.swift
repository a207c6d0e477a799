// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Everything that can be seen of a reader that was fed a stream in pieces.
struct ReadOutcome: Equatable {
    var messages: [RawMessage] = []
    /// Where each message began.
    var offsets: [Int] = []
    var error: RTMPError?
    var discarded = 0
    var chunkSize = 0

    init(_ pieces: [ArraySlice<UInt8>], limits: Limits = Limits(), isAccepted: Bool = true) {
        var reader = ChunkReader(limits: limits)
        reader.isAccepted = isAccepted
        for piece in pieces where error == nil {
            var position = 0
            do throws(RTMPError) {
                while let message = try reader.next(from: piece.span, at: &position) {
                    messages.append(message)
                    offsets.append(reader.messageOffset)
                }
            } catch {
                self.error = error
            }
        }
        discarded = reader.discardedMessages
        chunkSize = reader.chunkSize
    }

    /// Of a stream in one piece.
    init(_ bytes: [UInt8], limits: Limits = Limits(), isAccepted: Bool = true) {
        self.init([bytes[...]], limits: limits, isAccepted: isAccepted)
    }

    var times: [UInt32] { messages.map(\.timestamp.milliseconds) }
    var payloads: [[UInt8]] { messages.map(\.payload) }
}

/// A payload that is not the same everywhere.
func pattern(_ count: Int, _ seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &+ $0 >> 8) }
}
