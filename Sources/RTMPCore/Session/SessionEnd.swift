// SPDX-License-Identifier: Apache-2.0

/// Whether a peer's bytes have ended, and whether the owner knows.
enum End: Sendable, Hashable {
    /// More may come.
    case notYet
    /// They have ended; the event waits for all others.
    case received
    /// The owner was told.
    case told

    mutating func receive() {
        if self == .notYet { self = .received }
    }

    /// True once.
    mutating func take() -> Bool {
        guard self == .received else { return false }
        self = .told
        return true
    }
}
