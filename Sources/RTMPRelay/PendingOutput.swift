// SPDX-License-Identifier: Apache-2.0

package import RTMPCore

/// Bytes on their way to a link that may take only some of them.
package struct PendingOutput: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Whether the link took less than it was offered, and has not said yet that it has room again.
    package var isBlocked = false

    /// Nothing pending.
    package init() {}

    /// How many bytes wait.
    package var count: Int { bytes.count - start }

    /// Puts more bytes behind those that wait.
    package mutating func append(_ more: [UInt8]) {
        if count == 0 {
            bytes = more
            start = 0
        } else {
            bytes.append(contentsOf: more)
        }
    }

    /// Offers what waits to the link.
    ///
    /// - Returns: whether nothing waits any more.
    package mutating func flush<L: Link & ~Copyable>(_ link: inout L, to connection: ConnectionID) -> Bool {
        guard count > 0 else { return true }
        guard !isBlocked else { return false }
        start += min(count, max(0, link.send(connection, bytes.span.extracting(start..<bytes.count))))
        isBlocked = count > 0
        if isBlocked {
            if start > bytes.count / 2 {
                bytes.removeSubrange(0..<start)
                start = 0
            }
        } else {
            bytes = []
            start = 0
        }
        return !isBlocked
    }
}
