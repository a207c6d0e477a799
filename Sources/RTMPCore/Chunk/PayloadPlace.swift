// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// Where the payload of a message lies in bytes that were lent: in one piece, or in pieces of one length, the last one
/// perhaps shorter, with chunk headers of one length between them.
///
/// ```
///      start                    stride ─────────▶
///        │ pieceLength │ header │ pieceLength │ header │ rest │
/// ```
/// It is a few numbers, so that it can be stored and handed on where a span cannot, and means something only together
/// with the bytes that it was found in.
public struct PayloadPlace: Sendable, Hashable {
    /// Index of the first byte.
    public let start: Int
    /// Bytes of payload, headers not counted.
    public let length: Int
    /// Bytes in each piece but the last.
    public let pieceLength: Int
    /// From the start of a piece to the start of the next.
    let stride: Int

    /// A payload in one piece.
    public init(_ range: Range<Int>) {
        self.init(start: range.lowerBound, length: range.count, pieceLength: range.count, gap: 0)
    }

    /// Pieces of `pieceLength` bytes, which is at least 1 unless there is one piece only, with `gap` bytes in between.
    package init(start: Int, length: Int, pieceLength: Int, gap: Int) {
        self.start = start
        self.length = length
        self.pieceLength = pieceLength
        stride = pieceLength + gap
    }

    /// Whether all of it lies in one piece.
    public var isContiguous: Bool { length <= pieceLength }

    /// The first piece: indices in the bytes that were lent.
    public var firstPiece: Range<Int> { start..<(start + min(pieceLength, length)) }

    /// What is left, from the byte of payload at `offset` on, of the piece that holds it: indices in the bytes that were
    /// lent. The offset must be less than ``length``.
    public func piece(at offset: Int) -> Range<Int> {
        guard !isContiguous else { return (start + offset)..<(start + length) }
        let number = offset / pieceLength
        let first = start + number * stride
        let before = number * pieceLength
        return (first + offset - before)..<(first + min(pieceLength, length - before))
    }
}

extension PayloadPlace {
    /// Copies the payload, which lies in `input`, to the front of `target`, which must have room for ``length`` bytes.
    public func copy(from input: Span<UInt8>, to target: inout MutableSpan<UInt8>) {
        guard length > 0 else { return }
        // Every pattern of bits is a byte.
        var bytes = unsafe target.mutableBytes
        bytes.gather(input, from: start, count: length, pieceLength: pieceLength, stride: stride)
    }

    /// Calls `body` with each piece, in order: indices in the bytes that were lent.
    public func forEachPiece(_ body: (Range<Int>) -> Void) {
        guard !isContiguous else { return body(firstPiece) }
        var next = start
        var left = length
        while left > 0 {
            let count = min(pieceLength, left)
            body(next..<(next + count))
            left -= count
            next += stride
        }
    }
}

extension [UInt8] {
    /// A copy of the payload at `place` in `input`.
    public init(_ place: PayloadPlace, in input: Span<UInt8>) {
        if place.isContiguous {
            self.init(copying: input.extracting(place.firstPiece))
        } else {
            self.init(
                gathering: input, from: place.start, count: place.length, pieceLength: place.pieceLength,
                stride: place.stride)
        }
    }
}
