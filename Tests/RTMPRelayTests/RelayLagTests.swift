// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayLagTests {
    /// A way that carries a third of what the stream has.
    private let narrow = Conditions.local.limited(to: 20_000, buffer: 8192)

    @Test func `a slow player skips to keyframes with a count, a fast one misses nothing`() throws {
        let scene = RelayScene()
        let relay = scene.relay { $0.maxLag = .seconds(1) }
        let slow = scene.player("slow", conditions: narrow)
        let fast = scene.player("fast")
        scene.network.run(for: .milliseconds(100))
        scene.publisher(frames: 0..<3000)
        #expect(scene.runUntil(fast, has: 2999))
        #expect(scene.frames(fast) == Array(0..<3000))
        scene.network.run(for: .seconds(20))
        let frames = try scene.frames(slow).map { try #require($0, "a frame was damaged") }
        #expect(slow.with(WatchingPlayer.self) { $0.fault } == nil)
        var missing = 0
        for (before, after) in zip(frames, frames.dropFirst()) where after != before + 1 {
            #expect(after > before, "nothing comes twice")
            #expect(scene.stream.isKeyframe(after), "a gap ends at a keyframe")
            missing += after - before - 1
        }
        #expect(missing > 0, "the test must make the player lag")
        let counted = relay.logs.compactMap { line in
            line.text.split(separator: ", ").last?.split(separator: " ").first.flatMap { Int($0) }
        }
        #expect(slow.with(WatchingPlayer.self) { $0.ended != nil })
        #expect(counted.contains(missing), "\(missing) frames are missing; the log says: \(relay.log)")
    }

    @Test func `the memory of a stream with a stalled player is bounded`() {
        let scene = RelayScene(stream: Synthetic(size: 20_000))
        let relay = scene.relay { $0.logLimit = 4 << 20 }
        let stalled = scene.player("stalled", conditions: Conditions.local.limited(to: 1, buffer: 4096))
        scene.network.run(for: .seconds(1))
        _ = stalled
        scene.publisher(frames: 0..<3000)
        var largest = 0
        scene.network.afterTurn = { largest = max(largest, relay.withShards(Relay.self) { $0.memorySize }.max() ?? 0) }
        scene.network.run(for: .seconds(32))
        #expect(largest > 0)
        #expect(largest <= (4 << 20) + 8 * Block.capacity)
    }

    @Test func `a player that takes no byte for a minute is disconnected`() {
        let scene = RelayScene()
        let relay = scene.relay()
        let stalled = scene.player("stalled")
        scene.network.run(for: .seconds(1))
        scene.publisher(frames: 0..<20_000)
        scene.network.run(for: .seconds(1))
        scene.network.stallConnections(of: stalled, for: .seconds(300))
        scene.network.run(for: .seconds(75))
        #expect(relay.log.contains("took nothing for 6"))
        #expect(relay.connectionCount == 1)
    }

    @Test func `a group of pictures beyond the limit is given up, and sound comes at once`() throws {
        let scene = RelayScene(stream: Synthetic(keyframeInterval: 1000, size: 30_000))
        scene.relay { $0.logLimit = 1 << 20 }
        scene.publisher(frames: 0..<3200)
        scene.network.run(for: .seconds(10))
        let player = scene.player()
        scene.network.run(for: .seconds(2))
        let early = scene.packets(player).filter(\.isFrame)
        #expect(!early.isEmpty && early.allSatisfy { $0.kind == .audio })
        #expect(scene.runUntil(player, has: 3100))
        let firstVideo = try #require(scene.packets(player).first { $0.kind == .video && $0.isFrame })
        #expect(scene.stream.number(of: firstVideo) == 3000)
    }
}
