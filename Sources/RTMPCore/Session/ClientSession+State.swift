// SPDX-License-Identifier: Apache-2.0

/// How far a session has come.
///
/// ```
/// idle ─▶ connecting ─▶ connected ─▶ creating ─▶ asking ─▶ active ─▶ ended
///             │             ▲            │          │         │        │
///             ▼             └────────────┴──────────┴─finish──┴────────┘
///          refused
/// ```
extension ClientSession {
    enum State: Sendable, Hashable {
        case idle
        /// Hands are shaken, then connect is not answered.
        case connecting
        case refused
        case connected
        /// createStream is not answered.
        case creating(Wish, transactionID: Double)
        /// Publish or play is not answered.
        case asking(Wish, MessageStreamID, transactionID: Double)
        case active(Wish, MessageStreamID)
        /// The server has ended or refused it; the stream is still ours to delete.
        case ended(Wish, MessageStreamID)
    }

    /// What a stream is wanted for.
    enum Wish: Sendable, Hashable {
        case publish(name: String, PublishCommand.Kind)
        case play(name: String, start: Double, duration: Double?)

        var isPublish: Bool {
            if case .publish = self { return true }
            return false
        }
    }

    /// Servers that say onBWDone want to be asked back, once.
    enum BandwidthCheck: Sendable, Hashable {
        case unasked
        case asked(transactionID: Double)
    }

    /// How far the session has come, for sentences about its end.
    public var phase: Phase {
        switch state {
        case .idle: .idle
        case .connecting: connection.isOpen ? .connect : .handshake
        case .connected: .connected
        case .creating: .createStream
        case .asking(let wish, _, _): wish.isPublish ? .publish : .play
        case .active(let wish, _): wish.isPublish ? .publishing : .playing
        case .refused, .ended: .ended
        }
    }

    /// The stream that is asked for, active, or ended and not deleted yet.
    public var stream: MessageStreamID? {
        switch state {
        case .asking(_, let stream, _), .active(_, let stream), .ended(_, let stream): stream
        default: nil
        }
    }

    mutating func newTransaction() -> Double {
        lastTransaction += 1
        return lastTransaction
    }
}
