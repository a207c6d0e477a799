// SPDX-License-Identifier: Apache-2.0

extension Span where Element == UInt8 {
    /// The byte at `index`; `nil` outside.
    func byte(at index: Int) -> UInt8? {
        index >= 0 && index < count ? self[index] : nil
    }

    /// Two bytes, big-endian; `nil` where they are not all there.
    func uint16(at index: Int) -> UInt16? {
        guard index >= 0, index <= count - 2 else { return nil }
        return UInt16(self[index]) << 8 | UInt16(self[index + 1])
    }

    /// Three bytes, big-endian; `nil` where they are not all there.
    func uint24(at index: Int) -> UInt32? {
        guard index >= 0, index <= count - 3 else { return nil }
        return UInt32(self[index]) << 16 | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2])
    }

    /// Three bytes, big-endian with sign; `nil` where they are not all there.
    func int24(at index: Int) -> Int32? {
        uint24(at: index).map { Int32(bitPattern: $0 << 8) >> 8 }
    }

    /// Four bytes, big-endian; `nil` where they are not all there.
    func uint32(at index: Int) -> UInt32? {
        guard index >= 0, index <= count - 4 else { return nil }
        return UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16
            | UInt32(self[index + 2]) << 8 | UInt32(self[index + 3])
    }
}
