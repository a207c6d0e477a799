// SPDX-License-Identifier: Apache-2.0

extension Span where Element == UInt8 {
    /// The four bytes at `index` as a big-endian number; they must be there.
    ///
    /// One check and one load instead of four: every chunk header is read with it.
    @inlinable @inline(__always)
    package func word(at index: Int) -> UInt32 {
        precondition(index >= 0 && index <= count - 4, "word beyond the end")
        return unsafe withUnsafeBytes { bytes in
            unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
        }
    }
}
