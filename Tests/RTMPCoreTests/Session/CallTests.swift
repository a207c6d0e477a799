// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

/// Calls that no specification names, in both directions, and messages that sessions only carry.
@Suite struct CallTests {
    @Test func `a client calls, the owner of the server answers`() throws {
        var configuration = ServerSession.Configuration()
        configuration.answersUnknownCalls = false
        var pair = try SessionPair.established(.play, server: configuration)
        pair.serve = { session, event in
            guard case .unhandled(.command(let call), on: _) = event else { return }
            try session.answer(call, with: [["sum": 3]], isError: call.name == "fail")
        }
        let first = try pair.client.call("add", object: ["who": "me"], arguments: [1, 2])
        let second = try pair.client.call("fail")
        try pair.run()
        #expect(
            pair.clientEvents == [
                .answer(Command("_result", transactionID: first, arguments: [["sum": 3]])),
                .answer(Command("_error", transactionID: second, arguments: [["sum": 3]])),
            ])
        #expect(
            pair.serverEvents.first
                == .unhandled(
                    .command(Command("add", transactionID: first, object: ["who": "me"], arguments: [1, 2])),
                    on: .netConnection))
    }

    @Test func `a server calls, the owner of the client answers`() throws {
        var configuration = ClientSession.Configuration(purpose: .play)
        configuration.answersUnknownCalls = false
        var pair = try SessionPair.established(.play, client: configuration)
        pair.react = { session, event in
            guard case .unhandled(.command(let call), on: _) = event else { return }
            try session.answer(call, with: ["yes"])
        }
        let transaction = try pair.server.call("areYouThere", on: .one)
        try pair.server.send(.command(Command("note", arguments: [1])))
        try pair.run()
        #expect(pair.serverEvents == [.answer(Command("_result", transactionID: transaction, arguments: ["yes"]))])
    }

    @Test func `calls of nobody's are answered with an error, and answers of nobody's are nothing`() throws {
        var pair = try SessionPair.established(.publish)
        let transaction = try pair.client.call("unknown")
        try pair.client.send(.command(Command("_result", transactionID: 77)))
        try pair.server.send(.command(Command("_error", transactionID: 77)))
        try pair.run()
        guard case .answer(let answer) = pair.clientEvents.last, pair.clientEvents.count == 1 else {
            Issue.record("\(pair.clientEvents)")
            return
        }
        #expect(answer.name == "_error" && answer.transactionID == transaction && answer.status?.code == .callFailed)
        #expect(pair.serverEvents.count == 1)
    }

    @Test func `unanswered calls are bounded`() throws {
        var pair = try SessionPair.established(.play)
        for side in 0..<2 {
            for _ in 0..<Limits().outstandingCalls {
                if side == 0 { try pair.client.call("x") } else { try pair.server.call("x") }
            }
            let error = #expect(throws: UsageError.self) {
                if side == 0 { try pair.client.call("x") } else { try pair.server.call("x") }
            }
            #expect(error?.code == .tooManyCalls)
        }
        try pair.run()
        try pair.client.call("x")
        try pair.server.call("x")
    }

    @Test func `messages that sessions only carry`() throws {
        var pair = try SessionPair.established(.play)
        let object = SharedObject(name: "chat", version: 1, flags: 2, events: [.use, .requestChange(name: "x", 5)])
        let messages: [RTMPMessage] = [
            .sharedObject(object), .userControl(.streamDry(.one)), .userControl(.bufferReady(.one)),
            .other(MessageTypeID(rawValue: 99), [1, 2, 3]),
        ]
        for message in messages {
            try pair.client.send(message)
            try pair.server.send(message)
        }
        try pair.run()
        #expect(pair.serverEvents == messages.map { .unhandled($0, on: .netConnection) })
        let withoutDry = messages.filter { $0 != .userControl(.streamDry(.one)) }
        #expect(pair.clientEvents == withoutDry.map { .unhandled($0, on: .netConnection) })
    }

    @Test(arguments: [
        RTMPMessage.setChunkSize(1), .abort(.control), .acknowledgement(1), .windowAcknowledgementSize(1),
        .setPeerBandwidth(1, .hard), .other(.setChunkSize, [0, 0, 0, 1]),
    ])
    func `what steers the connection is not the owner's to send`(_ message: RTMPMessage) throws {
        var pair = try SessionPair.established(.play)
        #expect(throws: UsageError.self) { try pair.client.send(message) }
        #expect(throws: UsageError.self) { try pair.server.send(message) }
        let isSilent = !pair.client.hasOutput && !pair.server.hasOutput
        #expect(isSilent)
    }

    @Test func `nothing is said before connect is accepted`() throws {
        var pair = SessionPair(.play)
        #expect(throws: UsageError.self) { try pair.client.call("x") }
        #expect(throws: UsageError.self) { try pair.server.call("x") }
        #expect(throws: UsageError.self) { try pair.client.send(.data(["x"])) }
        #expect(throws: UsageError.self) { try pair.server.send(.data(["x"])) }
    }

    @Test func `what servers of old ask of their clients is answered`() throws {
        var test = try ClientUnderTest.connected(.play)
        try test.peer.call("_onbwcheck", 4, "payload")
        try test.peer.call("_onbwdone", 0, 1)
        try test.peer.call("ping", 0)
        try test.peer.call("mystery", 5)
        try test.run()
        #expect(
            test.heard == [
                "0: _result 4 0", "0: pong 0", "0: _error 5 error NetConnection.Call.Failed",
            ])
        #expect(test.events == [.unhandled(.command(Command("mystery", transactionID: 5)), on: .netConnection)])
    }
}
