// SPDX-License-Identifier: Apache-2.0

extension MutableRawSpan {
    /// Copies to the front `count` bytes of `span` that lie in pieces of `pieceLength`, the last one perhaps shorter, which
    /// begin at `start` and every `stride` bytes behind it. There must be room for them, and all of that must be inside of
    /// the span.
    @inlinable @inline(__always)
    package mutating func gather(_ span: Span<UInt8>, from start: Int, count: Int, pieceLength: Int, stride: Int) {
        precondition(start >= 0 && count >= 0 && pieceLength > 0 && stride >= pieceLength, "pieces")
        let last = count > pieceLength ? (count - 1) / pieceLength : 0
        precondition(start + count + last * (stride - pieceLength) <= span.count, "pieces beyond the end")
        precondition(count <= byteCount, "pieces without room")
        unsafe span.withUnsafeBytes { source in
            unsafe withUnsafeMutableBytes { target in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                // The copies were checked above to lie in the source and in the target.
                var written = 0
                var next = start
                while written < count {
                    let taken = Swift.min(pieceLength, count - written)
                    unsafe (to + written).copyMemory(from: from + next, byteCount: taken)
                    written += taken
                    next += stride
                }
            }
        }
    }
}
