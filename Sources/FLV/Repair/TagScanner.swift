// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Finds the tags of a damaged file: follows the chain of tags where it holds, and looks for it where it is broken.
///
/// A tag counts when the PreviousTagSize behind it is right, which no garbage gets right by chance; or, in a chain, when
/// something plausible follows it. Never more than one tag and what proves it is kept.
struct TagScanner: Sendable {
    /// A piece of the file, in order and without holes.
    enum Piece: Sendable {
        /// A file header; not the first one where files were joined.
        case header(FLVHeader, at: Int64)
        /// A whole tag, and whether the PreviousTagSize behind it is as it should be.
        case tag(FLVTag, at: Int64, size: SizeField)
        /// Bytes that belong to no whole tag.
        case skipped(at: Int64, count: Int64, why: Reason)
    }

    /// What stands behind a tag.
    enum SizeField: Sendable, Hashable {
        case right, wrong, missing
    }

    /// Why bytes are no tag.
    enum Reason: Sendable, Hashable {
        /// They are no part of the chain of tags.
        case garbage
        /// The file ends inside a tag of this kind and of so many bytes.
        case cutOff(FLVTag.Kind, size: Int)
        /// There is no file header at the beginning.
        case noHeader
    }

    private enum Mode: Sendable {
        case start
        /// The last tag ended here.
        case following
        /// The chain broke at this byte of the file.
        case searching(from: Int64, Reason)
    }

    private enum Verdict { case yes, no, wait }

    private var buffer = ReceiveBuffer()
    /// Where the first byte of the buffer lies in the file.
    private var offset: Int64 = 0
    private var mode = Mode.start
    /// File headers inside of what claimed to be tags. Every byte is looked at once, whatever a hostile file makes us ask.
    private var headers: [Int64] = []
    private var firstHeader = 0
    private var headersSoughtUpTo: Int64 = 0
    private var hasEnded = false

    mutating func receive(_ bytes: Span<UInt8>) { buffer.append(bytes) }

    mutating func receiveEnd() { hasEnded = true }

    /// The next piece; nil when more bytes are needed, or all is read.
    mutating func next() -> Piece? {
        while true {
            switch mode {
            case .start:
                switch judgeHeader(at: 0, strictly: false) {
                case .wait: return nil
                case .yes: return takeHeader()
                case .no: mode = .searching(from: 0, .noHeader)
                }
            case .following:
                if buffer.isEmpty { return nil }
                switch judgeHeader(at: 0, strictly: false) {
                case .wait: return nil
                case .yes: return takeHeader()
                case .no: break
                }
                switch judge(0, isFollowing: true) {
                case .wait: return nil
                case .yes: return takeTag()
                case .no:
                    mode = .searching(from: offset, reasonToStop)
                    consume(1)
                }
            case .searching(let start, let reason):
                guard let piece = search(from: start, reason) else {
                    guard case .searching = mode else { continue }
                    return nil
                }
                return piece
            }
        }
    }

    /// Drops bytes until something is found.
    private mutating func search(from start: Int64, _ reason: Reason) -> Piece? {
        var index = 0
        while index < buffer.count {
            var verdict = Verdict.no
            if byte(index) == 0x46 { verdict = judgeHeader(at: index, strictly: true) }
            if verdict == .no { verdict = judge(index, isFollowing: false) }
            if verdict == .yes {
                consume(index)
                mode = .following
                return offset > start
                    ? .skipped(at: start, count: offset - start, why: .init(reason, isAtEnd: false)) : nil
            }
            if verdict == .wait { break }
            index += 1
        }
        consume(index)
        guard hasEnded, buffer.isEmpty else { return nil }
        mode = .following
        return offset > start ? .skipped(at: start, count: offset - start, why: reason) : nil
    }

    /// What the bytes seem to be at which the chain breaks.
    private var reasonToStop: Reason {
        guard hasEnded, let head = head(at: 0), head.isKnown, head.streamID == 0, head.end > buffer.count else {
            return .garbage
        }
        return .cutOff(head.kind, size: head.size)
    }

    private mutating func takeHeader() -> Piece {
        let size = headerSize(at: 0)
        let (start, place) = (buffer.start, offset)
        let header = FLVHeader(
            version: byte(3) ?? 1, flags: byte(4) ?? 0,
            extra: Array(buffer.bytes[(start + FLVHeader.minimumSize)..<(start + size)]))
        let isFollowedByZero = uint32(size) == 0
        consume(min(buffer.count, isFollowedByZero ? size + 4 : size))
        // Without its zero, nobody knows where the first tag is.
        mode = isFollowedByZero || buffer.isEmpty ? .following : .searching(from: offset, .garbage)
        return .header(header, at: place)
    }

    private mutating func takeTag() -> Piece? {
        guard let head = head(at: 0) else { return nil }
        let (start, place) = (buffer.start, offset)
        let tag = FLVTag(
            kind: head.kind, isFiltered: head.isFiltered, timestamp: head.timestamp,
            payload: Array(buffer.bytes[(start + FLVTag.headerSize)..<(start + head.end)]))
        let size: SizeField =
            switch uint32(head.end) {
            case nil: .missing
            case .some(let size): Int(size) == head.end ? .right : .wrong
            }
        consume(min(buffer.count, head.end + 4))
        return .tag(tag, at: place, size: size)
    }

    // Judging

    private struct Head {
        var kind: FLVTag.Kind
        var isFiltered: Bool
        var size: Int
        var timestamp: UInt32
        var streamID: UInt32
        var isKnown: Bool { kind.isKnown }
        /// Where the body ends, counted from the first byte of the tag.
        var end: Int { FLVTag.headerSize + size }
    }

