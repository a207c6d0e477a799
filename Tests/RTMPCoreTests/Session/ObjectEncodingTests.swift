// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

/// objectEncoding 3: who asks for it, who grants it, and what is said then.
@Suite struct ObjectEncodingTests {
    private func client(_ purpose: ClientSession.Purpose, _ encoding: ObjectEncoding) -> ClientSession.Configuration {
        var configuration = ClientSession.Configuration(purpose: purpose)
        configuration.objectEncoding = encoding
        return configuration
    }

    private func server(_ encoding: ObjectEncoding) -> ServerSession.Configuration {
        var configuration = ServerSession.Configuration()
        configuration.objectEncoding = encoding
        return configuration
    }

    static let cases: [(ObjectEncoding, ObjectEncoding, ObjectEncoding)] = [
        (.amf0, .amf0, .amf0), (.amf3, .amf0, .amf0), (.amf0, .amf3, .amf0), (.amf3, .amf3, .amf3),
    ]

    @Test(arguments: cases)
    func `AMF3 is spoken when both sides want it, and streams flow in any case`(
        asked: ObjectEncoding, offered: ObjectEncoding, spoken: ObjectEncoding
    ) throws {
        for purpose in [ClientSession.Purpose.publish, .play] {
            var pair = try SessionPair.established(
                purpose, client: client(purpose, asked), server: server(offered))
            #expect(pair.client.objectEncoding == spoken && pair.server.objectEncoding == spoken)
            if purpose == .publish {
                #expect(pair.client.phase == .publishing)
                try pair.client.send(SessionPairTests.audio, on: .one)
                pair.client.finish()
                try pair.run()
                #expect(pair.serverEvents == [.media(SessionPairTests.audio, on: .one), .streamClosed(.one)])
            } else {
                #expect(pair.client.phase == .playing)
                try pair.server.send(SessionPairTests.audio, on: .one)
                pair.server.endPlay(.one)
                try pair.run()
                let expected: [ClientSession.Event] = [
                    .media(SessionPairTests.audio, on: .one), .ended(.playUnpublishNotify),
                ]
                #expect(Array(pair.clientEvents.prefix(2)) == expected)
            }
        }
    }

    @Test func `connect and its answer are AMF0, everything behind them is not`() throws {
        var test = try ServerUnderTest(server(.amf3))
        try test.peer.call("connect", 1, object: ["app": "live", "objectEncoding": 3])
        try test.peer.call("createStream", 2)
        let said = test.peer.takeOutput()
        test.session.receive(said.span)
        while let event = try test.session.nextEvent() { try test.session.acceptRequest(in: event) }
        let messages = try test.peer.hear(test.session.takeOutput())
        let answers = messages.filter { [.command, .commandAMF3].contains($0.typeID) }
        #expect(answers.map(\.typeID) == [.command, .commandAMF3])
        let first = answers[0].payload
        let result = try Command(decoding: first.span)
        #expect(ConnectResult(result).objectEncoding == .amf3)
        #expect(answers[1].payload == bytes("00 02 0007 5f726573756c74 00 4000000000000000 05 00 3ff0000000000000"))
    }

    @Test func `objects are AMF3 in messages of type 15, 16 and 17, and read back`() throws {
        var pair = try SessionPair.established(.play, client: client(.play, .amf3), server: server(.amf3))
        let object: AMF0Value = ["name": "x", "list": [1, 2.5, .null]]
        let shared = SharedObject(name: "s", version: 2, events: [.change(name: "k", object)])
        try pair.server.send(.data(["onCuePoint", object]), on: .one)
        try pair.server.send(.sharedObject(shared))
        try pair.server.call("say", arguments: [object, "plain", 3])
        let output = pair.server.takeOutput()
        pair.client.receive(output.span)
        var events: [ClientSession.Event] = []
        while let event = try pair.client.nextEvent() { events.append(event) }
        #expect(events.count == 3)
        let wrapped = AMF0Value.avmPlus(try #require(AMF3Value(object)))
        guard case .media(let data, on: .one) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(data.kind == .dataAMF3 && data.payload.first == 0)
        let body = Array(data.payload.dropFirst())
        let values = try AMF0Value.decodeAll(body.span)
        #expect(values == ["onCuePoint", wrapped])
        let change = SharedObject(name: "s", version: 2, events: [.change(name: "k", wrapped)])
        #expect(events.dropFirst().first == .unhandled(.sharedObject(change), on: .netConnection))
        let call = Command("say", transactionID: 1, arguments: [wrapped, "plain", 3])
        #expect(events.last == .unhandled(.command(call), on: .netConnection))
        // The client answers in AMF3 too.
        let answers = pair.client.takeOutput()
        pair.server.receive(answers.span)
        guard case .answer(let answer) = try pair.server.nextEvent() else {
            Issue.record("no answer")
            return
        }
        #expect(answer.name == "_error" && answer.transactionID == 1)
        #expect(answer.status?.code == .callFailed)
    }

    @Test func `an AMF3 connect object is understood`() throws {
        var test = try ServerUnderTest()
        // The reference's example: "connect", 1, AMF3 {app: "live"}.
        try test.peer.say(
            .commandAMF3,
            bytes("00 02 0007 636f6e6e656374 00 3ff0000000000000 11 0a 0b 01 07 617070 06 09 6c697665 01"))
        try test.run()
        guard case .connect(_, let connect) = test.events.first else {
            Issue.record("\(test.events)")
            return
        }
        #expect(connect.app == "live")
        #expect(test.session.isConnected && test.session.objectEncoding == .amf0)
    }
}
