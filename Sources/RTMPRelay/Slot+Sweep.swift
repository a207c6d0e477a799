// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What time asks of a connection. Plain data and no copies: it is asked of every connection once a second.
extension Slot {
    /// What is due now.
    enum Due: Sendable, Hashable {
        case nothing
        /// It was to be closed now unless something new began, and nothing did.
        case close
        /// No handshake in so long.
        case handshake(Duration)
        /// No connect command in so long.
        case command(Duration)
        /// A publisher that has sent nothing for so long.
        case silence(Duration)
        /// A player that has taken nothing for so long.
        case stall(Duration)
        /// A player that has been sent nothing, and should be.
        case ping(ConnectionID)
    }

    /// rtmpdump leaves after 30 s of silence; a ping breaks it.
    private static var pingAfter: Duration { .seconds(10) }
    /// A publisher that sends no byte for so long is gone.
    private static var publisherSilence: Duration { .seconds(30) }
    /// A player that takes no byte for so long is gone.
    private static var playerStall: Duration { .seconds(60) }

    mutating func due(at now: Instant, _ limits: Limits) -> Due {
        guard role == .inbound else { return .nothing }
        if let closeAt, closeAt <= now, plays.isEmpty, publishes.isEmpty {
            self.closeAt = nil
            return .close
        }
        let age = now - since
        if age > limits.handshakeTime, session?.isOpen == false { return .handshake(age) }
        if age > limits.handshakeTime + limits.commandTime, session?.isConnected == false { return .command(age) }
        if !publishes.isEmpty, now - lastReceived > Self.publisherSilence { return .silence(now - lastReceived) }
        if isBlocked, now - lastSent > Self.playerStall { return .stall(now - lastSent) }
        if !plays.isEmpty || !playbacks.isEmpty, now - lastSent >= Self.pingAfter, now - lastPing >= Self.pingAfter {
            return .ping(id)
        }
        return .nothing
    }

    /// Asks the peer for a sign of life.
    mutating func ping(at now: Instant) {
        lastPing = now
        session?.ping(UInt32(truncatingIfNeeded: now.milliseconds))
    }
}
