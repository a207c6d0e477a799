// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// One outgoing connection that servers send on.
@Suite struct OutgoingRedirectTests {
    /// Takes everything and keeps it.
    struct Pipe: Link {
        var taken: [UInt8] = []

        mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
            for index in bytes.indices { taken.append(bytes[index]) }
            return bytes.count
        }

        mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int { 0 }
    }

    /// An outgoing connection, and a new server session behind each connection that it makes.
    struct Journey {
        var outgoing: Outgoing
        var server: ServerSession
        var random = SeededGenerator(seed: 5)
        var pipe = Pipe()
        var wishes = Wishes()
        var now = Instant(nanoseconds: 0)
        var attempts = 0
        var connects: [ConnectCommand] = []
        var outcomes: [Outgoing.Outcome] = []

        init(_ url: String, _ change: (inout ClientSession.Configuration) -> Void = { _ in }) throws {
            server = ServerSession(configuration: .init(), random: &random)
            var configuration = ClientSession.Configuration(purpose: .publish)
            change(&configuration)
            outgoing = Outgoing(try RTMPURL(url), .publish, session: configuration, seed: 1)
            attempts = 1
            outgoing.open(ConnectAttempt(1), &wishes)
        }

        /// Whom the newest attempt goes to.
        var target: String? {
            wishes.items.lazy.reversed().compactMap {
                if case .connect(ConnectAttempt(attempts), let address, _) = $0 { address.description } else { nil }
            }.first
        }

        /// The attempt is answered by a server that accepts everything, or sends the client on at once.
        mutating func arrive(redirect: String? = nil) throws {
            let connection = ConnectionID(index: attempts, generation: 1)
            server = ServerSession(configuration: .init(), random: &random)
            _ = outgoing.connected(connection, at: now, &wishes)
            while true {
                _ = outgoing.flush(&pipe, &wishes)
                let said = pipe.taken
                pipe.taken = []
                var position = 0
                while let event = try server.next(from: said.span, at: &position) {
                    guard case .connect(let request, let connect) = event else {
                        try server.acceptAny(event)
                        continue
                    }
                    connects.append(connect)
                    if let redirect {
                        let place: AMF0Value = ["code": 302, "redirect": .string(AMFString(redirect))]
                        try server.reject(
                            request, code: .connectRejected, description: "no", details: ["ex": place])
                    } else {
                        try server.accept(request)
                    }
                }
                let answer = server.takeOutput()
                hear(answer)
                if said.isEmpty && answer.isEmpty { return }
            }
        }

        mutating func hear(_ bytes: [UInt8]) {
            var position = 0
            while let outcome = outgoing.nextOutcome(from: bytes.span, at: &position, now: now, &wishes) {
                outcomes.append(outcome)
            }
        }

        mutating func ask(_ target: String?) throws {
            try server.requestReconnect(to: target)
            hear(server.takeOutput())
        }

        /// Lets the next attempt be made if it is due now.
        mutating func turn() { _ = outgoing.due(at: now, numbering: &attempts, &wishes) }

        var isMoved: Bool { if case .moved = outcomes.last { true } else { false } }
        var isUp: Bool { if case .up = outcomes.last { true } else { false } }
        var warnings: Int {
            wishes.items.count { if case .log(.warning, _) = $0 { true } else { false } }
        }
    }

    @Test func `a reconnect request is announced, and followed at once`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        try journey.arrive()
        #expect(journey.connects.last?.capabilities.extensions == .reconnect)
        #expect(journey.isUp)
        try journey.ask("//b:1936/app")
        #expect(journey.isMoved)
        #expect(journey.wishes.items.last == .close(ConnectionID(index: 1, generation: 1)))
        #expect(journey.outgoing.deadline == journey.now && journey.outgoing.connection == nil)
        journey.turn()
        #expect(journey.target == "b:1936")
        try journey.arrive()
        #expect(journey.isUp)
        #expect(journey.connects.last?.tcURL == "rtmp://b:1936/app")
        #expect(journey.connects.last?.app == "app")
    }

    @Test func `a request without a target leads to the same place`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        try journey.arrive()
        try journey.ask(nil)
        journey.turn()
        #expect(journey.isMoved && journey.target == "a:1935" && journey.attempts == 2)
    }

    @Test func `a refused connect that names another place is followed`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        try journey.arrive(redirect: "rtmp://b/app")
        #expect(journey.isMoved)
        journey.turn()
        try journey.arrive()
        #expect(journey.isUp && journey.connects.map(\.app) == ["live", "app"])
    }

    @Test func `five in a row are followed, a sixth request is ignored`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        for number in 0..<5 {
            try journey.arrive()
            try journey.ask("rtmp://b\(number)/live")
            #expect(journey.isMoved)
            journey.turn()
        }
        try journey.arrive()
        try journey.ask("rtmp://c/live")
        #expect(journey.isUp && journey.outgoing.streamID != nil && journey.warnings == 1)
        // Good service is a new beginning.
        journey.now = journey.now + .seconds(30)
        try journey.ask("rtmp://c/live")
        #expect(journey.isMoved && journey.warnings == 1)
    }

    @Test func `a sixth refusal in a row is a refusal, and the next attempt begins where the owner said`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        for _ in 0..<6 {
            try journey.arrive(redirect: "rtmp://b/live")
            journey.turn()
        }
        guard case .down(.refused) = journey.outcomes.last else {
            Issue.record("\(journey.outcomes)")
            return
        }
        #expect(journey.attempts == 6 && journey.outgoing.isStopped)
        journey.now = journey.outgoing.retry(at: journey.now)
        #expect(journey.now > Instant(nanoseconds: 0), "only after a wait")
        journey.turn()
        #expect(journey.target == "a:1935")
    }

    @Test func `nobody leads from TLS to none`() throws {
        var journey = try Journey("rtmps://a/live/secret")
        try journey.arrive()
        try journey.ask("rtmp://a/live")
        #expect(journey.isUp && journey.warnings == 1 && journey.outgoing.streamID != nil)
        journey = try Journey("rtmps://a/live/secret")
        try journey.arrive(redirect: "rtmp://a/live")
        if case .down(.refused) = journey.outcomes.last {} else { Issue.record("\(journey.outcomes)") }
    }

    @Test func `what the owner told its own host stays there`() throws {
        var journey = try Journey("rtmp://user:word@a/live/secret") {
            $0.connectArguments = ["password"]
            $0.tcURL = "rtmp://a/live?key=1"
        }
        try journey.arrive()
        try journey.ask("/app")
        journey.turn()
        try journey.arrive()
        try journey.ask("rtmp://b/app")
        journey.turn()
        try journey.arrive()
        #expect(journey.connects.map(\.arguments) == [["password"], ["password"], []])
        #expect(journey.connects.map(\.tcURL) == ["rtmp://a/live?key=1", "rtmp://a/app", "rtmp://b/app"])
        #expect(journey.outgoing.url.user == nil && journey.outgoing.url.password == nil)
        #expect(journey.outgoing.url.name.value == "secret")
    }

    @Test func `where nobody serves us is not tried twice`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        try journey.arrive()
        try journey.ask("rtmp://b/app")
        journey.turn()
        _ = journey.outgoing.connectFailed(reason: "refused")
        journey.now = journey.outgoing.retry(at: journey.now)
        journey.turn()
        #expect(journey.target == "a:1935")
        // Where we were served comes first, once.
        try journey.arrive()
        try journey.ask("rtmp://b/app")
        journey.turn()
        try journey.arrive()
        _ = journey.outgoing.closed(.endOfStream, at: journey.now, &journey.wishes)
        journey.now = journey.outgoing.retry(at: journey.now)
        journey.turn()
        #expect(journey.target == "b:1935")
        _ = journey.outgoing.connectFailed(reason: "refused")
        journey.now = journey.outgoing.retry(at: journey.now)
        journey.turn()
        #expect(journey.target == "a:1935")
    }

    @Test func `an owner that is about to end stays`() throws {
        var journey = try Journey("rtmp://a/live/secret")
        try journey.arrive()
        journey.outgoing.obeysRedirects = false
        try journey.ask("rtmp://b/app")
        #expect(journey.isUp && journey.outgoing.streamID != nil)
    }
}

extension ServerSession {
    fileprivate mutating func acceptAny(_ event: Event) throws {
        switch event {
        case .connect(let request, _), .publish(let request, _), .play(let request, _): try accept(request)
        default: break
        }
    }
}
