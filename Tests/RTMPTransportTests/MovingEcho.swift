// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport

@testable import RTMPTransport

/// A program in shards that sends back what it gets, and hands a connection to the next shard at each mark in its bytes.
/// The first shard is also the client of all connections, and ends when each of them has all of its bytes back.
struct MovingEcho: Program, ~Copyable {
    static let mark: UInt8 = 0xFF

    /// A connection on its way, or a number that goes round.
    struct Note: Sendable {
        var server = Server()
        var rest: [UInt8] = []
        var number: Int?
    }

    struct Server: Sendable {
        var output: [UInt8] = []
        var move: [UInt8]?
    }

    struct Client {
        var message: [UInt8]
        var sent = 0
        var received: [UInt8] = []
    }

    let shard: Int
    let count: Int
    let observed: Locked<Observed>
    let messages: [[UInt8]]
    /// How many numbers each shard sends round at first.
    var numbers = 0

    /// What a test wants to know of all shards.
    struct Observed: Sendable {
        var accepted: [Int] = []
        var adopted: [Int] = []
        var echoes: [[UInt8]] = []
        var rounds: [Int: [Int]] = [:]
        var interrupted: [Int] = []
    }

    private var servers: [ConnectionID: Server] = [:]
    private var clients: [ConnectionID: Client] = [:]
    private var moving: [ConnectionID] = []
    private var notes: [Posting<Note>] = []

    init(
        shard: Int, of count: Int, _ observed: Locked<Observed>, messages: [[UInt8]] = [], numbers: Int = 0
    ) {
        self.shard = shard
        self.count = count
        self.observed = observed
        self.messages = messages
        self.numbers = numbers
    }

    private var next: Int { (shard + 1) % count }

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        if shard == 0 { wishes.listenLocally() }
        for number in 0..<numbers { notes.append(Posting(to: next, Note(number: number))) }
    }

    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {
        for index in messages.indices { wishes.connect(index, to: address) }
    }

    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.failed, reason)))
    }

    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        observed.withLock { [shard] in $0.accepted.append(shard) }
        servers[connection] = Server()
    }

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        clients[connection] = Client(message: messages[attempt.rawValue])
    }

    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.failed, reason)))
    }

    mutating func received(_ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes) {
        let bytes = bytes.withUnsafeBufferPointer { Array($0) }
        if clients[connection] != nil {
            clients[connection]?.received += bytes
            let isDone =
                clients.count == messages.count
                && clients.values.allSatisfy { client in
                    client.received.count == client.message.count { $0 != Self.mark }
                }
            guard isDone else { return }
            let echoes = clients.values.map(\.received)
            observed.withLock { $0.echoes = echoes }
            wishes.finish()
        } else {
            echo(bytes, on: connection, &wishes)
        }
    }

    private mutating func echo(_ bytes: [UInt8], on connection: ConnectionID, _ wishes: inout Wishes) {
        if servers[connection]?.move != nil {
            servers[connection]?.move? += bytes
            return
        }
        let place = bytes.firstIndex(of: Self.mark)
        servers[connection]?.output += bytes[..<(place ?? bytes.count)]
        guard let place else { return }
        servers[connection]?.move = Array(bytes[(place + 1)...])
        moving.append(connection)
        wishes.append(.pauseReading(connection))
    }

    mutating func adopted(
        _ connection: ConnectionID, with note: Note, from shard: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        observed.withLock { [shard = self.shard] in $0.adopted.append(shard) }
        servers[connection] = note.server
        echo(note.rest, on: connection, &wishes)
    }

    mutating func note(_ note: Note, from shard: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let number = note.number else { return }
        observed.withLock { [shard = self.shard] in $0.rounds[shard, default: []].append(number) }
        if number >= 0 {
            // Once round, as a negative number: then it is over.
            notes.append(Posting(to: next, Note(number: -1 - number)))
        } else if observed.withLock({ $0.rounds.values.reduce(0) { $0 + $1.count } }) == 2 * numbers * count {
            wishes.finish()
        }
    }

    mutating func takePostings() -> [Posting<Note>] {
        for id in moving {
            guard var server = servers.removeValue(forKey: id), let rest = server.move else { continue }
            server.move = nil
            notes.append(Posting(to: next, Note(server: server, rest: rest), with: id))
        }
        moving = []
        defer { notes = [] }
        return notes
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        for id in clients.keys {
            guard let client = clients[id] else { continue }
            clients[id]?.sent += link.send(id, client.message.span.extracting(client.sent..<client.message.count))
        }
        for id in servers.keys {
            guard let output = servers[id]?.output else { continue }
            servers[id]?.output.removeFirst(link.send(id, output.span))
        }
        return .never
    }

    mutating func writable(_ connection: ConnectionID) {}
    mutating func closed(_ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes) {
        servers[connection] = nil
    }
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        observed.withLock { [shard] in $0.interrupted.append(shard) }
        wishes.append(.finish(Ending(.terminated)))
    }
}
