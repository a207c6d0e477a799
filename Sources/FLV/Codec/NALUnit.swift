// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Parameter sets as decoder configurations hold them.
enum NALUnit {
    /// Parameter sets are short; more than this is not looked at.
    private static let maximumSize = 4_096

    /// A reader of a parameter set's bits without the bytes that only keep start codes away (H.264 §7.4.1), behind a NAL
    /// header of `headerSize` bytes.
    static func reader(of unit: [UInt8], headerSize: Int) -> BitReader {
        var plain: [UInt8] = []
        var zeros = 0
        for byte in unit.dropFirst(headerSize).prefix(maximumSize) {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            plain.append(byte)
        }
        return BitReader(plain)
    }

    /// `count` units, each behind its length of two bytes.
    static func read(_ count: Int, from reader: inout ByteReader, in context: String) throws(FLVError) -> [[UInt8]] {
        var units: [[UInt8]] = []
        for _ in 0..<count {
            guard let size = reader.readUInt16() else { throw FLVError(.truncated, at: reader.offset, in: context) }
            guard let unit = reader.readBytes(Int(size)) else {
                throw FLVError(.invalidLength, at: reader.offset, in: context)
            }
            units.append(unit)
        }
        return units
    }
}
