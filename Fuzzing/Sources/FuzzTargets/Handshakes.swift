// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Everything that a handshake gives for some bytes.
private struct HandshakeResult: Equatable {
    var output: [UInt8] = []
    var isComplete = false
    var unconsumed: [UInt8] = []
    var error: RTMPError?
    var scheme: Handshake.Scheme
    var offset = 0

    init(_ pieces: [[UInt8]], role: Handshake.Role, scheme: Handshake.Scheme) {
        var random = SplitMix64(seed: 1)
        var handshake = Handshake(role: role, scheme: scheme, random: &random)
        self.scheme = scheme
        output = handshake.takeOutput()
        do throws(RTMPError) {
            for piece in pieces {
                handshake.receive(piece.span)
                isComplete = try handshake.advance()
                output += handshake.takeOutput()
                check(isComplete == handshake.isComplete, "complete or not")
            }
        } catch {
            self.error = error
        }
        unconsumed = handshake.takeUnconsumed()
        self.scheme = handshake.scheme
        offset = handshake.offset
    }
}

/// A byte of flags, the sizes of pieces, and what the peer says.
func fuzzHandshake(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    let role: Handshake.Role = flags & 1 == 0 ? .server : .client
    let scheme: Handshake.Scheme = flags & 2 == 0 ? .digest : .plain
    var pieces = input.pieces()
    // Nobody finds three thousand bytes by chance: the peer may also be asked to say that much.
    if flags & 4 != 0 { pieces.append(Array(repeating: flags, count: 1 + Int(flags >> 3) * 100)) }
    let whole = HandshakeResult([Array(pieces.joined())], role: role, scheme: scheme)
    var cut = HandshakeResult(pieces, role: role, scheme: scheme)
    if whole.error != nil { cut.unconsumed = whole.unconsumed }
    check(whole == cut, "cutting the bytes changed the outcome")
    let count = pieces.reduce(0) { $0 + $1.count }
    if whole.isComplete {
        check(whole.output.count == Handshake.size, "\(whole.output.count) bytes of answer")
        check(whole.offset == Handshake.size && whole.unconsumed.count == count - whole.offset, "bytes got lost")
    } else {
        check(whole.output.count <= Handshake.size, "\(whole.output.count) bytes of answer")
        check(whole.error != nil || count < Handshake.size, "never complete")
    }
}
