// SPDX-License-Identifier: Apache-2.0

import Bytes
import TestSupport
import Testing

@Suite struct ArrayBigEndianTests {
    @Test func `numbers are appended big-endian unless the name says otherwise`() {
        var output: [UInt8] = []
        output.appendUInt16(0x0102)
        output.appendUInt24(0x030405)
        output.appendUInt32(0x0607_0809)
        output.appendUInt64(0x0A0B_0C0D_0E0F_1011)
        output.appendUInt16LittleEndian(0x1312)
        output.appendUInt32LittleEndian(0x1716_1514)
        #expect(output == Array(1...0x17))
    }

    @Test func `24 bits are the low ones`() {
        var output: [UInt8] = []
        output.appendUInt24(0xFF01_0203)
        #expect(output == [1, 2, 3])
    }

    @Test(arguments: [0, -0.0, 1.5, .infinity, Double(bitPattern: 0xFFF0_0000_0000_0001)])
    func `a double is read back bit by bit`(_ number: Double) {
        var output: [UInt8] = []
        output.appendDouble(number)
        var reader = ByteReader(output)
        #expect(reader.readDouble()?.bitPattern == number.bitPattern)
    }

    @Test func `a patch overwrites its bytes and no others`() {
        var output = [UInt8](repeating: 0xEE, count: 6)
        output.patchUInt24(0xFF01_0203, at: 1)
        #expect(output == bytes("ee 010203 eeee"))
        output.patchUInt32(0x0A0B_0C0D, at: 2)
        #expect(output == bytes("ee01 0a0b0c0d"))
    }

    @Test(arguments: [0, 1, 2, 3, 7, 100, 4_096])
    func `spans are appended whole and in order`(_ count: Int) {
        let piece = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var output = [UInt8](copying: piece.span)
        #expect(output == piece)
        output.append(copying: piece.span)
        #expect(output == piece + piece)
    }

    /// Exact growth would copy everything at each of the appends.
    @Test(arguments: [1, 3, 128])
    func `many small spans make the array grow a few times only`(_ count: Int) {
        let piece = [UInt8](repeating: 1, count: count)
        var output: [UInt8] = []
        var capacity = 0, growths = 0
        for _ in 0..<10_000 {
            output.append(copying: piece.span)
            if output.capacity != capacity { growths += 1 }
            capacity = output.capacity
        }
        #expect(output.count == 10_000 * count)
        #expect(growths < 30)
    }
}
