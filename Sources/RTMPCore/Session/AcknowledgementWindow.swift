// SPDX-License-Identifier: Apache-2.0

/// Counts what was received and says when the peer must be told (RTMP §5.4.3, §5.4.4).
struct AcknowledgementWindow: Sendable {
    /// Peers that never name a window get told all the same: some encoders watch their progress by it.
    var size: UInt32

    /// Everything received, from the first byte of the handshake, modulo 2^32.
    private(set) var received: UInt32 = 0
    private var acknowledged: UInt32 = 0

    init(size: UInt32) { self.size = size }

    mutating func receive(_ count: Int) { received &+= UInt32(truncatingIfNeeded: count) }

    /// The count to send now, when half a window has come since the last one. Inside a message a whole window must
    /// have come: so the counts fall on ends of messages and do not depend on how the bytes were cut.
    mutating func due(insideMessage: Bool) -> UInt32? {
        // A window of a few bytes would have us answer every byte with sixteen.
        let wanted = max(insideMessage ? size : size / 2, 1024)
        guard received &- acknowledged >= wanted else { return nil }
        acknowledged = received
        return received
    }
}
