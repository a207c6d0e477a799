// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

/// What servers in the field say, and what the client makes of it.
@Suite struct ClientDialectTests {
    @Test func `what a publisher says, in order`() throws {
        var test = try ClientUnderTest(.publish)
        #expect(test.heard == ["0: connect 1"])
        try test.peer.say(.windowAcknowledgementSize, chunkStream: 2, bytes("002625a0"))
        try test.peer.say(.setPeerBandwidth, chunkStream: 2, bytes("002625a0 02"))
        try test.peer.setChunkSize(4096)
        try test.peer.call("_result", 1, object: ["fmsVer": "FMS/3"], ["code": "NetConnection.Connect.Success"])
        test.forget()
        try test.run()
        #expect(test.heard == ["0: window 2500000"])
        try test.session.publish("key?a=b")
        test.forget()
        try test.run()
        #expect(
            test.heard == [
                "0: chunk size 60000", "0: releaseStream 2 key?a=b", "0: FCPublish 3 key?a=b", "0: createStream 4",
            ])
        #expect(test.session.phase == .createStream)
        try test.peer.call("_result", 4, 3)
        test.forget()
        try test.run()
        #expect(test.heard == ["3: publish 5 key?a=b live"])
        try test.peer.status(.publishStart, on: 3)
        try test.run()
        #expect(test.events == [.publishing(MessageStreamID(rawValue: 3))])
        test.forget()
        test.session.finish()
        test.session.finish()
        try test.run()
        #expect(test.heard == ["0: FCUnpublish 6 key?a=b", "0: deleteStream 7 3"])
    }

    @Test func `what a player says, in order`() throws {
        var configuration = ClientSession.Configuration(purpose: .play)
        configuration.bufferMilliseconds = 500
        var test = try ClientUnderTest.connected(.play, configuration)
        try test.session.play("show")
        try test.peer.call("_result", 2, 1)
        try test.run()
        #expect(test.heard == ["0: createStream 2", "1: play 3 show -2000", "0: buffer 1 500"])
        configuration.isLive = true
        test = try ClientUnderTest.connected(.play, configuration)
        try test.session.play("show", duration: 2500)
        try test.peer.call("_result", 2, 1)
        try test.run()
        #expect(
            test.heard == [
                "0: createStream 2", "0: FCSubscribe 3 show", "1: play 4 show -1000 2500", "0: buffer 1 500",
            ])
        test.forget()
        test.session.finish()
        try test.run()
        #expect(test.heard == ["0: deleteStream 5 1"])
    }

    @Test func `connect says what each purpose needs`() throws {
        for purpose in [ClientSession.Purpose.publish, .play] {
            var pair = SessionPair(purpose)
            try pair.client.connect(to: RTMPURL("rtmps://user:pass@host:444/live/inst/secret"))
            try pair.run()
            guard case .connect(_, let connect) = pair.serverEvents.first else {
                Issue.record("\(pair.serverEvents)")
                return
            }
            #expect(connect.app == "live/inst")
            #expect(connect.tcURL == "rtmps://host:444/live/inst")
            #expect(connect.type == (purpose == .publish ? "nonprivate" : ""))
            #expect(connect.capabilities == (purpose == .publish ? EnhancedCapabilities() : .takesEverything))
            #expect(connect.objectEncoding == .amf0)
        }
    }

    @Test func `FMLE answers change nothing, refused, bare or missing`() throws {
        var test = try ClientUnderTest.connected(.publish)
        try test.session.publish("show")
        try test.peer.call("_error", 2, ["level": "error", "code": "NetConnection.Call.Failed"])
        try test.peer.say(.command, bytes("02 000b 6f6e4643507562 6c697368"))
        try test.peer.call("_result", 3)
        try test.peer.call("onBWDone", 0, 8192)
        try test.peer.call("onBWDone", 0)
        try test.peer.call("_result", 4, 1)
        try test.peer.call("_error", 5, ["code": "NetConnection.Call.Failed"])
        try test.peer.status(.publishStart, chunkStream: 3)
        try test.run()
        #expect(test.events == [.publishing(.one)])
        #expect(test.heard.suffix(2) == ["0: _checkbw 5", "1: publish 6 show live"])
    }

    @Test func `answers are understood on any stream and with gaps`() throws {
        var test = try ClientUnderTest.connected(.play)
        try test.session.play("show")
        try test.peer.call("_result", 9, 1)  // Not the transaction that was asked with.
        try test.peer.status(.playReset, on: 0, chunkStream: 3)
        try test.peer.call("onStatus", 0, ["code": "NetStream.Play.Start"], on: 77, chunkStream: 9)
        try test.run()
        #expect(test.events.last == .playing(.one))
        test = try ClientUnderTest.connected(.publish)
        try test.session.publish("show")
        try test.peer.call("_result", 4, 1)
        try test.peer.call("onStatus", 0, ["description": "go"], on: 1)
        try test.run()
        #expect(test.events == [.publishing(.one)])
    }

    static let refusals: [(StatusCode, Bool)] = [
        (.publishBadName, true), (.publishDenied, true), ("NetStream.Publish.Whatever", true), (.publishIdle, false),
    ]

    @Test(arguments: refusals) func `an error status is a refusal whatever its code`(
        _ code: StatusCode, _ isRefusal: Bool
    ) throws {
        var test = try ClientUnderTest.connected(.publish)
        try test.session.publish("show")
        try test.peer.call("_result", 4, 1)
        let status = Status(code, "x", level: isRefusal ? .error : .status)
        try test.peer.call("onStatus", 0, status.value, on: 1)
        try test.run()
        #expect(test.events == [isRefusal ? .rejected(status) : .status(status, on: .one)])
        #expect(test.session.phase == (isRefusal ? .ended : .publish))
    }

    @Test func `a refused connect or createStream`() throws {
        var test = try ClientUnderTest(.publish)
        let text = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : "
        try test.peer.call("_error", 1, Status(.connectRejected, text).value)
        try test.run()
        #expect(test.events == [.rejected(Status(.connectRejected, text))])
        test = try ClientUnderTest.connected(.play)
        try test.session.play("show")
        try test.peer.call("_error", 2, Status(.callFailed, "full").value)
        try test.run()
        #expect(test.events == [.rejected(Status(.callFailed, "full"))])
        #expect(test.session.phase == .ended)
    }

    @Test func `media of a player, and what is none`() throws {
        var test = try ClientUnderTest.established(.play)
        try test.peer.say(.data, on: 1, bytes("02 0011 7c52746d7053616d706c65416363657373 01 01 01 01"))
        try test.peer.say(.data, on: 1, bytes("02 000a 6f6e4d65746144617461 05"))
        try test.peer.say(.audio, on: 1, timestamp: 5, [])
        try test.peer.say(.audio, on: 0, timestamp: 5, [0xAF])
        try test.peer.say(
            .aggregate, on: 1, timestamp: 7,
            bytes("09 000001 000001 00 000000 17 0000000c 08 000001 000003 00 000000 af"))
        try test.run()
        #expect(
            test.events == [
                .media(MediaPacket(.data, timestamp: 0, payload: bytes("02 000a 6f6e4d65746144617461 05")), on: .one),
                .media(MediaPacket(.audio, timestamp: 5, payload: [0xAF]), on: .one),
                .media(MediaPacket(.video, timestamp: 7, payload: [0x17]), on: .one),
                .media(MediaPacket(.audio, timestamp: 9, payload: [0xAF]), on: .one),
            ])
    }

    @Test func `media without Play.Start start playing`() throws {
        var test = try ClientUnderTest.connected(.play)
        try test.session.play("show")
        try test.peer.say(.audio, on: 1, [1])
        try test.peer.call("_result", 2, 1)
        try test.peer.say(.audio, on: 1, [2])
        try test.run()
        #expect(test.events == [.playing(.one), .media(MediaPacket(.audio, timestamp: 0, payload: [2]), on: .one)])
    }

    static let ends: [[StatusCode]] = [
        [.playStop], [.playUnpublishNotify, .playStop], [.playStop, .playUnpublishNotify],
    ]

    @Test(arguments: ends) func `a stream ends once, and may return`(_ codes: [StatusCode]) throws {
        var test = try ClientUnderTest.established(.play)
        for code in codes { try test.peer.status(code) }
        try test.run()
        #expect(test.events.first == .ended(codes[0]))
        #expect(test.events.count == codes.count)
        #expect(!test.events.dropFirst().contains { if case .ended = $0 { true } else { false } })
        test.forget()
        try test.peer.say(.audio, on: 1, [1])
        try test.peer.status(.playPublishNotify)
        try test.peer.say(.audio, on: 1, [2])
        try test.run()
        #expect(test.events == [.playing(.one), .media(MediaPacket(.audio, timestamp: 0, payload: [2]), on: .one)])
    }

    @Test func `a recording ends with Play.Complete`() throws {
        var test = try ClientUnderTest.established(.play)
        try test.peer.say(.streamEOF(.one))
        var body: [UInt8] = []
        try AMF0Value.encodeAll(["onPlayStatus", Status(.playComplete, "").value], into: &body)
        try test.peer.say(.data, on: 1, body)
        try test.peer.status(.playStop)
        try test.run()
        #expect(
            test.events == [.streamEOF(.one), .ended(.playComplete), .status(Status(.playStop, ""), on: .one)])
    }

    @Test func `pings and bandwidth`() throws {
        var test = try ClientUnderTest.established(.publish)
        try test.peer.say(.pingRequest(0x1234_5678))
        try test.peer.say(.setPeerBandwidth, chunkStream: 2, bytes("004c4b40 00"))
        try test.peer.say(.setPeerBandwidth, chunkStream: 2, bytes("004c4b40 02"))
        try test.peer.say(.setPeerBandwidth, chunkStream: 2, bytes("00000400 01"))
        try test.peer.say(.setPeerBandwidth, chunkStream: 2, bytes("0000"))
        try test.run()
        #expect(test.heard == ["0: pong 305419896", "0: window 5000000", "0: window 1024"])
    }

    @Test func `calls out of order are the caller's mistake`() throws {
        var random = SeededGenerator(seed: 1)
        var session = ClientSession(configuration: .init(purpose: .publish), random: &random)
        #expect(!session.hasOutput && session.phase == .idle)
        #expect(throws: UsageError.self) { try session.publish("x") }
        #expect(throws: UsageError.self) { try session.play("x") }
        let packet = MediaPacket(.audio, timestamp: 0, payload: [1])
        #expect(throws: UsageError.self) { try session.send(packet, on: .one) }
        session.finish()
        #expect(session.takeOutput().isEmpty)
        try session.connect(to: RTMPURL("rtmp://h/a"))
        #expect(session.outputCount == 1537)
        #expect(throws: UsageError.self) { try session.connect(to: RTMPURL("rtmp://h/a")) }
        var test = try ClientUnderTest.connected(.publish)
        #expect(throws: UsageError.self) { try test.session.publish(String(repeating: "k", count: 4097)) }
        #expect(!test.session.hasOutput)
        try test.session.publish("x")
        #expect(throws: UsageError.self) { try test.session.publish("y") }
    }
}
