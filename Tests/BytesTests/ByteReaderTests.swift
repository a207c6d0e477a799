// SPDX-License-Identifier: Apache-2.0

import Bytes
import TestSupport
import Testing

@Suite struct ByteReaderTests {
    static let input = bytes("01 02 03 04 05 06 07 08 09")

    /// What `read` gives as the first thing of `input`.
    func first<T>(of input: [UInt8] = Self.input, _ read: (inout ByteReader) -> T) -> T {
        var reader = ByteReader(input)
        return read(&reader)
    }

    @Test func `numbers are big-endian unless the name says otherwise`() {
        #expect(first { $0.readUInt8() } == 0x01)
        #expect(first { $0.readUInt16() } == 0x0102)
        #expect(first { $0.readUInt16LittleEndian() } == 0x0201)
        #expect(first { $0.readUInt24() } == 0x010203)
        #expect(first { $0.readUInt32() } == 0x0102_0304)
        #expect(first { $0.readUInt32LittleEndian() } == 0x0403_0201)
        #expect(first { $0.readUInt64() } == 0x0102_0304_0506_0708)
    }

    @Test func `signed numbers and doubles keep every bit`() {
        #expect(first(of: [0xFF, 0xFE]) { $0.readInt16() } == -2)
        #expect(first(of: [0x80, 0x00]) { $0.readInt16() } == .min)
        #expect(first(of: bytes("7ff0000000000001")) { $0.readDouble()?.bitPattern } == 0x7FF0_0000_0000_0001)
    }

    @Test func `one read goes on where the last one ended`() {
        var reader = ByteReader(Self.input)
        let numbers = [
            reader.readUInt8().map(Int.init), reader.readUInt16().map(Int.init), reader.readUInt24().map(Int.init),
        ]
        #expect(numbers == [0x01, 0x0203, 0x040506])
        #expect(reader.offset == 6)
        #expect(reader.remaining == 3)
        #expect(!reader.isAtEnd)
        let rest = reader.readRest()
        #expect(rest == [7, 8, 9])
        #expect(reader.isAtEnd)
    }

    @Test(arguments: 0..<9)
    func `a read past the end gives nil and moves nothing`(_ count: Int) {
        let reader = ByteReader(Array(Self.input[..<count]))
        func expectUnmoved<T>(_ size: Int, _ read: (inout ByteReader) -> T?) {
            var probe = reader
            let value = read(&probe)
            #expect((value == nil) == (count < size))
            #expect(probe.offset == (count < size ? 0 : size))
        }
        expectUnmoved(1) { $0.readUInt8() }
        expectUnmoved(2) { $0.readUInt16() }
        expectUnmoved(2) { $0.readInt16() }
        expectUnmoved(2) { $0.readUInt16LittleEndian() }
        expectUnmoved(3) { $0.readUInt24() }
        expectUnmoved(4) { $0.readUInt32() }
        expectUnmoved(4) { $0.readUInt32LittleEndian() }
        expectUnmoved(8) { $0.readUInt64() }
        expectUnmoved(8) { $0.readDouble() }
        expectUnmoved(5) { $0.readBytes(5) }
        expectUnmoved(5) { $0.readSub(5) }
        expectUnmoved(5) { $0.skip(5) ? true : nil }
    }

    @Test(arguments: [-1, Int.min, 9, Int.max])
    func `an impossible count gives nil and moves nothing`(_ count: Int) {
        var reader = ByteReader(Self.input)
        _ = reader.readUInt8()
        let bytes = reader.readBytes(count), sub = reader.readSub(count), isSkipped = reader.skip(count)
        #expect(bytes == nil)
        #expect(sub == nil)
        #expect(!isSkipped)
        #expect(reader.offset == 1)
    }

    @Test func `peeking leaves the byte where it is`() {
        var reader = ByteReader([7])
        #expect(reader.peekUInt8() == 7)
        let byte = reader.readUInt8()
        #expect(byte == 7)
        #expect(reader.peekUInt8() == nil)
    }

    @Test func `a copy is a bookmark`() {
        var reader = ByteReader(Self.input)
        let bookmark = reader
        _ = reader.skip(4)
        #expect(reader.peekUInt8() == 5)
        reader = bookmark
        #expect(reader.peekUInt8() == 1)
    }

    @Test func `a sub-reader ends where it was told and counts offsets from the start of all`() {
        var reader = ByteReader(Self.input)
        _ = reader.skip(2)
        guard var sub = reader.readSub(3) else {
            Issue.record("three of seven bytes are there")
            return
        }
        #expect(reader.offset == 5)
        #expect(sub.offset == 2)
        #expect(sub.remaining == 3)
        let tooMuch = sub.readUInt32(), all = sub.readUInt24(), more = sub.readUInt8()
        #expect(tooMuch == nil)
        #expect(all == 0x030405)
        #expect(more == nil)
        #expect(sub.peekUInt8() == nil)
        #expect(sub.offset == 5)
        #expect(reader.peekUInt8() == 6)
    }

    @Test func `the rest of a sub-reader is its own`() {
        var reader = ByteReader(Self.input)
        var sub = reader.readSub(2)
        let rest = sub?.readRest()
        #expect(rest == [1, 2])
        #expect(reader.peekUInt8() == 3)
    }

    @Test func `nothing can be read at the end`() {
        #expect(first(of: []) { $0.readSub(0)?.isAtEnd } == true)
        #expect(first(of: []) { $0.readBytes(0) } == [])
        #expect(first(of: []) { $0.readRest() } == [])
        #expect(first(of: []) { $0.skip(0) })
    }

    @Test func `a reader of a span keeps a copy`() {
        var source = Self.input
        let reader = ByteReader(copying: source.span)
        source[0] = 99
        #expect(reader.peekUInt8() == 1)
    }
}
