// SPDX-License-Identifier: Apache-2.0

/// Takes DEFLATE apart (RFC 1951): Flash programs are mostly compressed so.
///
/// Speed does not matter here, so codes are read bit by bit.
struct Inflate {
    /// A Huffman code: how many symbols each length has, and the symbols in order of their codes.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        /// Nil when more codes are claimed than the lengths leave room for.
        init?(_ lengths: [Int]) {
            for length in lengths { counts[length] += 1 }
            counts[0] = 0
            var room = 1
            for length in 1...15 {
                room = room * 2 - counts[length]
                guard room >= 0 else { return nil }
                for (symbol, own) in lengths.enumerated() where own == length { symbols.append(symbol) }
            }
        }
    }

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ]
    /// The order in which the lengths of the code for code lengths are written.
    private static let metaOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private let input: [UInt8]
    private var position: Int
    private let limit: Int
    private var buffer: UInt32 = 0
    private var bitCount = 0
    private var output: [UInt8] = []

    private init(_ input: [UInt8], from start: Int, limit: Int) {
        self.input = input
        position = start
        self.limit = limit
    }

    /// What the blocks from `start` on hold; nil when they are damaged or hold more than `limit` bytes.
    static func decompress(_ input: [UInt8], from start: Int, limit: Int) -> [UInt8]? {
        var inflate = Inflate(input, from: start, limit: limit)
        while true {
            guard let isLast = inflate.bits(1), let kind = inflate.bits(2) else { return nil }
            let isRead =
                switch kind {
                case 0: inflate.readStored()
                case 1: inflate.readFixed()
                case 2: inflate.readDynamic()
                default: false
                }
            guard isRead else { return nil }
            if isLast == 1 { return inflate.output }
        }
    }

    /// The next bits, the first one lowest; at most 16 at a time.
    private mutating func bits(_ count: Int) -> Int? {
        while bitCount < count {
            guard position < input.count else { return nil }
            buffer |= UInt32(input[position]) << UInt32(bitCount)
            position += 1
            bitCount += 8
        }
        let value = buffer & (1 << UInt32(count) - 1)
        buffer >>= UInt32(count)
        bitCount -= count
        return Int(value)
    }

    private mutating func readStored() -> Bool {
        buffer = 0
        bitCount = 0
        guard let size = bits(16), let inverse = bits(16), size ^ inverse == 0xFFFF, size <= input.count - position,
            size <= limit - output.count
        else { return false }
        output += input[position..<(position + size)]
        position += size
        return true
    }

    private mutating func readFixed() -> Bool {
        let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
        guard let literals = Code(lengths), let distances = Code([Int](repeating: 5, count: 30)) else { return false }
        return readBlock(literals, distances)
    }

    private mutating func readDynamic() -> Bool {
        guard let literalCount = bits(5), let distanceCount = bits(5), let metaCount = bits(4) else { return false }
        var metaLengths = [Int](repeating: 0, count: 19)
        for symbol in Self.metaOrder.prefix(metaCount + 4) {
            guard let length = bits(3) else { return false }
            metaLengths[symbol] = length
        }
        guard let meta = Code(metaLengths) else { return false }
        let total = literalCount + 257 + distanceCount + 1
        var lengths: [Int] = []
        while lengths.count < total {
            guard let symbol = symbol(of: meta) else { return false }
            switch symbol {
            case 16:
                guard let last = lengths.last, let more = bits(2) else { return false }
                lengths += [Int](repeating: last, count: more + 3)
            case 17, 18:
                guard let more = bits(symbol == 17 ? 3 : 7) else { return false }
                lengths += [Int](repeating: 0, count: more + (symbol == 17 ? 3 : 11))
            default: lengths.append(symbol)
            }
        }
        guard lengths.count == total, let literals = Code(Array(lengths[..<(literalCount + 257)])),
            let distances = Code(Array(lengths[(literalCount + 257)...]))
        else { return false }
        return readBlock(literals, distances)
    }

    private mutating func readBlock(_ literals: Code, _ distances: Code) -> Bool {
        while let symbol = symbol(of: literals) {
            if symbol == 256 { return true }
            if symbol < 256 {
                guard output.count < limit else { return false }
                output.append(UInt8(truncatingIfNeeded: symbol))
                continue
            }
            let index = symbol - 257
            guard index < Self.lengthBases.count,
                let more = bits(index < 8 || index == 28 ? 0 : (index - 4) / 4),
                let distanceIndex = self.symbol(of: distances), distanceIndex < Self.distanceBases.count,
                let further = bits(max(0, distanceIndex / 2 - 1))
            else { return false }
            let length = Self.lengthBases[index] + more
            let distance = Self.distanceBases[distanceIndex] + further
            guard distance <= output.count, length <= limit - output.count else { return false }
            // A run may repeat what it has just written.
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
        return false
    }

    private mutating func symbol(of code: Code) -> Int? {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            guard let bit = bits(1) else { return nil }
            value |= bit
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) * 2
            value *= 2
        }
        return nil
    }
}
