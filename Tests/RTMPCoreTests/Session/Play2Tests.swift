// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

/// Going over to another stream on the same message stream (RTMP §7.2.2.2).
@Suite struct Play2Tests {
    @Test func `the request reads back as written`() throws {
        let full = Play2Command(
            stream: .one, name: "b?x=1", oldName: "a", transition: .swap, start: -1000, duration: 2500, offset: 12.5)
        #expect(Play2Command(full.command(transactionID: 3), on: .one) == full)
        #expect(full.command(transactionID: 3).transactionID == 3)
        let bare = Play2Command(stream: .one, name: "b")
        #expect(Play2Command(bare.command(), on: .one) == bare)
        let options: AMF0Value = ["streamName": "c", "start": .number(.nan), "offset": -1, "len": .number(.infinity)]
        #expect(Play2Command(Command("play2", arguments: [options]), on: .one) == Play2Command(stream: .one, name: "c"))
        #expect(Play2Command(Command("play2", arguments: ["c"]), on: .one) == nil)
        #expect(!"\(full)".contains("x=1") && "\(full)".contains("***"))
    }

    @Test func `a player goes over, and stays where it was when that is refused`() throws {
        var pair = try SessionPair.established(.play, "a")
        try pair.client.play2("b")
        try pair.run()
        guard case .play2(let request, let play2) = pair.serverEvents.first else {
            Issue.record("\(pair.serverEvents)")
            return
        }
        #expect(play2.name == "b" && play2.oldName == "a" && play2.transition == .switch && play2.stream == .one)
        try pair.server.send(SessionPairTests.audio, on: .one)
        try pair.server.accept(request)
        try pair.server.send(SessionPairTests.video, on: .one)
        #expect(throws: UsageError.self) { try pair.server.accept(request) }
        try pair.run()
        #expect(pair.clientEvents.first == .media(SessionPairTests.audio, on: .one))
        #expect(pair.clientEvents.last == .media(SessionPairTests.video, on: .one))
        let statuses = pair.clientEvents.compactMap { event in
            if case .status(let status, on: .one) = event { status } else { nil }
        }
        #expect(statuses.map(\.code) == [.playTransition, .playTransitionComplete])
        #expect(statuses.allSatisfy { $0.details["details"] == "b" && !$0.isError })

        pair.forget()
        try pair.client.play2("c")
        try pair.run()
        guard case .play2(let second, _) = pair.serverEvents.first else {
            Issue.record("\(pair.serverEvents)")
            return
        }
        // A refusal of level error would be the end for our own client, so it is told as a warning here.
        try pair.server.reject(second, code: .playStreamNotFound, description: "no")
        try pair.server.send(SessionPairTests.video, on: .one)
        #expect(throws: UsageError.self) { try pair.server.reject(second, code: .playFailed, description: "") }
    }

    @Test func `without anything to leave it is a play`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("play2", 0, ["streamName": "b", "transition": "reset", "start": 0, "len": 10], on: 1)
        try test.run()
        guard case .play(_, let play) = test.events.first, test.events.count == 1 else {
            Issue.record("\(test.events)")
            return
        }
        #expect(play == PlayCommand(stream: .one, name: "b", start: 0, duration: 10, reset: true))
        #expect(test.heard.contains("1: onStatus 0 status NetStream.Play.Reset"))
        test.forget()
        try test.peer.call("play2", 0, ["streamName": "", "transition": "stop"], on: 1)
        try test.peer.call("play2", 7, on: 1)
        try test.run()
        #expect(test.events == [.streamClosed(.one)])
        #expect(test.heard == ["0: _error 7 error NetConnection.Call.Failed"])
    }

    @Test func `a newer wish takes the place of an older one`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("play", 0, "a", on: 1)
        try test.run()
        test.forget()
        test.serve = { _, _ in }
        try test.peer.call("play2", 0, ["streamName": "b"], on: 1)
        try test.peer.call("play2", 0, ["streamName": "c"], on: 1)
        try test.run()
        guard test.events.count == 2, case .play2(let first, _) = test.events[0],
            case .play2(let second, let play2) = test.events[1]
        else {
            Issue.record("\(test.events)")
            return
        }
        #expect(play2.name == "c")
        #expect(throws: UsageError.self) { try test.session.accept(first) }
        try test.session.accept(second)
        test.session.endPlay(.one)
        try test.run()
        #expect(test.heard.last == "1: onStatus 0 status NetStream.Play.Stop")
    }

    @Test func `only who plays can go over`() throws {
        var pair = try SessionPair.established(.publish)
        #expect(throws: UsageError.self) { try pair.client.play2("b") }
        var player = try SessionPair.established(.play)
        #expect(throws: UsageError.self) { try player.client.play2(String(repeating: "x", count: 5_000)) }
    }
}
