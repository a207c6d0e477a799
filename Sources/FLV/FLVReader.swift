// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads an FLV file from the front, however its bytes arrive.
///
/// ```swift
/// var reader = FLVReader()
/// reader.receive(bytes.span)
/// while let element = try reader.nextElement() {
///     if case .tag(let tag) = element { print(tag.timestamp, tag.kind, tag.payload.count) }
/// }
/// ```
///
/// It takes what real writers write: wrong PreviousTagSize fields, tags of unknown types, empty tags, extra header bytes,
/// and a second file header where two files were joined. It does not repair: bytes that are no tag end it, with their
/// offset, after everything before them was handed out.
public struct FLVReader: Sendable {
    /// A piece of the file.
    public enum Element: Sendable, Hashable {
        /// A file header: the first element, and again where another file was appended.
        case header(FLVHeader)
        /// A tag.
        case tag(FLVTag)
        /// The PreviousTagSize behind the element before this one, only when it is not the right number.
        case previousTagSize(UInt32)
    }

    private enum State: Sendable {
        case header
        case previousTagSize(expected: UInt32)
        case tag
    }

    private let limits: FLVLimits
    private var buffer = ReceiveBuffer()
    private var state = State.header
    private var offset = 0
    private var hasEnded = false
    private var failure: FLVError?

    /// A reader at the start of a file.
    public init(limits: FLVLimits = FLVLimits()) {
        self.limits = limits
    }

    /// A reader that begins between two elements of a file, where a tag begins. ``consumedBytes`` counts from there.
    package init(atTag: Void, limits: FLVLimits = FLVLimits()) {
        self.limits = limits
        state = .tag
    }

    /// Position in the file behind the last element that was handed out.
    public var consumedBytes: Int { offset }

    /// Takes more bytes of the file. They are kept until ``nextElement()`` used them up.
    public mutating func receive(_ bytes: Span<UInt8>) {
        guard failure == nil, !hasEnded else { return }
        buffer.append(bytes)
    }

    /// Says that the file ends here. If it ends inside a tag, ``nextElement()`` throws after the last whole tag.
    public mutating func receiveEnd() { hasEnded = true }

    /// The next piece of the file; `nil` when more bytes are needed or, after ``receiveEnd()``, when all is read.
    ///
    /// - Throws: ``FLVError/Code/badSignature``, ``FLVError/Code/badHeader``, ``FLVError/Code/notATag``,
    ///   ``FLVError/Code/tagTooLarge``, ``FLVError/Code/truncated``; from then on always the same error.
    public mutating func nextElement() throws(FLVError) -> Element? {
        if let failure { throw failure }
        do {
            while true {
                let before = offset
                if let element = try step() { return element }
                guard offset > before else { break }
            }
            if hasEnded { try checkEnd() }
            return nil
        } catch {
            failure = error
            buffer = ReceiveBuffer()
            throw error
        }
    }

    /// Reads one structure. `nil` without progress means: needs more bytes.
    private mutating func step() throws(FLVError) -> Element? {
        switch state {
        case .header: return try readHeader()
        case .previousTagSize(let expected): return readPreviousTagSize(expected: expected)
        case .tag: return try readTag()
        }
    }

    private mutating func readHeader() throws(FLVError) -> Element? {
        for (index, expected) in [0x46, 0x4C, 0x56].enumerated() {
            guard let byte = byte(index) else { return nil }
            guard byte == expected else { throw error(.badSignature, in: "FLV header") }
        }
        guard buffer.count >= FLVHeader.minimumSize, let version = byte(3), let flags = byte(4) else { return nil }
        let size = Int(uint24(5)) << 8 | Int(byte(8) ?? 0)
        guard size >= FLVHeader.minimumSize, size <= limits.headerSize else {
            throw error(.badHeader, in: "FLV header announces \(size) bytes")
        }
        guard buffer.count >= size else { return nil }
        let start = buffer.start
        let extra = Array(buffer.bytes[(start + FLVHeader.minimumSize)..<(start + size)])
        consume(size)
        state = .previousTagSize(expected: 0)
        return .header(FLVHeader(version: version, flags: flags, extra: extra))
    }

    private mutating func readPreviousTagSize(expected: UInt32) -> Element? {
        guard buffer.count >= 4, let value = uint32(0) else { return nil }
        consume(4)
        state = .tag
        return value == expected ? nil : .previousTagSize(value)
    }

    private mutating func readTag() throws(FLVError) -> Element? {
        guard let first = byte(0) else { return nil }
        let kind = FLVTag.Kind(rawValue: first & 0x1F)
        if first == 0x46, buffer.count < 3 { return nil }
        if first == 0x46, uint24(0) == 0x46_4C56 { return try readHeader() }
        guard first & 0xC0 == 0, kind.rawValue != 0 else { throw error(.notATag, in: "FLV tag of type byte \(first)") }
        guard buffer.count >= FLVTag.headerSize else { return nil }
        let size = Int(uint24(1))
        guard size <= limits.tagSize else { throw error(.tagTooLarge, in: "FLV tag, \(kind), of \(size) bytes") }
        let end = FLVTag.headerSize + size
        guard buffer.count >= end else { return nil }
        if !kind.isKnown {
            // Nothing else tells a tag of an unknown type from garbage, so what follows it must fit.
            guard let behind = uint32(end) else { return nil }
            guard behind == 0 || (0...FLVTag.headerSize).contains(Int(behind) - size) else {
                throw error(.notATag, in: "FLV tag of unknown type \(kind.rawValue)")
            }
        }
        let timestamp = uint24(4) | UInt32(byte(7) ?? 0) << 24
        let start = buffer.start
        let tag = FLVTag(
            kind: kind, isFiltered: first & 0x20 != 0, timestamp: timestamp, streamID: uint24(8),
            payload: Array(buffer.bytes[(start + FLVTag.headerSize)..<(start + end)]))
        consume(end)
        state = .previousTagSize(expected: UInt32(truncatingIfNeeded: end))
        return .tag(tag)
    }

    /// A file may end behind a tag without its PreviousTagSize, and after four bytes of it; nowhere else.
    private func checkEnd() throws(FLVError) {
        switch state {
        case .header: throw error(.truncated, in: "FLV header")
        case .previousTagSize where buffer.isEmpty, .tag where buffer.isEmpty: return
        case .previousTagSize: throw error(.truncated, in: "PreviousTagSize")
        case .tag: throw error(.truncated, in: "FLV tag, \(buffer.count) bytes of it are there")
        }
    }

    private func byte(_ index: Int) -> UInt8? {
        index < buffer.count ? buffer.bytes[buffer.start + index] : nil
    }

    /// Three bytes that the caller knows are there; 0 otherwise.
    private func uint24(_ index: Int) -> UInt32 {
        guard let high = byte(index), let middle = byte(index + 1), let low = byte(index + 2) else { return 0 }
        return UInt32(high) << 16 | UInt32(middle) << 8 | UInt32(low)
    }

    private func uint32(_ index: Int) -> UInt32? {
        guard let low = byte(index + 3) else { return nil }
        return uint24(index) << 8 | UInt32(low)
    }

    private mutating func consume(_ count: Int) {
        buffer.consume(upTo: buffer.start + count)
        offset += count
    }

    private func error(_ code: FLVError.Code, in context: String) -> FLVError {
        FLVError(code, at: offset, in: context)
    }
}
