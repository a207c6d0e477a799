// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@Suite struct SessionLimitTests {
    @Test func `a stranger may send so many bytes`() throws {
        var configuration = ServerSession.Configuration()
        configuration.limits.bytesBeforeAcceptance = 10_000
        var test = try ServerUnderTest.connected(configuration, streams: 1)
        for _ in 0..<6 { try test.peer.say(.audio, on: 1, chunkStream: 6, [UInt8](repeating: 0, count: 1000)) }
        try test.run()
        var known = test
        try known.peer.call("publish", 0, "key", on: 1)
        for _ in 0..<60 { try known.peer.say(.audio, on: 1, chunkStream: 6, [UInt8](repeating: 0, count: 1000)) }
        try known.run()
        #expect(known.events.count == 61)
        try test.peer.say(.audio, on: 1, chunkStream: 6, [UInt8](repeating: 0, count: 1000))
        let error = #expect(throws: RTMPError.self) { try test.run() }
        #expect(error?.code == .limitExceeded)
        #expect(error?.context.contains("10000 bytes") == true)
    }

    @Test func `a session at rest is small`() {
        // Ten thousand of them are common; what is large and seldom there is kept elsewhere.
        #expect(MemoryLayout<ServerSession>.size <= 480)
    }

    @Test func `a client may create so many streams`() throws {
        var configuration = ServerSession.Configuration()
        configuration.limits.messageStreams = 3
        var test = try ServerUnderTest.connected(configuration, streams: 3)
        try test.peer.call("deleteStream", 0, 2)
        try test.peer.call("createStream", 5)
        try test.run()
        #expect(test.heard == ["0: _result 5 4"])
        try test.peer.call("createStream", 6)
        let error = #expect(throws: RTMPError.self) { try test.run() }
        #expect(error?.code == .limitExceeded)
        #expect(error?.context == "3 message streams")
    }

    @Test(arguments: ["connect", "publish", "play"]) func `names have a longest length`(_ name: String) throws {
        let long = AMF0Value.string(AMFString(String(repeating: "n", count: 4097)))
        var test = name == "connect" ? try ServerUnderTest() : try ServerUnderTest.connected(streams: 1)
        if name == "connect" {
            try test.peer.call(name, 1, object: ["app": long])
        } else {
            try test.peer.call(name, 0, long, on: 1)
        }
        let error = #expect(throws: RTMPError.self) { try test.run() }
        #expect(error?.code == .limitExceeded)
        #expect(error?.context.contains("4096 bytes") == true)
        #expect(test.events.isEmpty)
    }

    @Test func `few commands may wait for the answer to connect`() throws {
        var configuration = ServerSession.Configuration()
        configuration.limits.outstandingCalls = 4
        var test = try ServerUnderTest(configuration)
        test.serve = { _, _ in }
        try test.peer.call("connect", 1)
        for _ in 0..<4 { try test.peer.say(.command, []) }
        try test.run()
        try test.peer.say(.command, [])
        let error = #expect(throws: RTMPError.self) { try test.run() }
        #expect(error?.code == .limitExceeded)
        #expect(error?.context == "4 commands before connect is answered")
    }

    @Test func `a stranger's last byte is taken, one more is not`() throws {
        var configuration = ServerSession.Configuration()
        configuration.limits.bytesBeforeAcceptance = 3_073 + 12 + 100
        var random = SeededGenerator(seed: 1)
        var session = ServerSession(configuration: configuration, random: &random)
        let hello = [3] + [UInt8](repeating: 0, count: 3_072)
        let message = bytes("03 000000 000064 08 00000000") + [UInt8](repeating: 0, count: 100)
        session.receive((hello + message).span)
        #expect(try session.nextEvent() == nil)
        session.receive([UInt8]([0]).span)
        let error = #expect(throws: RTMPError.self) { try session.nextEvent() }
        #expect(error?.code == .limitExceeded)
        #expect(error?.context == "3185 bytes before publish or play")
    }

    @Test(arguments: [(AMFLimits(depth: 3), AMFError.Code.tooDeep), (AMFLimits(elements: 6), .tooManyElements)])
    func `values of a command meet the limits of AMF, on both sides`(
        _ limits: AMFLimits, _ code: AMFError.Code
    ) throws {
        // Name, transaction, null and three levels: six values. One more level is one more value too.
        let allowed: AMF0Value = ["a": ["b": [:]]]
        let refused: AMF0Value = ["a": ["b": ["c": [:]]]]
        var server = ServerSession.Configuration()
        server.limits.amf = limits
        var client = ClientSession.Configuration(purpose: .play)
        client.limits.amf = limits
        for (value, isAllowed) in [(allowed, true), (refused, false)] {
            // A stranger's first command, which is answered with an error because connect comes first.
            var serverTest = try ServerUnderTest(server)
            try serverTest.peer.call("call", 2, value)
            var clientTest = try ClientUnderTest(.play, client)
            try clientTest.peer.call("call", 2, value)
            if isAllowed {
                try serverTest.run()
                try clientTest.run()
            } else {
                for error in [
                    #expect(throws: RTMPError.self) { try serverTest.run() },
                    #expect(throws: RTMPError.self) { try clientTest.run() },
                ] {
                    #expect(error?.code == .invalidAMF)
                    #expect(error?.underlying?.code == code)
                }
            }
        }
    }

    @Test(arguments: ["publish", "play"]) func `a name of the longest length is taken`(_ name: String) throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call(name, 0, .string(AMFString(String(repeating: "n", count: 4_096))), on: 1)
        try test.run()
        #expect(test.events.count == 1)
    }

    @Test func `a client keeps to the longest name by itself`() throws {
        var configuration = ClientSession.Configuration(purpose: .play)
        configuration.limits.nameLength = 5
        for (name, isAllowed) in [("12345", true), ("123456", false)] {
            var test = try ClientUnderTest.connected(.play, configuration)
            if isAllowed {
                try test.session.play(name)
            } else {
                let error = #expect(throws: UsageError.self) { try test.session.play(name) }
                #expect(error?.context == "a stream name of more than 5 bytes")
            }
        }
    }

    @Test func `a body that is no AMF fails the session with its place`() throws {
        var test = try ServerUnderTest.connected()
        try test.peer.say(.command, chunkStream: 9, bytes("ff"))
        let error = #expect(throws: RTMPError.self) { try test.run() }
        #expect(error?.code == .invalidAMF)
        #expect(error?.underlying?.code == .unknownMarker)
        #expect((error?.offset ?? 0) > 3073)
    }

    @Test func `what came before a fault is delivered, then the fault stays`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("createStream", 2)
        try test.peer.call("publish", 0, "key", on: 1)
        try test.peer.say(.audio, on: 1, [1])
        test.session.receive(test.peer.takeOutput().span)
        test.session.receive(bytes("d9").span)  // A type 3 header on a chunk stream that was never used.
        var events: [ServerSession.Event] = []
        var failure: RTMPError?
        do throws(RTMPError) {
            while let event = try test.session.nextEvent() {
                events.append(event)
                try? test.session.acceptRequest(in: event)
            }
        } catch { failure = error }
        #expect(events.count == 2)
        let fault = try #require(failure)
        #expect(fault.code == .missingHeader)
        #expect(test.session.outputCount > 0, "what was to be said before the fault can still be sent")
        test.session.receive(bytes("02 000000 000004 03 00000000 00000000").span)
        #expect(throws: fault) { try test.session.nextEvent() }
        test.session.receiveEnd()
        #expect(throws: fault) { try test.session.nextEvent() }
    }

    @Test func `other protocols fail before anything is said`() {
        for greeting in ["GET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}", "PUT", "\0"] {
            var random = SeededGenerator(seed: 1)
            var session = ServerSession(random: &random)
            session.receive(Array(greeting.utf8).span)
            let error = #expect(throws: RTMPError.self) { try session.nextEvent() }
            #expect(error?.code == .unsupportedVersion)
            #expect(session.takeOutput().isEmpty)
        }
    }

    @Test func `an end in the handshake is just an end`() throws {
        var random = SeededGenerator(seed: 1)
        var session = ServerSession(random: &random)
        session.receive([UInt8]([3, 0, 0]).span)
        session.receiveEnd()
        session.receiveEnd()
        #expect(try session.nextEvent() == .closed)
        #expect(try session.nextEvent() == nil)
    }

    @Test func `unread output is counted`() throws {
        var test = try ServerUnderTest.connected()
        for _ in 0..<100 { try test.peer.say(.pingRequest(1)) }
        test.session.receive(test.peer.takeOutput().span)
        #expect(try test.session.nextEvent() == nil)
        #expect(test.session.outputCount == 100 * 18)
        #expect(test.session.takeOutput().count == 1800)
        #expect(!test.session.hasOutput)
    }
}
