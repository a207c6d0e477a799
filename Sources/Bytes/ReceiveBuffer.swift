// SPDX-License-Identifier: Apache-2.0

/// Bytes that arrived and were not consumed yet, for machines whose caller hands bytes over instead of lending them.
///
/// The owner reads `bytes` from `start`, then says how far it came. Consumed bytes are dropped when they outweigh the
/// rest, so a byte is moved once on average.
package struct ReceiveBuffer: Sendable {
    /// The stored bytes; those before `start` are consumed already.
    package private(set) var bytes: [UInt8] = []
    /// Index of the first byte that is not consumed.
    package private(set) var start = 0

    private static let keptCapacity = 65_536

    package init() {}

    package var isEmpty: Bool { start == bytes.count }
    package var count: Int { bytes.count - start }

    package mutating func append(_ span: Span<UInt8>) {
        if start > 0, start >= bytes.count - start {
            bytes.removeSubrange(0..<start)
            start = 0
        }
        bytes.append(copying: span)
    }

    /// Marks everything before `index` as consumed. An index outside what is stored and not consumed counts as the nearest
    /// end of it.
    package mutating func consume(upTo index: Int) {
        start = min(max(index, start), bytes.count)
        guard start == bytes.count else { return }
        // Room for a usual read is kept; a connection at rest should not hold what one burst took.
        if bytes.capacity <= Self.keptCapacity {
            bytes.removeAll(keepingCapacity: true)
        } else {
            bytes = []
        }
        start = 0
    }

    /// Takes out everything that is not consumed.
    package mutating func takeRest() -> [UInt8] {
        defer {
            bytes = []
            start = 0
        }
        return start == 0 ? bytes : Array(bytes[start...])
    }
}
