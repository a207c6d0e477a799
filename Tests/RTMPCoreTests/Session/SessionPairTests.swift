// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@Suite struct SessionPairTests {
    static let video = MediaPacket(.video, timestamp: 40, payload: bytes("17 01 000000 00000001 65"))
    static let audio = MediaPacket(.audio, timestamp: 21, payload: bytes("af 01 21 10"))

    @Test func `publish, from the first byte to the last`() throws {
        var pair = SessionPair(.publish)
        try pair.client.connect(to: RTMPURL("rtmp://host/live/show?token=x"))
        #expect(pair.client.phase == .handshake)
        pair.react = { session, event in
            switch event {
            case .connected: try session.publish("show?token=x")
            case .publishing(let stream):
                try session.setMetadata(["width": 640], on: stream)
                try session.send(Self.video, on: stream)
                try session.send(Self.audio, on: stream)
                session.finish()
            default: break
            }
        }
        try pair.run()
        guard pair.serverEvents.count == 6, case .connect(_, let connect) = pair.serverEvents[0],
            case .publish(_, let publish) = pair.serverEvents[1],
            case .media(let metadata, on: let stream) = pair.serverEvents[2]
        else {
            Issue.record("\(pair.serverEvents)")
            return
        }
        #expect(connect.app == "live")
        #expect(connect.tcURL == "rtmp://host/live")
        #expect(connect.type == "nonprivate")
        #expect(publish == PublishCommand(stream: .one, name: "show?token=x"))
        #expect(stream == .one)
        #expect(metadata.isMetadata)
        #expect(try AMF0Value.decodeAll(metadata.payload.span) == ["@setDataFrame", "onMetaData", ["width": 640]])
        #expect(pair.serverEvents[3] == .media(Self.video, on: .one))
        #expect(pair.serverEvents[4] == .media(Self.audio, on: .one))
        #expect(pair.serverEvents[5] == .streamClosed(.one))
        #expect(pair.server.isAccepted)
        #expect(pair.client.phase == .connected)
        guard case .connected(let result) = pair.clientEvents[0] else {
            Issue.record("\(pair.clientEvents)")
            return
        }
        #expect(result.status.code == .connectSuccess)
        #expect(result.capabilities == .forwardsEverything)
        #expect(pair.clientEvents[1] == .publishing(.one))
        pair.server.receiveEnd()
        #expect(try pair.server.nextEvent() == .closed)
        #expect(try pair.server.nextEvent() == nil)
    }

    @Test func `play, until the publisher is gone`() throws {
        var pair = try SessionPair.established(.play)
        #expect(pair.client.phase == .playing)
        try pair.server.send(Self.audio, on: .one)
        try pair.server.send(Self.video, on: .one)
        pair.server.endPlay(.one)
        try pair.run()
        #expect(
            pair.clientEvents == [
                .media(Self.audio, on: .one), .media(Self.video, on: .one), .ended(.playUnpublishNotify),
                .streamEOF(.one), .status(Status(.playStop, "Playing has stopped."), on: .one),
            ])
        #expect(pair.client.phase == .ended)
        #expect(throws: UsageError.self) { try pair.server.send(Self.audio, on: .one) }
        pair.client.finish()
        try pair.run()
        #expect(pair.serverEvents.isEmpty, "a stream that the server ended is not closed again")
    }

    @Test func `a player gets the order of answers that all players understand`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("play", 4, "show", -1000, on: 1, chunkStream: 8)
        try test.run()
        #expect(
            test.heard == [
                "0: begin 1", "1: onStatus 0 status NetStream.Play.Reset",
                "1: onStatus 0 status NetStream.Play.Start", "1: data |RtmpSampleAccess true true",
            ])
    }

    @Test func `publish then play on one connection, then publish again`() throws {
        var pair = try SessionPair.established(.publish, "a")
        pair.client.finish()
        try pair.run()
        #expect(pair.serverEvents == [.streamClosed(.one)])
        pair.forget()
        try pair.client.play("b")
        try pair.run()
        #expect(pair.clientEvents.last == .playing(.two))
        pair.client.finish()
        try pair.run()
        pair.forget()
        try pair.client.publish("c", kind: .append)
        try pair.run()
        #expect(pair.clientEvents.last == .publishing(MessageStreamID(rawValue: 3)))
        guard case .publish(_, let command) = pair.serverEvents.last else {
            Issue.record("\(pair.serverEvents)")
            return
        }
        #expect(command == PublishCommand(stream: MessageStreamID(rawValue: 3), name: "c", kind: .append))
    }

    @Test func `refused connects and publishes say why`() throws {
        var pair = SessionPair(.publish)
        pair.serve = { session, event in
            guard case .connect(let request, _) = event else { return }
            try session.reject(
                request, code: .connectRejected, description: "no",
                details: ["ex": ["code": 302, "redirect": "rtmp://other/live"]])
        }
        try pair.client.connect(to: RTMPURL("rtmp://host/live"))
        try pair.run()
        guard case .rejected(let status) = pair.clientEvents.first else {
            Issue.record("\(pair.clientEvents)")
            return
        }
        #expect(status.code == .connectRejected && status.text == "no")
        #expect(status.details["ex"]?["redirect"] == "rtmp://other/live")
        #expect(pair.client.phase == .ended)
        #expect(throws: UsageError.self) { try pair.client.publish("x") }

        var second = try SessionPair.established(.play)
        second.client.finish()
        second.serve = { session, event in
            guard case .play(let request, _) = event else { return }
            try session.reject(request, code: .playStreamNotFound, description: "nothing there")
        }
        try second.client.play("other")
        try second.run()
        #expect(second.clientEvents == [.rejected(Status(.playStreamNotFound, "nothing there"))])
        #expect(!second.clientEvents.contains { if case .playing = $0 { true } else { false } })
    }

    @Test func `a request is answered once`() throws {
        var pair = SessionPair(.publish)
        var requests: [ServerSession.RequestID] = []
        pair.serve = { session, event in
            guard case .connect(let request, _) = event else { return try session.acceptRequest(in: event) }
            requests.append(request)
            try session.accept(request)
        }
        try pair.client.connect(to: RTMPURL("rtmp://host/live"))
        try pair.run()
        let request = try #require(requests.first)
        let error = #expect(throws: UsageError.self) { try pair.server.accept(request) }
        #expect(error?.code == .unknownRequest)
        #expect(throws: UsageError.self) { try pair.server.reject(request, code: .connectFailed, description: "") }
        #expect(!pair.server.hasOutput, "a refused answer writes nothing")
    }

    @Test func `pings are answered both ways`() throws {
        var pair = try SessionPair.established(.publish)
        pair.client.ping(7)
        pair.server.ping(0xFFFF_FFFF)
        try pair.run()
        #expect(pair.serverEvents == [.pong(timestamp: 0xFFFF_FFFF)])
        #expect(pair.clientEvents == [.pong(7)])
    }

    @Test func `a reconnect request reaches the client`() throws {
        var pair = try SessionPair.established(.play)
        #expect(pair.server.canRequestReconnect)
        try pair.server.requestReconnect(to: "rtmp://b/app", description: "maintenance")
        try pair.server.requestReconnect()
        try pair.run()
        #expect(
            pair.clientEvents == [.reconnectRequested(tcURL: "rtmp://b/app"), .reconnectRequested(tcURL: nil)])
        #expect(pair.client.phase == .playing)
    }

    @Test func `a reconnect request goes only to those who announced it`() throws {
        var pair = SessionPair(.publish)
        #expect(throws: UsageError(.wrongState, in: "reconnect request before connect")) {
            try pair.server.requestReconnect()
        }
        pair = try SessionPair.established(.publish)
        #expect(!pair.server.canRequestReconnect)
        let error = #expect(throws: UsageError.self) { try pair.server.requestReconnect() }
        #expect(error?.code == .notAnnounced)
        pair = try SessionPair.established(.play)
        let long = String(repeating: "x", count: 65_536)
        #expect(throws: UsageError.self) { try pair.server.requestReconnect(to: long) }
        #expect(throws: UsageError.self) { try pair.server.requestReconnect(description: long) }
        #expect(!pair.server.hasOutput, "a refused request writes nothing")
    }

    @Test func `a refusal can name another place`() throws {
        var pair = SessionPair(.publish)
        pair.serve = { session, event in
            guard case .connect(let request, _) = event else { return }
            let place: AMF0Value = ["code": 302, "redirect": "rtmp://b:1936/app"]
            try session.reject(request, code: .connectRejected, description: "elsewhere", details: ["ex": place])
        }
        try pair.client.connect(to: RTMPURL("rtmp://host/live"))
        try pair.run()
        guard case .rejected(let status) = pair.clientEvents.last else {
            Issue.record("\(pair.clientEvents)")
            return
        }
        #expect(status.redirect == "rtmp://b:1936/app")
        #expect(
            Status(.connectRejected, "", details: ["ex": ["code": 301, "redirect": "rtmp://b/app"]]).redirect == nil)
        #expect(Status(.connectRejected, "", details: ["ex": "rtmp://b/app"]).redirect == nil)
    }

    @Test func `a publisher that is thrown out hears why`() throws {
        var pair = try SessionPair.established(.publish)
        pair.server.endPublish(.one, status: Status(.publishDenied, "another one came"))
        pair.server.endPublish(.one)
        try pair.run()
        #expect(pair.clientEvents == [.rejected(Status(.publishDenied, "another one came"))])
        #expect(throws: UsageError.self) { try pair.client.send(Self.audio, on: .one) }
    }

    @Test func `a peer that closes during connect leaves the phase behind`() throws {
        var pair = SessionPair(.publish)
        try pair.client.connect(to: RTMPURL("rtmp://host/live"))
        pair.serve = { _, _ in }
        try pair.run()
        pair.client.receiveEnd()
        #expect(try pair.client.nextEvent() == .closed)
        #expect("closed during \(pair.client.phase)" == "closed during connect")
    }
}
