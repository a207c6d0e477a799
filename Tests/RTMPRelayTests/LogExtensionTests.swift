// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// A log that is filled by extensions of another one.
@Suite struct LogExtensionTests {
    private let stream = Synthetic(size: 9_000)
    private var now = Instant(nanoseconds: 1_000_000_000)

    private mutating func append(_ number: Int, to log: inout StreamLog) {
        now = now + .milliseconds(11)
        append(stream.frame(number), to: &log)
    }

    private func append(_ packet: MediaPacket, to log: inout StreamLog) {
        if packet.kind == .data {
            log.appendData(
                typeID: packet.typeID, timestamp: packet.timestamp.milliseconds, payload: packet.payload, at: now)
        } else {
            log.append(
                typeID: packet.typeID, timestamp: packet.timestamp.milliseconds, payload: packet.payload.span, at: now)
        }
    }

    /// Everything that a reader can ask for is the same, from the mirror's tail on.
    private func expectEqual(_ mirror: inout StreamLog, _ home: inout StreamLog, from offset: Int) {
        #expect(mirror.head == home.head)
        #expect(mirror.messageCount == home.messageCount)
        #expect(mirror.hasVideo == home.hasVideo)
        #expect(mirror.lastTimestamp == home.lastTimestamp)
        #expect(mirror.prologue == home.prologue)
        #expect(mirror.joinPoint?.offset == home.joinPoint?.offset)
        #expect(mirror.joinPoint?.number == home.joinPoint?.number)
        #expect(mirror.joinPoint?.prologue == home.joinPoint?.prologue)
        #expect(mirror.prologueBytes() == home.prologueBytes())
        let start = max(mirror.tail, home.tail, offset)
        let range = start..<home.head
        #expect(mirror.blocks.bytes(in: range) == home.blocks.bytes(in: range))
        #expect(mirror.nextMetadata(from: start) == home.nextMetadata(from: start))
        var position = start
        while position < home.head {
            let entry = home.entry(at: position)
            #expect(entry != nil && mirror.entry(at: position) == entry)
            position = home.endOfMessage(at: position)
            #expect(mirror.isBoundary(position))
        }
    }

    @Test(arguments: 0..<20)
    mutating func `a mirror equals its home at every step, whoever trims`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var home = StreamLog()
        for header in stream.headers { append(header, to: &home) }
        var next = 0
        for _ in 0..<random.integer(in: 0..<200) {
            append(next, to: &home)
            next += 1
        }
        // Subscribed in the middle: from the join point, or from here.
        var mirror = StreamLog()
        let first = home.joinPoint?.offset ?? home.head
        mirror.extend(by: home.extended(since: first))
        expectEqual(&mirror, &home, from: first)
        for _ in 0..<60 {
            let sent = home.head
            for _ in 0..<random.integer(in: 0..<12) {
                append(next, to: &home)
                next += 1
                if random.chance(0.02) { for header in stream.headers { append(header, to: &home) } }
            }
            let news = home.extended(since: sent)
            if random.chance(0.5) { home.trim(upTo: home.head) }
            mirror.extend(by: news)
            if random.chance(0.3) { mirror.trim(upTo: mirror.head) }
            expectEqual(&mirror, &home, from: first)
        }
        #expect(mirror.memorySize <= home.memorySize + 2 * Block.capacity * 60)
    }

    @Test mutating func `bytes of a mirror stay when its home has trimmed and written on`() {
        var home = StreamLog()
        var mirror = StreamLog()
        for number in 0..<90 { append(number, to: &home) }
        mirror.extend(by: home.extended(since: 0))
        let bytes = mirror.blocks.bytes(in: 0..<mirror.head)
        home.dropJoinPoint()
        home.trim(upTo: home.head)
        for number in 90..<300 {
            append(number, to: &home)
            home.dropJoinPoint()
            home.trim(upTo: home.head)
        }
        #expect(mirror.blocks.bytes(in: 0..<bytes.count) == bytes)
    }

    @Test mutating func `a mirror gives its blocks back when it trims`() {
        var home = StreamLog()
        var mirror = StreamLog()
        for number in 0..<900 {
            append(number, to: &home)
            mirror.extend(by: home.extended(since: mirror.head))
            home.dropJoinPoint()
            home.trim(upTo: home.head)
            mirror.dropJoinPoint()
            mirror.trim(upTo: mirror.head)
            #expect(mirror.memorySize <= 2 * Block.capacity)
            #expect(home.memorySize <= 2 * Block.capacity)
        }
    }

    @Test mutating func `a join point that a mirror gave up does not come back`() {
        var home = StreamLog()
        var mirror = StreamLog()
        for number in 0..<10 { append(number, to: &home) }
        mirror.extend(by: home.extended(since: 0))
        mirror.dropJoinPoint()
        mirror.trim(upTo: mirror.head)
        append(10, to: &home)
        #expect(home.joinPoint != nil)
        mirror.extend(by: home.extended(since: mirror.head))
        #expect(mirror.joinPoint == nil)
    }

    @Test mutating func `changed metadata without a message reach a mirror with the next message`() throws {
        var home = StreamLog()
        var mirror = StreamLog()
        for header in stream.headers { append(header, to: &home) }
        mirror.extend(by: home.extended(since: 0))
        let clear = bytes("02 000f 40636c656172446174614672616d65 02 000a 6f6e4d65746144617461")
        let entry = home.appendData(typeID: .data, timestamp: 0, payload: clear, at: now)
        #expect(entry == nil)
        #expect(home.prologue != mirror.prologue)
        append(0, to: &home)
        mirror.extend(by: home.extended(since: mirror.head))
        #expect(mirror.prologue == home.prologue)
    }
}
