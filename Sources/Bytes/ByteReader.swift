// SPDX-License-Identifier: Apache-2.0

/// A cursor over bytes that answers `nil` instead of reading past its end.
///
/// It is a value: `var probe = reader` is a bookmark, and `reader = probe` goes back to it. Copying shares the bytes.
/// Numbers are big-endian unless the name says otherwise. Offsets count from the start of the whole array, in
/// sub-readers too, so that an error can name the place.
package struct ByteReader: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position: Int
    @usableFromInline let limit: Int

    /// A reader of all of `bytes`.
    @inlinable package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        limit = bytes.count
    }

    /// A reader of a copy of `span`.
    @inlinable package init(copying span: Span<UInt8>) {
        self.init([UInt8](copying: span))
    }

    @usableFromInline init(_ bytes: [UInt8], from position: Int, to limit: Int) {
        self.bytes = bytes
        self.position = position
        self.limit = limit
    }

    /// Where the next byte is read, counted from the start of the array.
    @inlinable package var offset: Int { position }

    /// How many bytes are left.
    @inlinable package var remaining: Int { limit - position }

    /// Whether nothing is left.
    @inlinable package var isAtEnd: Bool { position == limit }

    /// The next byte, left where it is.
    @inlinable package func peekUInt8() -> UInt8? {
        position < limit ? bytes[position] : nil
    }

    @inlinable package mutating func readUInt8() -> UInt8? {
        guard position < limit else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    @inlinable package mutating func readUInt16() -> UInt16? {
        guard remaining >= 2 else { return nil }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    @inlinable package mutating func readUInt24() -> UInt32? {
        guard remaining >= 3 else { return nil }
        defer { position += 3 }
        return UInt32(bytes[position]) << 16 | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2])
    }

    @inlinable package mutating func readUInt32() -> UInt32? {
        guard remaining >= 4, let high = readUInt16(), let low = readUInt16() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    @inlinable package mutating func readUInt64() -> UInt64? {
        guard remaining >= 8, let high = readUInt32(), let low = readUInt32() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    @inlinable package mutating func readInt16() -> Int16? {
        readUInt16().map { Int16(bitPattern: $0) }
    }

    @inlinable package mutating func readDouble() -> Double? {
        readUInt64().map { Double(bitPattern: $0) }
    }

    @inlinable package mutating func readUInt16LittleEndian() -> UInt16? {
        readUInt16().map { $0.byteSwapped }
    }

    @inlinable package mutating func readUInt32LittleEndian() -> UInt32? {
        readUInt32().map { $0.byteSwapped }
    }

    /// The next `count` bytes as an array of their own.
    @inlinable package mutating func readBytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    /// A reader of the next `count` bytes only; this reader goes on behind them.
    @inlinable package mutating func readSub(_ count: Int) -> ByteReader? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return ByteReader(bytes, from: position, to: position + count)
    }

    /// Everything that is left.
    @inlinable package mutating func readRest() -> [UInt8] {
        defer { position = limit }
        return Array(bytes[position..<limit])
    }

    /// Moves on by `count` bytes; false, and nothing moved, when fewer are left.
    @inlinable package mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, count <= remaining else { return false }
        position += count
        return true
    }
}
