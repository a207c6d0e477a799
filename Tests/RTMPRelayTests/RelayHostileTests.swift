// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RelayHostileTests {
    /// A crowd on the same network, from the second second on.
    private func crowd(_ scene: RelayScene, _ kinds: [HostileKind], count: Int, seconds: Int) -> HostileRecord {
        let record = HostileRecord()
        scene.network.add(
            host: "crowd",
            program: HostileCrowd(
                of: count, kinds: kinds, at: NetworkAddress(host: "relay", port: 1935), app: "live", stream: "show",
                for: .seconds(seconds), seed: 5, record: record))
        return record
    }

    @Test(arguments: SeededGenerator.seeds(2)) func `hostile peers of every kind cost honest players nothing`(
        seed: UInt64
    ) {
        let scene = RelayScene(seed: seed)
        let relay = scene.relay()
        let players = (0..<3).map { scene.player("player \($0)") }
        scene.publisher(frames: 0..<1_200)
        scene.network.run(for: .seconds(2))
        let record = crowd(scene, HostileKind.allCases, count: HostileKind.allCases.count, seconds: 8)
        for player in players {
            #expect(scene.runUntil(player, has: 1_199))
            #expect(scene.frames(player) == Array(0..<1_200))
        }
        for kind in HostileKind.allCases {
            #expect(record[kind].connected > 0, "\(kind)")
            if kind.mustBeRefused { #expect(record[kind].closed > 0, "\(kind)") }
        }
        scene.network.run(for: .seconds(120))
        #expect(relay.connectionCount == 0)
        #expect(relay.with(Relay.self) { $0.memorySize } < 2 << 20)
    }

    @Test func `who holds most goes when memory is short, and the stream goes on`() {
        let scene = RelayScene()
        let relay = scene.relay { $0.memoryLimit = 6 << 20 }
        let player = scene.player()
        scene.publisher(frames: 0..<900)
        scene.network.run(for: .seconds(1))
        let record = crowd(scene, [.bigUnfinished], count: 2, seconds: 6)
        #expect(scene.runUntil(player, has: 899))
        #expect(scene.frames(player) == Array(0..<900))
        #expect(record[.bigUnfinished].closed > 0)
        #expect(relay.log.contains("bytes when memory was short"))
        #expect(!relay.log.contains("gave up"))
    }
}