    private func head(at index: Int) -> Head? {
        guard let first = byte(index), first & 0xC0 == 0, first & 0x1F != 0, let low = uint32(index),
            let timestamp = uint32(index + 4), let high = uint32(index + 7)
        else { return nil }
        return Head(
            kind: FLVTag.Kind(rawValue: first & 0x1F), isFiltered: first & 0x20 != 0, size: Int(low & 0xFF_FFFF),
            timestamp: timestamp >> 8 | timestamp << 24, streamID: high & 0xFF_FFFF)
    }

    /// Whether a tag begins at `index`.
    ///
    /// - Parameter isFollowing: whether the tag before it ends there, which is half the proof.
    private mutating func judge(_ index: Int, isFollowing: Bool) -> Verdict {
        guard index + FLVTag.headerSize <= buffer.count else {
            guard !hasEnded, byte(index).map({ $0 & 0xC0 == 0 }) != false else { return .no }
            return .wait
        }
        guard let head = head(at: index), head.isKnown && head.streamID == 0 || isFollowing else { return .no }
        let end = index + head.end
        guard let size = uint32(end) else {
            if !hasEnded { return .wait }
            // Only the field is missing, or a part of it.
            return end <= buffer.count && isFollowing && head.isKnown && head.streamID == 0 ? .yes : .no
        }
        if Int(size) == head.end { return .yes }
        guard head.isKnown, head.streamID == 0 else { return .no }
        // Zero, or the size without the head, are what broken writers put there.
        let isUsual = size == 0 || Int(size) == head.size
        guard isFollowing || isUsual else { return .no }
        // Whatever is said now must not depend on how the bytes come in pieces.
        if !hasEnded, buffer.count < end + 4 + FLVHeader.minimumSize + 4 { return .wait }
        guard !hasHeader(in: (index + FLVTag.headerSize)..<(end + 4)) else { return .no }
        return judgeChain(end + 4, links: isFollowing ? 1 : 3, isUsual: isUsual)
    }

    /// Whether what lies at `index` makes a tag in front of it likely, although its size field is wrong.
    private func judgeChain(_ start: Int, links: Int, isUsual: Bool) -> Verdict {
        var index = start
        for link in 1...links {
            if index >= buffer.count || index + FLVTag.headerSize > buffer.count {
                return hasEnded ? (isUsual ? .yes : .no) : .wait
            }
            switch judgeHeader(at: index, strictly: true) {
            case .yes: return .yes
            case .wait: return .wait
            case .no: break
            }
            guard let head = head(at: index), head.isKnown, head.streamID == 0 else { return .no }
            if link == links { return .yes }
            guard let size = uint32(index + head.end) else { return hasEnded ? .no : .wait }
            if Int(size) == head.end { return .yes }
            guard size == 0 || Int(size) == head.size else { return .no }
            index += head.end + 4
        }
        return .yes
    }

    /// Whether a file header lies in what claims to be a tag: then it was cut off, and another file begins there.
    private mutating func hasHeader(in range: Range<Int>) -> Bool {
        let (start, end) = (offset + Int64(range.lowerBound), offset + Int64(range.upperBound))
        for place in max(start, headersSoughtUpTo)..<max(end, headersSoughtUpTo, start) {
            let index = Int(place - offset)
            if byte(index) == 0x46, judgeHeader(at: index, strictly: true) == .yes { headers.append(place) }
        }
        headersSoughtUpTo = max(end, headersSoughtUpTo)
        // What lies before this tag is not asked for again.
        while firstHeader < headers.count, headers[firstHeader] < start { firstHeader += 1 }
        if firstHeader == headers.count { (headers, firstHeader) = ([], 0) }
        return firstHeader < headers.count && headers[firstHeader] < end
    }

    /// Whether a file header begins at `index`.
    ///
    /// - Parameter strictly: whether it must look as nearly all do, because it is found in the middle of something.
    private func judgeHeader(at index: Int, strictly: Bool) -> Verdict {
        for (place, expected) in [0x46, 0x4C, 0x56].enumerated() {
            guard let byte = byte(index + place) else { return hasEnded ? .no : .wait }
            if byte != expected { return .no }
        }
        guard let version = byte(index + 3), uint32(index + 5) != nil else { return hasEnded ? .no : .wait }
        let size = headerSize(at: index)
        guard version > 0, version < 5, size >= FLVHeader.minimumSize,
            size <= (strictly ? FLVHeader.minimumSize : FLVLimits().headerSize)
        else { return .no }
        guard let zero = uint32(index + size) else {
            return hasEnded ? (index + size <= buffer.count ? .yes : .no) : .wait
        }
        return strictly && zero != 0 ? .no : .yes
    }

    private func headerSize(at index: Int) -> Int { Int(uint32(index + 5) ?? 0) }

    private func byte(_ index: Int) -> UInt8? {
        index < buffer.count ? buffer.bytes[buffer.start + index] : nil
    }

    private func uint32(_ index: Int) -> UInt32? {
        guard let a = byte(index), let b = byte(index + 1), let c = byte(index + 2), let d = byte(index + 3) else {
            return nil
        }
        return UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    private mutating func consume(_ count: Int) {
        buffer.consume(upTo: buffer.start + count)
        offset += Int64(count)
    }
}

extension TagScanner.Reason {
    /// What a reason turns out to be when the file goes on behind the skipped bytes.
    fileprivate init(_ reason: Self, isAtEnd: Bool) {
        if case .cutOff = reason, !isAtEnd { self = .garbage } else { self = reason }
    }
}
