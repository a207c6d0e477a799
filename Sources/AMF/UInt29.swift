// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A number of up to 29 bits in one to four bytes, most significant first: seven bits and a flag "more follows" in each
/// of the first three, eight bits in the fourth (AMF3 §1.3.1).
struct UInt29 {
    static let max: UInt32 = 0x1FFF_FFFF

    var value: UInt32

    /// `nil` for more than 29 bits.
    init?(_ value: UInt32) {
        guard value <= Self.max else { return nil }
        self.value = value
    }

    /// Nothing is consumed where the number is not whole. Forms longer than needed are read like the shortest.
    init?(from input: inout ByteReader) {
        var probe = input
        value = 0
        for _ in 0..<3 {
            guard let byte = probe.readUInt8() else { return nil }
            value = value << 7 | UInt32(byte & 0x7F)
            if byte < 0x80 {
                input = probe
                return
            }
        }
        guard let last = probe.readUInt8() else { return nil }
        value = value << 8 | UInt32(last)
        input = probe
    }

    /// Appends the shortest form.
    func encode(into output: inout [UInt8]) {
        if value >= 0x20_0000 {
            output.append(UInt8(truncatingIfNeeded: value >> 22) | 0x80)
            output.append(UInt8(truncatingIfNeeded: value >> 15) | 0x80)
            output.append(UInt8(truncatingIfNeeded: value >> 8) | 0x80)
            output.append(UInt8(truncatingIfNeeded: value))
            return
        }
        if value >= 0x4000 { output.append(UInt8(truncatingIfNeeded: value >> 14) | 0x80) }
        if value >= 0x80 { output.append(UInt8(truncatingIfNeeded: value >> 7) | 0x80) }
        output.append(UInt8(truncatingIfNeeded: value & 0x7F))
    }
}
