// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// A connection that goes to another shard in the middle of what its peer sends.
@Suite struct HandOverTests {
    private static let stream = Synthetic(keyframeInterval: 4, size: 300)

    /// What a publisher sends that waits for nothing, and where its publish command ends.
    private static func publisherBytes(_ path: String, frames: Int) throws -> (bytes: [UInt8], behindPublish: Int) {
        let url = RelayScene.url("relay", path)
        var sender = RawSender()
        try sender.connect(to: url)
        try sender.command(["createStream", 2, .null])
        try sender.command(["publish", 0, .null, .string(AMFString(url.name.value)), "live"], on: 1)
        let behindPublish = sender.bytes.count
        for packet in stream.headers + (0..<frames).map({ stream.frame($0) }) { try sender.send(packet) }
        return (sender.bytes, behindPublish)
    }

    /// Everything in a shard's only log, and from which timestamp on.
    private func messages(_ pair: borrowing ShardPair, _ shard: Int) -> [[UInt8]] {
        guard let log = pair.log(of: shard) else { return [] }
        var all: [[UInt8]] = []
        var offset = log.tail
        while let entry = log.entry(at: offset) {
            all.append(log.payload(of: entry))
            offset = log.endOfMessage(at: offset)
        }
        return all
    }

    @Test func `whatever came behind the publish command goes along, wherever it was cut`() throws {
        let path = try RelayShardsTests.path(1, of: 2)
        let (bytes, behind) = try Self.publisherBytes(path, frames: 8)
        let frames = (0..<8).map { Self.stream.frame($0).payload }
        var headers = Self.stream.headers.map(\.payload)
        // The log keeps metadata without `@setDataFrame`.
        headers[0].removeFirst(16)
        for cut in behind...min(behind + 700, bytes.count) {
            for staysInOnePiece in [true, false] {
                var pair = ShardPair()
                let id = pair.accept(at: 0)
                if staysInOnePiece {
                    pair.receive(bytes[0..<cut], on: id, at: 0)
                } else {
                    // The rest comes by itself, before the connection is gone.
                    pair.receive(bytes[0..<behind], on: id, at: 0)
                    pair.receive(bytes[behind..<cut], on: id, at: 0)
                }
                pair.turn()
                let moved = try #require(pair.adopted.last)
                #expect(moved.shard == 1)
                pair.receive(bytes[cut...], on: moved.connection, at: 1)
                pair.turn()
                try #require(messages(pair, 1) == frames, "cut at \(cut - behind) behind publish")
                try #require(pair.log(of: 1)?.prologue.messages.map(\.payload) == headers)
                try #require(messages(pair, 0).isEmpty)
                #expect(pair.wasPaused.contains(id))
            }
        }
    }

    @Test func `bytes that the peer was not sent yet go along, before the answer`() throws {
        let path = try RelayShardsTests.path(1, of: 2)
        let (bytes, behind) = try Self.publisherBytes(path, frames: 0)
        var pair = ShardPair()
        pair.room = 100
        let id = pair.accept(at: 0)
        pair.receive(bytes[0..<behind], on: id, at: 0)
        pair.turn()
        #expect(pair.sent.count < 1_000)
        pair.room = .max
        pair.writable(try #require(pair.adopted.first).connection, at: 1)
        pair.turn()
        var reader = ChunkReader()
        let answers = pair.sent
        let handshake = 1 + 2 * 1536
        try #require(answers.count > handshake)
        reader.receive(answers.span.extracting(handshake..<answers.count))
        var names: [String] = []
        while let message = try reader.nextMessage() {
            guard message.typeID == .command else { continue }
            names.append(try AMF0Value.decodeAll(message.payload.span).first?.string ?? "")
        }
        #expect(names == ["_result", "_result", "onStatus"])
    }

    @Test func `a connection that is lost on the way leaves nothing behind`() throws {
        let path = try RelayShardsTests.path(1, of: 2)
        let (bytes, behind) = try Self.publisherBytes(path, frames: 0)
        var pair = ShardPair()
        let id = pair.accept(at: 0)
        pair.receive(bytes[0..<behind], on: id, at: 0)
        pair.close(id, at: 0)
        pair.turn()
        #expect(pair.adopted.isEmpty)
        #expect(pair.connectionCounts == [0, 0])
    }

    @Test func `a second stream with another home is refused, and the first goes on`() throws {
        let first = try RelayShardsTests.path(0, of: 2)
        let second = try #require(try RelayShardsTests.path(1, of: 2).split(separator: "/").last)
        var sender = RawSender()
        try sender.connect(to: RelayScene.url("relay", first))
        try sender.command(["createStream", 2, .null])
        try sender.command(["publish", 0, .null, .string(AMFString(RelayScene.url("relay", first).name.value))], on: 1)
        try sender.command(["createStream", 3, .null])
        try sender.command(["publish", 0, .null, .string(AMFString(String(second)))], on: 2)
        try sender.send(Self.stream.frame(0))
        var pair = ShardPair()
        let id = pair.accept(at: 0)
        pair.receive(sender.bytes[...], on: id, at: 0)
        pair.turn()
        #expect(pair.adopted.isEmpty)
        #expect(messages(pair, 0) == [Self.stream.frame(0).payload])
        #expect(pair.log.contains { $0.contains("on a connection of its own") })
        #expect(String(decoding: pair.sent, as: UTF8.self).contains("NetStream.Publish.Failed"))
    }

    @Test func `who plays and then publishes elsewhere goes on playing, from a keyframe`() throws {
        let scene = RelayScene()
        let relay = scene.relay(shards: 2)
        let played = try RelayShardsTests.path(0, of: 2)
        let name = try #require(try RelayShardsTests.path(1, of: 2).split(separator: "/").last)
        let player = scene.network.add(
            host: "player",
            program: RawPlayer(
                RelayScene.url("relay", played),
                calls: [
                    RawPlayer.Call(after: .seconds(2), values: ["createStream", 7, .null], stream: 0),
                    RawPlayer.Call(
                        after: .seconds(3), values: ["publish", 0, .null, .string(AMFString(String(name))), "live"],
                        stream: 2),
                ]))
        scene.publisher("publisher", played, frames: 0..<900)
        scene.network.run(for: .seconds(15))
        #expect(relay.log.contains("publish #1"))
        let frames = player.with(RawPlayer.self) { $0.frames(of: 1, scene.stream) }
        let jumps = zip(frames, frames.dropFirst()).filter { $1 != $0 + 1 }
        #expect(jumps.count == 1 && jumps.allSatisfy { scene.stream.isKeyframe($1) && $1 <= $0 }, "\(jumps)")
        #expect(frames.last == 899)
        #expect(player.with(RawPlayer.self) { $0.statuses }.contains("NetStream.Publish.Start"))
        #expect(player.with(RawPlayer.self) { $0.statuses }.contains("NetStream.Play.UnpublishNotify"))
    }
}
