// SPDX-License-Identifier: Apache-2.0

/// One way to cut a byte stream into the pieces in which it arrives.
public enum Split: Sendable, Hashable, CustomStringConvertible {
    /// Everything at once.
    case whole
    /// Each byte alone.
    case byteByByte
    /// Two pieces.
    case at(Int)
    /// Random pieces, from empty to about 2 KB, most of them small.
    case seeded(UInt64)

    /// How a test message names it.
    public var description: String {
        switch self {
        case .whole: "whole"
        case .byteByByte: "byte by byte"
        case .at(let point): "split at \(point)"
        case .seeded(let seed): "random pieces of seed \(seed)"
        }
    }

    /// The pieces of `bytes`, which together are `bytes`.
    public func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        switch self {
        case .whole: return [bytes[...]]
        case .byteByByte: return bytes.indices.map { bytes[$0...$0] }
        case .at(let point): return [bytes[..<point], bytes[point...]]
        case .seeded(let seed):
            var random = SeededGenerator(seed: seed)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let scale = 1 << random.integer(in: 0..<12)
                let piece = rest.prefix(random.integer(in: 0..<(scale + 1)))
                pieces.append(piece)
                rest = rest.dropFirst(piece.count)
            }
            return pieces
        }
    }

    /// Byte by byte, at every point, and some random pieces: for vectors of up to about 2 KB.
    public static func everywhere(_ bytes: [UInt8], seeds: Int = 8) -> [Split] {
        [.byteByByte] + (0...bytes.count).map(Split.at) + (0..<seeds).map { .seeded(UInt64($0 + 1)) }
    }

    /// For captures: byte by byte, at every point of the first `head` bytes, around each of `boundaries` (where
    /// messages begin), and at so many seeded points elsewhere.
    public static func chosen(
        _ bytes: [UInt8], head: Int = 4_096, boundaries: [Int], around: Int = 20, seededPoints: Int = 500,
        seed: UInt64 = 1
    ) -> [Split] {
        var points = Set(0...min(head, bytes.count))
        for boundary in boundaries {
            points.formUnion((boundary - around)...(boundary + around))
        }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<seededPoints { points.insert(random.integer(in: 0..<(bytes.count + 1))) }
        return [.byteByByte, .seeded(seed), .seeded(seed + 1)]
            + points.filter { (0...bytes.count).contains($0) }.sorted().map(Split.at)
    }
}

/// Runs `machine` on `bytes` whole and on every split, and says where its result was another one.
///
/// ```swift
/// #expect(splitDifferences(of: vector) { pieces in messages(in: pieces) } == [])
/// ```
/// - Returns: a line for each split with another result, the first few only; empty when splitting changes nothing.
public func splitDifferences<Result: Equatable>(
    of bytes: [UInt8], splits: [Split]? = nil, _ machine: ([ArraySlice<UInt8>]) throws -> Result
) rethrows -> [String] {
    let whole = try machine(Split.whole.pieces(of: bytes))
    var differences: [String] = []
    for split in splits ?? Split.everywhere(bytes) {
        let result = try machine(split.pieces(of: bytes))
        if result != whole {
            differences.append("\(split): \(result) instead of \(whole)")
            if differences.count == 3 { break }
        }
    }
    return differences
}

/// Every beginning of `bytes` that is shorter than the whole, for truncation tests.
public func truncations(of bytes: [UInt8]) -> [[UInt8]] {
    bytes.indices.map { Array(bytes[..<$0]) }
}
