// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// The relay under a network that splits, stalls and breaks, one world for each seed. `RTMP_SEEDS` sets how many.
@Suite struct RelaySeedsTests {
    private static let count = ProcessInfo.processInfo.environment["RTMP_SEEDS"].flatMap { Int($0) } ?? 12

    @Test(arguments: 0..<count, [1, 2, 3])
    func `every player gets a run from a keyframe, or a counted skip, and nothing twice`(
        seed: Int, shards: Int
    ) throws {
        let scene = RelayScene(seed: UInt64(seed), faults: .rough, stream: Synthetic(size: 1200))
        let relay = scene.relay(shards: shards) { $0.maxLag = .seconds(2) }
        let network = scene.network
        // At home on one shard or another.
        let path = "live/show\(seed % 4)"
        var random = SeededGenerator(seed: UInt64(seed) ^ 0xABCD)
        var largest = 0
        network.afterTurn = { largest = max(largest, relay.withShards(Relay.self) { $0.memorySize }.max() ?? 0) }
        var players: [SimulatedHost] = []
        for index in 0..<6 {
            let delay = Duration.milliseconds(random.integer(in: 0..<12_000))
            let conditions: Conditions? = random.chance(0.2) ? Conditions.local.limited(to: 25_000) : nil
            network.after(delay) {
                players.append(scene.player("player \(index)", path, conditions: conditions))
            }
        }
        // Publishers follow each other with gaps; each goes on with the next frame.
        var next = 0
        var start = Duration.zero
        for index in 0..<4 {
            let count = random.integer(in: 60..<500)
            let range = next..<(next + count)
            let end: SyntheticPublisher.End = random.chance(0.5) ? .hangUp : .keepSilent
            network.after(start) {
                scene.publisher("publisher \(index)", path, frames: range, start: 7 &* UInt32(index), end: end)
            }
            next += count
            start += .milliseconds(count * 11 + random.integer(in: 3500..<6000))
        }
        network.run(for: start + .seconds(5))
        #expect(largest <= 64 << 20)
        #expect(players.allSatisfy { !scene.packets($0).isEmpty })
        for player in players {
            #expect(
                player.with(WatchingPlayer.self) { $0.fault } == nil, "seed \(seed), \(shards) shards, \(player.name)")
            let packets = scene.packets(player).filter(\.isFrame)
            let frames = try packets.map { packet in
                try #require(
                    scene.stream.number(of: packet), "seed \(seed), \(shards) shards, \(player.name): a damaged frame")
            }
            if let first = frames.first {
                // Sound may come first when no keyframe is at hand.
                let video = frames.first { scene.stream.isVideo($0) }
                #expect(
                    video.map { scene.stream.isKeyframe($0) } ?? true,
                    "seed \(seed), \(shards) shards, \(player.name) begins with \(first)")
            }
            for (before, after) in zip(frames, frames.dropFirst()) where after <= before {
                Issue.record("seed \(seed), \(shards) shards, \(player.name): \(after) after \(before)")
            }
        }
    }
}
