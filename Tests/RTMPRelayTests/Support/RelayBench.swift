// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import Testing

/// A relay driven by hand, byte by byte and second by second, with as many connections as a test wants.
struct RelayBench: ~Copyable {
    /// Ways that take so many bytes each.
    struct Ways: Link {
        struct Way {
            var room = Int.max
            var taken: [UInt8] = []
        }

        var ways: [ConnectionID: Way] = [:]

        mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
            let count = take(bytes.count, connection)
            bytes.extracting(0..<count).withUnsafeBytes { ways[connection]?.taken.append(contentsOf: $0) }
            return count
        }

        mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
            let count = take(range.count, connection)
            ways[connection]?.taken += blocks.bytes(in: range.lowerBound..<(range.lowerBound + count))
            return count
        }

        private mutating func take(_ count: Int, _ connection: ConnectionID) -> Int {
            let count = min(ways[connection]?.room ?? 0, count)
            ways[connection]?.room -= count
            return count
        }
    }

    /// The connection that is there from the start.
    static let connection = ConnectionID(index: 0, generation: 1)

    var relay: Relay
    var link = Ways()
    var wishes = Wishes()
    private(set) var now = Instant(nanoseconds: 0)
    /// Bytes that the first connection's peer has said.
    private(set) var said = 0
    private var writers: [ConnectionID: ChunkWriter] = [:]

    init(_ change: (inout RelayConfiguration) -> Void = { _ in }) {
        relay = Relay(RelayScene.configuration(change))
        relay.start(at: now, &wishes)
        _ = accept()
    }

    mutating func accept() -> ConnectionID {
        let id = ConnectionID(index: link.ways.count, generation: 1)
        link.ways[id] = Ways.Way()
        writers[id] = ChunkWriter()
        let peer = SocketEndpoint(address: "192.0.2.1", port: 999)
        relay.accepted(id, on: ListenerID(0), from: peer, at: now, &wishes)
        return id
    }

    mutating func say(_ bytes: [UInt8], on id: ConnectionID = connection) {
        if id == Self.connection { said += bytes.count }
        relay.received(id, bytes.span, at: now, &wishes)
        serve()
    }

    /// C0, C1 and C2, which nobody looks at.
    mutating func shakeHands(on id: ConnectionID = connection) { say([3] + [UInt8](repeating: 0, count: 3072), on: id) }

    mutating func say(
        _ typeID: MessageTypeID, _ body: [UInt8], to stream: UInt32 = 0, on id: ConnectionID = connection
    ) throws {
        say(try bytes(typeID, body, to: stream, on: id), on: id)
    }

    /// The chunks of a message that this connection's peer sends next.
    mutating func bytes(
        _ typeID: MessageTypeID, _ body: [UInt8], to stream: UInt32 = 0, on id: ConnectionID = connection
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = try #require(writers[id])
        try writer.write(
            typeID: typeID, streamID: MessageStreamID(rawValue: stream), timestamp: .zero, payload: body.span,
            on: ChunkStreamID(rawValue: typeID == .command ? 3 : 6), into: &bytes)
        writers[id] = writer
        return bytes
    }

    mutating func call(
        _ name: String, _ transaction: Double, _ object: AMF0Value = .null, _ arguments: [AMF0Value] = [],
        to stream: UInt32 = 0, on id: ConnectionID = connection
    ) throws {
        var body: [UInt8] = []
        try Command(name, transactionID: transaction, object: object, arguments: arguments).encode(into: &body)
        try say(.command, body, to: stream, on: id)
    }

    mutating func connect(on id: ConnectionID = connection) throws {
        shakeHands(on: id)
        try call("connect", 1, .object(["app": "live"]), on: id)
    }

    /// Goes on from ``connect(on:)`` to publishing or playing on a message stream, by default the first.
    mutating func begin(
        _ what: String, _ name: String = "show", on id: ConnectionID = connection, stream: UInt32 = 1
    ) throws {
        try call("createStream", 2, on: id)
        try call(what, 0, .null, [.string(AMFString(name))], to: stream, on: id)
    }

    /// The connection breaks.
    mutating func leave(_ id: ConnectionID) {
        link.ways[id]?.room = 0
        relay.closed(id, .failed("gone"), at: now, &wishes)
        serve()
    }

    mutating func serve() { _ = relay.serve(&link, at: now, &wishes) }

    mutating func wait(until time: Duration) {
        now = Instant(nanoseconds: 0) + time
        serve()
    }

    /// The peer takes so much from now on.
    mutating func setRoom(_ room: Int, of id: ConnectionID = connection) {
        link.ways[id]?.room = room
        if room > 0 { relay.writable(id) }
    }

    func isClosed(_ id: ConnectionID = connection) -> Bool {
        wishes.items.contains { $0 == .abort(id) || $0 == .close(id) }
    }

    func isExpelled(_ id: ConnectionID = connection) -> Bool { wishes.items.contains(.abort(id)) }

    var log: String { wishes.items.map { if case .log(_, let text) = $0 { text + "\n" } else { "" } }.joined() }

    func count(_ wish: Wish) -> Int { wishes.items.count { $0 == wish } }
}

/// Bytes of no meaning.
func pattern(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x5A, count: count) }
