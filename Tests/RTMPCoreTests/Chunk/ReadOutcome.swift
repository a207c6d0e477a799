// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

/// Everything that can be seen of a reader that was fed a stream in pieces.
struct ReadOutcome: Equatable {
    var messages: [RawMessage] = []
    /// Where each message began.
    var offsets: [Int] = []
    var error: RTMPError?
    var discarded = 0
    var chunkSize = 0

    /// How many messages were left where they lay; not part of what cuts must not change.
    private(set) var inPlace = Uncompared()

    /// A count that makes no difference.
    struct Uncompared: Equatable {
        var value = 0
        static func == (_: Self, _: Self) -> Bool { true }
    }

    /// - Parameter inPlace: whether to ask for messages in place, whose payloads are then copied from the pieces.
    init(
        _ pieces: [ArraySlice<UInt8>], limits: Limits = Limits(), isAccepted: Bool = true, inPlace: Bool = true
    ) {
        var reader = ChunkReader(limits: limits)
        reader.isAccepted = isAccepted
        for piece in pieces where error == nil {
            var position = 0
            do throws(RTMPError) {
                while true {
                    let message: RawMessage
                    if inPlace {
                        guard let lent = try reader.nextInPlace(from: piece.span, at: &position) else { break }
                        switch lent {
                        case .collected(let whole): message = whole
                        case .inPlace(let place):
                            message = RawMessage(place, in: piece.span)
                            self.inPlace.value += 1
                            var copy = [UInt8](repeating: 0xA5, count: message.payload.count + 1)
                            var target = copy.mutableSpan
                            place.payload.copy(from: piece.span, to: &target)
                            #expect(copy == message.payload + [0xA5])
                        }
                    } else {
                        guard let whole = try reader.next(from: piece.span, at: &position) else { break }
                        message = whole
                    }
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
