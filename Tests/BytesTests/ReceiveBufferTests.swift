// SPDX-License-Identifier: Apache-2.0

import Bytes
import TestSupport
import Testing

@Suite struct ReceiveBufferTests {
    @Test func `what is appended is what is there`() {
        var buffer = ReceiveBuffer()
        #expect(buffer.isEmpty)
        buffer.append(bytes("010203"))
        buffer.append([])
        buffer.append(bytes("04"))
        #expect(buffer.count == 4)
        #expect(Array(buffer.bytes[buffer.start...]) == [1, 2, 3, 4])
        buffer.consume(upTo: buffer.start + 3)
        #expect(buffer.count == 1)
        #expect(!buffer.isEmpty)
        #expect(buffer.takeRest() == [4])
        #expect(buffer.isEmpty)
        #expect(buffer.takeRest() == [])
    }

    @Test(arguments: SeededGenerator.seeds(10))
    func `bytes come out as they went in, whatever the pieces`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = ReceiveBuffer()
        var sent: UInt64 = 0, received: UInt64 = 0
        for _ in 0..<500 {
            let piece = (0..<random.integer(in: 0..<200)).map { _ in
                defer { sent += 1 }
                return UInt8(truncatingIfNeeded: sent)
            }
            buffer.append(piece)
            let end = buffer.start + random.integer(in: 0..<(buffer.count + 1))
            for index in buffer.start..<end {
                #expect(buffer.bytes[index] == UInt8(truncatingIfNeeded: received), "\(random)")
                received += 1
            }
            buffer.consume(upTo: end)
            #expect(buffer.count == Int(sent - received), "\(random)")
        }
        #expect(buffer.takeRest() == (received..<sent).map { UInt8(truncatingIfNeeded: $0) }, "\(random)")
    }

    @Test func `consumed bytes do not pile up`() {
        var buffer = ReceiveBuffer()
        buffer.append([0])
        for _ in 0..<10_000 {
            buffer.append([UInt8](repeating: 1, count: 100))
            buffer.consume(upTo: buffer.bytes.count - 1)
            #expect(buffer.bytes.count < 1_000)
        }
    }

    @Test func `an empty buffer keeps room for a read and gives back what a burst took`() {
        var buffer = ReceiveBuffer()
        buffer.append([UInt8](repeating: 1, count: 10_000))
        buffer.consume(upTo: 10_000)
        #expect(buffer.bytes.capacity >= 10_000)
        buffer.append([UInt8](repeating: 1, count: 1_000_000))
        buffer.consume(upTo: 999_999)
        buffer.append([1])
        buffer.consume(upTo: buffer.bytes.count)
        #expect(buffer.bytes.capacity <= 65_536)
    }

    @Test(arguments: [Int.min, -1, 0, 1, 5, Int.max])
    func `an index that is out of place consumes at most what there is`(_ index: Int) {
        var buffer = ReceiveBuffer()
        buffer.append([1, 2, 3])
        buffer.consume(upTo: 1)
        buffer.consume(upTo: index)
        #expect(buffer.takeRest() == (index > 1 ? [] : [2, 3]))
    }
}

extension ReceiveBuffer {
    fileprivate mutating func append(_ bytes: [UInt8]) { append(bytes.span) }
}
