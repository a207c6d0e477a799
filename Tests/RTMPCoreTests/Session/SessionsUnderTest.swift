// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport

/// A server session that a ``RawPeer`` talks to.
struct ServerUnderTest {
    var session: ServerSession
    var peer = RawPeer(.client)
    var events: [ServerSession.Event] = []
    /// Everything the session said, as lines that a test can compare.
    var heard: [String] = []
    /// What the owner does about an event. Accepts all requests unless replaced.
    var serve: (inout ServerSession, ServerSession.Event) throws -> Void = { try $0.acceptRequest(in: $1) }

    init(_ configuration: ServerSession.Configuration = .init()) throws {
        var random = SeededGenerator(seed: 5)
        session = ServerSession(configuration: configuration, random: &random)
        try run()
    }

    /// A session on which connect was accepted and, when `streams` is not 0, so many streams were created. Nothing of
    /// that is in `events` or `heard`.
    static func connected(
        _ configuration: ServerSession.Configuration = .init(), streams: Int = 0
    ) throws -> ServerUnderTest {
        var test = try ServerUnderTest(configuration)
        try test.peer.call("connect", 1, object: ["app": "live"])
        for _ in 0..<streams { try test.peer.call("createStream", 2) }
        try test.run()
        test.forget()
        return test
    }

    mutating func forget() {
        events = []
        heard = []
    }

    /// Carries bytes both ways until both are silent.
    mutating func run() throws {
        while true {
            let said = peer.takeOutput()
            session.receive(said.span)
            while let event = try session.nextEvent() {
                events.append(event)
                try serve(&session, event)
            }
            let answer = session.takeOutput()
            if said.isEmpty && answer.isEmpty { return }
            for message in try peer.hear(answer) { heard.append(try line(message)) }
        }
    }
}

/// A client session that a ``RawPeer`` talks to.
struct ClientUnderTest {
    var session: ClientSession
    var peer = RawPeer(.server)
    var events: [ClientSession.Event] = []
    /// Everything the session said, as lines that a test can compare.
    var heard: [String] = []

    /// A session that has sent connect.
    init(_ purpose: ClientSession.Purpose, _ configuration: ClientSession.Configuration? = nil) throws {
        var random = SeededGenerator(seed: 6)
        session = ClientSession(configuration: configuration ?? .init(purpose: purpose), random: &random)
        try session.connect(to: RTMPURL("rtmp://host/live"))
        try run()
    }

    /// A session whose connect was accepted. Nothing of that is in `events` or `heard`.
    static func connected(
        _ purpose: ClientSession.Purpose, _ configuration: ClientSession.Configuration? = nil
    ) throws -> ClientUnderTest {
        var test = try ClientUnderTest(purpose, configuration)
        try test.peer.call("_result", 1, object: ["fmsVer": "FMS/1"], ["code": "NetConnection.Connect.Success"])
        try test.run()
        test.forget()
        return test
    }

    /// A session that publishes or plays "show" on stream 1. Nothing of that is in `events` or `heard`.
    static func established(
        _ purpose: ClientSession.Purpose, _ configuration: ClientSession.Configuration? = nil
    ) throws -> ClientUnderTest {
        var test = try connected(purpose, configuration)
        if purpose == .publish { try test.session.publish("show") } else { try test.session.play("show") }
        try test.peer.call("_result", purpose == .publish ? 4 : 2, 1)
        try test.peer.status(purpose == .publish ? .publishStart : .playStart)
        try test.run()
        test.forget()
        return test
    }

    mutating func forget() {
        events = []
        heard = []
    }

    /// Carries bytes both ways until both are silent.
    mutating func run() throws {
        while true {
            let said = peer.takeOutput()
            session.receive(said.span)
            while let event = try session.nextEvent() { events.append(event) }
            let answer = session.takeOutput()
            if said.isEmpty && answer.isEmpty { return }
            for message in try peer.hear(answer) { heard.append(try line(message)) }
        }
    }
}

extension RawPeer {
    /// Says onStatus with this code and the level that goes with it.
    mutating func status(_ code: StatusCode, on stream: UInt32 = 1, chunkStream: UInt32 = 5) throws {
        try call("onStatus", 0, Status(code, "").value, on: stream, chunkStream: chunkStream)
    }
}
