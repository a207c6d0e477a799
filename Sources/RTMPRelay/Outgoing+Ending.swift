// SPDX-License-Identifier: Apache-2.0

package import RTMPCore

/// What leaves on an outgoing connection, and how it ends.
extension Outgoing {
    /// Ends the stream properly and closes once everything has left; drops an attempt that is not up yet.
    package mutating func finish(at now: Instant, _ wishes: inout Wishes) {
        switch state {
        case .stopped:
            break
        case .waiting:
            state = .stopped
        case .connecting(let attempt):
            wishes.append(.cancelConnect(attempt))
            state = .stopped
        case .open(_, .finishing, _):
            break
        case .open(let connection, _, _):
            session?.finish()
            state = .open(connection, .finishing, since: now)
        }
    }

    /// Drops the connection, whatever is on its way.
    package mutating func abort(_ wishes: inout Wishes) {
        if let attempt { wishes.append(.cancelConnect(attempt)) }
        if let connection { wishes.append(.abort(connection)) }
        session = nil
        state = .stopped
    }

    /// Puts what the session has to say on the link.
    ///
    /// - Returns: whether everything was taken, so that the owner may put media behind it.
    package mutating func flush<L: Link & ~Copyable>(_ link: inout L, _ wishes: inout Wishes) -> Bool {
        guard case .open(let connection, let phase, _) = state else { return false }
        if session?.hasOutput == true, let bytes = session?.takeOutput() { output.append(bytes) }
        guard output.flush(&link, to: connection) else { return false }
        if phase == .finishing {
            wishes.append(.close(connection))
            session = nil
            state = .stopped
        }
        return true
    }

    /// Takes what the session has to say, for an owner that puts it on the connection by itself.
    package mutating func takeOutput() -> [UInt8] { session?.hasOutput == true ? session?.takeOutput() ?? [] : [] }

    /// Closes a connection whose stream is ended, once its owner has sent everything.
    ///
    /// - Returns: whether it is closed.
    package mutating func closeIfFinished(_ wishes: inout Wishes) -> Bool {
        guard case .open(let connection, .finishing, _) = state else { return false }
        wishes.append(.close(connection))
        session = nil
        state = .stopped
        return true
    }
}
