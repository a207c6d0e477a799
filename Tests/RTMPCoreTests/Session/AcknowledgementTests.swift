// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

@testable import RTMPCore

@Suite struct AcknowledgementTests {
    @Test func `half a window is acknowledged, counted from the first byte`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("publish", 0, "key", on: 1)
        try test.peer.say(.windowAcknowledgementSize, chunkStream: 2, bytes("00005000"))  // 20,480
        try test.run()
        test.forget()
        var counts: [Int] = []
        for _ in 0..<60 {
            try test.peer.say(.audio, on: 1, chunkStream: 6, [UInt8](repeating: 0, count: 1000))
            try test.run()
            counts += test.heard.compactMap { Int($0.dropFirst("0: acknowledgement ".count)) }
            test.forget()
        }
        #expect(counts.count == 5)
        #expect(counts == counts.sorted())
        #expect((counts.first ?? 0) >= 10_240 && (counts.first ?? 0) < 10_240 + 1_100)
        for (one, next) in zip(counts, counts.dropFirst()) { #expect((10_240..<11_400).contains(next - one)) }
    }

    @Test func `a long message is acknowledged before its end, after a whole window`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("publish", 0, "key", on: 1)
        try test.peer.say(.windowAcknowledgementSize, chunkStream: 2, bytes("00005000"))
        try test.run()
        test.forget()
        try test.peer.setChunkSize(0xFF_FFFF)
        try test.peer.say(.video, on: 1, chunkStream: 6, [UInt8](repeating: 0, count: 100_000))
        let said = test.peer.takeOutput()
        for start in stride(from: 0, to: said.count, by: 1000) {
            test.session.receive(said[start..<min(start + 1000, said.count)].span)
            while try test.session.nextEvent() != nil {}
            for message in try test.peer.hear(test.session.takeOutput()) { test.heard.append(try line(message)) }
        }
        #expect(test.heard.count == 5)
    }

    @Test func `the count goes on behind 2^32`() {
        var window = AcknowledgementWindow(size: 4_000_000_000)
        window.receive(2_000_000_000)
        #expect(window.due(insideMessage: false) == 2_000_000_000)
        window.receive(1_999_999_999)
        #expect(window.due(insideMessage: false) == nil)
        window.receive(300_000_001)
        #expect(window.due(insideMessage: true) == nil)
        #expect(window.due(insideMessage: false) == 5_032_704)
        #expect(window.due(insideMessage: false) == nil)
    }

    @Test func `a tiny window does not make us chatter`() {
        var window = AcknowledgementWindow(size: 1)
        window.receive(1023)
        #expect(window.due(insideMessage: false) == nil)
        window.receive(1)
        #expect(window.due(insideMessage: false) == 1024)
    }
}
