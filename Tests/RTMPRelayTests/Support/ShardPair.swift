// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport

@testable import RTMPRelay

/// Two shards of a relay with nothing between them and a test: no network, no time.
struct ShardPair: ~Copyable {
    private var first = RelayScene.relay(shard: 0, of: 2)
    private var second = RelayScene.relay(shard: 1, of: 2)
    private var nextConnection = 0
    private var now = Instant(nanoseconds: 1_000_000_000)
    /// Connections that were handed over.
    private(set) var adopted: [(shard: Int, connection: ConnectionID)] = []
    private(set) var wasPaused: [ConnectionID] = []
    private(set) var log: [String] = []
    /// All that was sent to anybody.
    private(set) var sent: [UInt8] = []
    /// Bytes that the link takes in a turn.
    var room = Int.max

    init() {
        for index in 0..<2 { with(index) { shard, now, wishes in shard.start(at: now, &wishes) } }
    }

    var connectionCounts: [Int] { [first.slots.count { $0 != nil }, second.slots.count { $0 != nil }] }

    func log(of shard: Int) -> StreamLog? { (shard == 0 ? first.streams : second.streams).first??.log }

    mutating func accept(at shard: Int) -> ConnectionID {
        let id = makeConnection()
        with(shard) { shard, now, wishes in
            shard.accepted(
                id, on: ListenerID(0), from: SocketEndpoint(address: "10.0.0.9", port: 9), at: now, &wishes)
        }
        return id
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>, on connection: ConnectionID, at shard: Int) {
        let bytes = Array(bytes)
        with(shard) { shard, now, wishes in shard.received(connection, bytes.span, at: now, &wishes) }
    }

    mutating func close(_ connection: ConnectionID, at shard: Int) {
        with(shard) { shard, now, wishes in shard.closed(connection, .endOfStream, at: now, &wishes) }
    }

    mutating func writable(_ connection: ConnectionID, at shard: Int) {
        with(shard) { shard, _, _ in shard.writable(connection) }
    }

    /// Serves both shards, and delivers what they have for each other.
    mutating func turn() {
        for index in [0, 1, 0, 1] {
            now = now + .milliseconds(1)
            var link = Sink(room: room)
            with(index) { shard, now, wishes in _ = shard.serve(&link, at: now, &wishes) }
            sent += link.taken
            for posting in index == 0 ? first.takePostings() : second.takePostings() {
                if posting.connection != nil {
                    let id = makeConnection()
                    adopted.append((posting.shard, id))
                    with(posting.shard) { shard, now, wishes in
                        shard.adopted(id, with: posting.note, from: index, at: now, &wishes)
                    }
                } else {
                    with(posting.shard) { shard, now, wishes in
                        shard.note(posting.note, from: index, at: now, &wishes)
                    }
                }
            }
        }
    }

    private mutating func makeConnection() -> ConnectionID {
        nextConnection += 1
        return ConnectionID(index: nextConnection % 3, generation: UInt32(nextConnection))
    }

    private mutating func with(_ shard: Int, _ body: (inout Relay, Instant, inout Wishes) -> Void) {
        var wishes = Wishes()
        if shard == 0 { body(&first, now, &wishes) } else { body(&second, now, &wishes) }
        for wish in wishes.take() {
            switch wish {
            case .pauseReading(let id): wasPaused.append(id)
            case .log(_, let line): log.append(line)
            default: break
            }
        }
    }

    private struct Sink: Link, ~Copyable {
        var room: Int
        var taken: [UInt8] = []

        mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
            let count = min(room, bytes.count)
            for index in 0..<count { taken.append(bytes[index]) }
            room -= count
            return count
        }

        mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
            let bytes = blocks.bytes(in: range)
            return send(connection, bytes.span)
        }
    }
}

/// What a client sends that waits for no answer.
struct RawSender {
    private(set) var bytes: [UInt8] = [3] + [UInt8](repeating: 0, count: 2 * 1536)
    private var writer = ChunkWriter()

    mutating func connect(to url: RTMPURL) throws {
        let object: AMF0Object = ["app": .string(AMFString(url.app)), "tcUrl": .string(AMFString(url.tcURL))]
        try command(["connect", 1, .object(object)])
    }

    mutating func command(_ values: [AMF0Value], on stream: UInt32 = 0) throws {
        var payload: [UInt8] = []
        for value in values { try value.encode(into: &payload) }
        try write(.command, payload, timestamp: RTMPTimestamp(0), on: stream, chunkStream: 3)
    }

    mutating func send(_ packet: MediaPacket, on stream: UInt32 = 1) throws {
        try write(packet.typeID, packet.payload, timestamp: packet.timestamp, on: stream, chunkStream: 6)
    }

    private mutating func write(
        _ typeID: MessageTypeID, _ payload: [UInt8], timestamp: RTMPTimestamp, on stream: UInt32, chunkStream: UInt32
    ) throws {
        try writer.write(
            RawMessage(
                typeID: typeID, streamID: MessageStreamID(rawValue: stream), timestamp: timestamp, payload: payload),
            on: ChunkStreamID(rawValue: chunkStream), into: &bytes)
    }
}
