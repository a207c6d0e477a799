// SPDX-License-Identifier: Apache-2.0

public import RTMPCore
public import RTMPRelay

/// A link to nowhere, which takes everything and counts it.
public struct NullLink: Link, ~Copyable {
    /// Calls of `send`.
    public var sends = 0
    /// What they took.
    public var bytes = 0

    /// A link that took nothing yet.
    public init() {}

    /// Takes everything.
    public mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
        sends += 1
        self.bytes += bytes.count
        return bytes.count
    }

    /// Takes everything.
    public mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
        sends += 1
        bytes += range.count
        return range.count
    }
}

/// A relay in this process, with publishers and players that are nothing but bytes in memory.
public struct Scene: ~Copyable {
    /// The relay itself.
    public var relay: Relay
    /// What it sends through.
    public var link = NullLink()
    /// The clock of the scene.
    public var now = Instant(nanoseconds: 0)
    private var wishes = Wishes()
    private var connections = 0

    /// A relay that serves every message at once: the scene is about work, not about waiting.
    public init(maxMerge: Duration = .zero) {
        var configuration = RelayConfiguration()
        configuration.listeners = [ListenAddress(host: "127.0.0.1", port: 1935)]
        configuration.maxMerge = maxMerge
        relay = Relay(configuration)
        relay.start(at: now, &wishes)
    }

    /// A connection that publishes `name`, with the headers of a stream.
    public mutating func addPublisher(_ name: String, chunkSize: Int = 4096) -> ConnectionID {
        var configuration = ClientSession.Configuration(purpose: .publish)
        configuration.chunkSize = chunkSize
        var (connection, client) = connect(configuration) { client throws(UsageError) in try client.publish(name) }
        do throws(UsageError) {
            for header in LiveStream.headers { try client.send(header, on: MessageStreamID(rawValue: 1)) }
        } catch {
            fatalError("\(error)")
        }
        receive(client.takeOutput(), on: connection)
        return connection
    }

    /// A connection that plays `name`.
    public mutating func addPlayer(_ name: String) -> ConnectionID {
        connect(ClientSession.Configuration(purpose: .play)) { client throws(UsageError) in try client.play(name) }.0
    }

    private mutating func connect(
        _ configuration: ClientSession.Configuration, _ ask: (inout ClientSession) throws(UsageError) -> Void
    ) -> (ConnectionID, ClientSession) {
        var random = SplitMix64(seed: UInt64(connections))
        var client = ClientSession(configuration: configuration, random: &random)
        let connection = ConnectionID(index: connections, generation: 1)
        connections += 1
        let peer = SocketEndpoint(address: "127.0.0.1", port: 40_000)
        relay.accepted(connection, on: ListenerID(0), from: peer, at: now, &wishes)
        var wire = Wire(connection: connection)
        do {
            try client.connect(to: RTMPURL("rtmp://127.0.0.1/live"))
            var hasAsked = false
            for _ in 0..<8 {
                let said = client.takeOutput()
                relay.received(connection, said.span, at: now, &wishes)
                _ = relay.serve(&wire, at: now, &wishes)
                client.receive(wire.taken.span)
                wire.taken = []
                while let event = try client.nextEvent() {
                    if case .connected = event, !hasAsked {
                        hasAsked = true
                        try ask(&client)
                    }
                }
            }
        } catch {
            fatalError("\(error)")
        }
        _ = wishes.take()
        return (connection, client)
    }

    /// Bytes that a connection sent.
    @inline(never)
    public mutating func receive(_ bytes: [UInt8], on connection: ConnectionID) {
        relay.received(connection, bytes.span, at: now, &wishes)
    }

    /// Bytes `range` of `bytes`, which a connection sent.
    @inline(never)
    public mutating func receive(_ bytes: [UInt8], _ range: Range<Int>, on connection: ConnectionID) {
        relay.received(connection, bytes.span.extracting(range), at: now, &wishes)
    }

    /// The end of a turn.
    @inline(never)
    public mutating func serve(after duration: Duration = .milliseconds(13)) {
        now = now + duration
        _ = relay.serve(&link, at: now, &wishes)
        _ = relay.takePostings()
        if !wishes.isEmpty { _ = wishes.take() }
    }
}

/// A link that keeps what goes to one connection.
private struct Wire: Link, ~Copyable {
    let connection: ConnectionID
    var taken: [UInt8] = []

    mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
        if connection == self.connection { for index in bytes.indices { taken.append(bytes[index]) } }
        return bytes.count
    }

    mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
        if connection == self.connection { taken += blocks.bytes(in: range) }
        return range.count
    }
}
