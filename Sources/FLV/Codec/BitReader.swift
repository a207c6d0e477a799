// SPDX-License-Identifier: Apache-2.0

/// Bits of a codec header, the highest of each byte first.
///
/// Reading past the end gives zeros and is remembered in ``isPastEnd``: a parser reads a whole structure and asks once. Loops
/// over counts that were read need a limit of their own.
struct BitReader {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var isPastEnd = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count * 8 - position }

    mutating func bit() -> Bool {
        guard position < bytes.count * 8 else {
            isPastEnd = true
            return false
        }
        defer { position += 1 }
        return bytes[position >> 3] >> (7 - UInt8(position & 7)) & 1 == 1
    }

    /// An unsigned number of up to 32 bits.
    mutating func bits(_ count: Int) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count { value = value << 1 | (bit() ? 1 : 0) }
        return value
    }

    /// The same as `Int`.
    mutating func int(_ count: Int) -> Int { Int(bits(count)) }

    mutating func skip(_ count: Int) {
        if count > remaining { isPastEnd = true }
        position += min(max(0, count), remaining)
    }

    mutating func skipToByte() { skip(-position & 7) }

    /// An Exp-Golomb number (H.264 §9.1); 0 and past the end for one of more than 32 bits.
    mutating func ue() -> Int {
        var zeros = 0
        while !bit() {
            zeros += 1
            if isPastEnd || zeros > 31 {
                isPastEnd = true
                return 0
            }
        }
        return (1 << zeros) - 1 + int(zeros)
    }

    /// A signed Exp-Golomb number (H.264 §9.1.1).
    mutating func se() -> Int {
        let code = ue()
        return code & 1 == 1 ? (code + 1) / 2 : -(code / 2)
    }
}
