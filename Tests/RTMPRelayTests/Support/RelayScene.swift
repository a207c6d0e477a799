// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// A simulated network with relays, publishers and players on it, and what a test asks of them.
final class RelayScene {
    /// How many shards relays have unless a test says so: `RTMP_SHARDS`, or one. What a test sees must not depend on it.
    static let shards = ProcessInfo.processInfo.environment["RTMP_SHARDS"].flatMap { Int($0) } ?? 1

    let network: SimulatedNetwork
    let stream: Synthetic

    init(seed: UInt64 = 1, faults: Faults = .none, stream: Synthetic = Synthetic()) {
        network = SimulatedNetwork(seed: seed, faults: faults)
        self.stream = stream
    }

    static func url(_ host: String, _ path: String = "live/show") -> RTMPURL {
        guard let url = try? RTMPURL("rtmp://\(host)/\(path)") else { preconditionFailure("bad URL in a test") }
        return url
    }

    static func configuration(_ change: (inout RelayConfiguration) -> Void = { _ in }) -> RelayConfiguration {
        var configuration = RelayConfiguration()
        configuration.listeners = [ListenAddress(host: nil, port: 1935)]
        configuration.seed = 42
        change(&configuration)
        return configuration
    }

    @discardableResult
    func relay(
        _ name: String = "relay", shards: Int = RelayScene.shards,
        _ change: (inout RelayConfiguration) -> Void = { _ in }
    ) -> SimulatedHost {
        let host = network.add(host: name, shards: shards) { Self.relay(shard: $0, of: shards, change) }
        network.run(for: .milliseconds(5))
        return host
    }

    static func relay(
        shard: Int = 0, of count: Int = 1, _ change: (inout RelayConfiguration) -> Void = { _ in }
    ) -> Relay {
        Relay(
            configuration { configuration in
                change(&configuration)
                configuration.shard = Shard(shard, of: count)
            })
    }

    @discardableResult
    func publisher(
        _ name: String = "publisher", to host: String = "relay", _ path: String = "live/show", frames: Range<Int>,
        start: UInt32 = 0, end: SyntheticPublisher.End = .properly
    ) -> SimulatedHost {
        network.add(
            host: name,
            program: SyntheticPublisher(
                Self.url(host, path), stream, frames: frames, start: start, end: end))
    }

    @discardableResult
    func player(
        _ name: String = "player", of host: String = "relay", _ path: String = "live/show",
        conditions: Conditions? = nil
    ) -> SimulatedHost {
        network.add(host: name, conditions: conditions, program: WatchingPlayer(Self.url(host, path)))
    }

    func packets(_ player: SimulatedHost) -> [MediaPacket] { player.with(WatchingPlayer.self) { $0.packets } }

    /// The numbers of all frames that a player got; nil for one with a wrong byte.
    func frames(_ player: SimulatedHost) -> [Int?] {
        packets(player).filter(\.isFrame).map { stream.number(of: $0) }
    }

    /// Runs until that player has that frame.
    func runUntil(_ player: SimulatedHost, has frame: Int) -> Bool {
        network.runUntil(within: .seconds(120)) {
            player.with(WatchingPlayer.self) { program in
                program.packets.last.map { $0.isFrame && stream.number(of: $0) ?? -1 >= frame } ?? false
            }
        }
    }
}
