// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport

/// A client and a server session wired to each other by arrays.
struct SessionPair {
    var client: ClientSession
    var server: ServerSession
    var clientEvents: [ClientSession.Event] = []
    var serverEvents: [ServerSession.Event] = []
    /// What the server does about an event. Accepts all requests unless replaced.
    var serve: (inout ServerSession, ServerSession.Event) throws -> Void = { try $0.acceptRequest(in: $1) }
    /// What the client does about an event.
    var react: (inout ClientSession, ClientSession.Event) throws -> Void = { _, _ in }

    init(
        _ purpose: ClientSession.Purpose, client: ClientSession.Configuration? = nil,
        server: ServerSession.Configuration = .init(), seed: UInt64 = 1
    ) {
        var random = SeededGenerator(seed: seed)
        self.client = ClientSession(configuration: client ?? .init(purpose: purpose), random: &random)
        self.server = ServerSession(configuration: server, random: &random)
    }

    /// Carries bytes both ways until nobody has anything to say.
    mutating func run() throws {
        while client.hasOutput || server.hasOutput {
            server.receive(client.takeOutput().span)
            while let event = try server.nextEvent() {
                serverEvents.append(event)
                try serve(&server, event)
            }
            client.receive(server.takeOutput().span)
            while let event = try client.nextEvent() {
                clientEvents.append(event)
                try react(&client, event)
            }
        }
    }

    mutating func forget() {
        clientEvents = []
        serverEvents = []
    }

    /// A pair in which the client publishes or plays `name` in the app `live`; its events are forgotten.
    static func established(
        _ purpose: ClientSession.Purpose, _ name: String = "show", client: ClientSession.Configuration? = nil,
        server: ServerSession.Configuration = .init()
    ) throws -> SessionPair {
        var pair = SessionPair(purpose, client: client, server: server)
        try pair.client.connect(to: RTMPURL("rtmp://host/live"))
        pair.react = { session, event in
            guard case .connected = event else { return }
            if purpose == .publish { try session.publish(name) } else { try session.play(name) }
        }
        try pair.run()
        pair.forget()
        return pair
    }
}

extension ServerSession {
    /// Accepts the request in an event, if it holds one.
    mutating func acceptRequest(in event: Event) throws {
        switch event {
        case .connect(let request, _), .publish(let request, _), .play(let request, _): try accept(request)
        default: break
        }
    }
}

extension MessageStreamID {
    static let one = Self(rawValue: 1)
    static let two = Self(rawValue: 2)
}
