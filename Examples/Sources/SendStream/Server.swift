// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Whom the client talks to: a server that accepts everything.
struct Server {
    /// Packets that came.
    private(set) var packets = 0
    private var session: ServerSession

    init(random: inout some RandomNumberGenerator) { session = ServerSession(random: &random) }

    /// What comes back for what the client sent.
    mutating func answer(to bytes: [UInt8]) throws -> [UInt8] {
        session.receive(bytes.span)
        while let event = try session.nextEvent() {
            switch event {
            case .connect(let request, _), .publish(let request, _): try session.accept(request)
            case .media: packets += 1
            default: break
            }
        }
        return session.takeOutput()
    }
}
