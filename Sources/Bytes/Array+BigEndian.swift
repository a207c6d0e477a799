// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// A copy of the bytes of `span`.
    @inlinable package init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }

    /// `count` bytes of `span` that lie in pieces of `pieceLength`, the last one perhaps shorter, which begin at `start` and
    /// every `stride` bytes behind it. All of that must be inside of the span.
    package init(gathering span: Span<UInt8>, from start: Int, count: Int, pieceLength: Int, stride: Int) {
        // All empty arrays of the process are one object, into which the initializer below would write a count of 0.
        guard count > 0 else {
            self = []
            return
        }
        // Every byte is written.
        self = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            var target = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(target))
            target.gather(span, from: start, count: count, pieceLength: pieceLength, stride: stride)
            initialized = count
        }
    }

    /// Appends the bytes of `span`.
    @inlinable package mutating func append(copying span: Span<UInt8>) {
        // A loop over the span is safe, but at chunks of 128 bytes half as fast: this is the one copy that all input and
        // all output goes through.
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    @inlinable package mutating func appendUInt16(_ value: UInt16) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends the low 24 bits of `value`.
    @inlinable package mutating func appendUInt24(_ value: UInt32) {
        append(UInt8(truncatingIfNeeded: value >> 16))
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    @inlinable package mutating func appendUInt32(_ value: UInt32) {
        appendUInt16(UInt16(truncatingIfNeeded: value >> 16))
        appendUInt16(UInt16(truncatingIfNeeded: value))
    }

    @inlinable package mutating func appendUInt64(_ value: UInt64) {
        appendUInt32(UInt32(truncatingIfNeeded: value >> 32))
        appendUInt32(UInt32(truncatingIfNeeded: value))
    }

    @inlinable package mutating func appendUInt16LittleEndian(_ value: UInt16) {
        appendUInt16(value.byteSwapped)
    }

    @inlinable package mutating func appendUInt32LittleEndian(_ value: UInt32) {
        appendUInt32(value.byteSwapped)
    }

    @inlinable package mutating func appendDouble(_ value: Double) {
        appendUInt64(value.bitPattern)
    }

    /// Overwrites three bytes at `index`, for a length that is known only after the body was written.
    @inlinable package mutating func patchUInt24(_ value: UInt32, at index: Int) {
        self[index] = UInt8(truncatingIfNeeded: value >> 16)
        self[index + 1] = UInt8(truncatingIfNeeded: value >> 8)
        self[index + 2] = UInt8(truncatingIfNeeded: value)
    }

    /// Overwrites four bytes at `index`, for a length that is known only after the body was written.
    @inlinable package mutating func patchUInt32(_ value: UInt32, at index: Int) {
        self[index] = UInt8(truncatingIfNeeded: value >> 24)
        patchUInt24(value, at: index + 1)
    }
}
