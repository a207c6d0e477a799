// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport

/// Weeks of a relay in virtual time, with people who join and leave, stalls, and restarts.
///
/// Two messages a second stand for the 72 that 25 pictures and 47 pieces of sound would be; everything else, such as
/// bounds on lag, holds, keep-alive and how long people stay, is as it would be. Pipes are as narrow as the stream, so
/// that stalls are felt.
final class LongRun {
    /// What the relay whose players are watched is.
    enum Arrangement: CaseIterable {
        case oneShard, twoShards, threeShards
        /// An edge that pulls from a relay of two shards; both are restarted now and then.
        case edge

        var shards: Int {
            switch self {
            case .oneShard, .edge: 1
            case .twoShards: 2
            case .threeShards: 3
            }
        }
    }

    /// A stream, who publishes it, and who sees all of it.
    final class Channel {
        let name: String
        var log: LongRunLog
        /// First frames of publishers: before them some may be missing.
        var starts: Set<Int> = []
        var nextFrame = 0
        /// Counts publishers.
        var turn = 0

        init(_ name: String, _ stream: Synthetic) {
            self.name = name
            log = LongRunLog(stream)
        }
    }

    /// Somebody who plays now and then.
    final class Seat {
        let name: String
        let channel: Channel
        var reader = LongRunReader()
        /// Counts sessions.
        var session = 0
        var isPresent = false

        init(_ name: String, _ channel: Channel) {
            self.name = name
            self.channel = channel
        }
    }

    /// How much happened.
    struct Counts {
        var joins = 0, stalls = 0, restarts = 0, publishers = 0, skipped = 0, memory = 0
    }

    static let channels = 2, seats = 8

    let network: SimulatedNetwork
    let arrangement: Arrangement
    let seed: UInt64
    let stream = Synthetic(interval: 500, keyframeInterval: 2, size: 200)
    let channels: [Channel]
    let seats: [Seat]
    var random: SeededGenerator
    /// Hosts by name, once they have done something.
    var hosts: [String: SimulatedHost] = [:]
    /// When the relay whose players are watched began.
    var begunAt = Instant(nanoseconds: 0)
    var counts = Counts()
    private(set) var failures: [String] = []
    /// By address: what the relay said that its players skipped.
    private var reported: [String: Int] = [:]

    init(_ arrangement: Arrangement, seed: UInt64) {
        self.arrangement = arrangement
        self.seed = seed
        let stream = stream
        let channels = (0..<Self.channels).map { Channel("\($0)", stream) }
        self.channels = channels
        seats = (0..<Self.seats).map { Seat("player \($0)", channels[$0 % channels.count]) }
        random = SeededGenerator(seed: seed)
        network = SimulatedNetwork(seed: seed)
    }

    func fail(_ what: String) {
        guard failures.count < 8 else { return }
        failures.append("\(arrangement), seed \(seed), \(network.now.milliseconds / 1000 - 3600) s: \(what)")
    }

    func seconds(_ range: Range<Double>) -> Duration {
        .milliseconds(random.integer(in: Int(range.lowerBound * 1000)..<Int(range.upperBound * 1000)))
    }

    /// Lets that much time pass, or less if something does not hold.
    func run(hours: Double) {
        startRelay("relay")
        if arrangement == .edge { startRelay("home") }
        network.run(for: .seconds(1))
        for channel in channels { publish(channel) }
        for seat in seats { join(seat) }
        let end = network.now + .milliseconds(Int(hours * 3_600_000))
        while network.now < end, failures.isEmpty {
            network.run(until: min(network.now + .seconds(60), end))
            check()
            disturb()
        }
        counts.joins = seats.reduce(0) { $0 + $1.session }
    }

    /// How many frames were compared.
    var frames: Int { seats.reduce(0) { $0 + $1.reader.frames } }

    // What must hold

    private func check() {
        for seat in seats {
            seat.reader.read(seat.channel.log, of: stream)
            if let fault = seat.reader.fault { fail("\(seat.name): \(fault)") }
        }
        readLogs()
        let time = network.now.nanoseconds - 180_000_000_000
        for seat in seats {
            guard let missing = seat.reader.missing(by: time), let host = hosts[seat.name] else { continue }
            let told = reported[host.address, default: 0]
            if missing > told { fail("\(seat.name): \(missing) frames are missing, \(told) were reported") }
        }
        guard let relay = hosts["relay"], relay.isRunning else { return }
        let memory = relay.withShards(Relay.self) { $0.memorySize }.reduce(0, +)
        counts.memory = max(counts.memory, memory)
        // For each shard and stream a few blocks, and what connections hold.
        let limit = arrangement.shards * Self.channels * 4 * Block.capacity + Self.seats * 16_384
        if memory > limit { fail("the relay keeps \(memory) bytes") }
        // Those of players who vanished are found out after a while.
        let most = 4 * (Self.seats + 2 * Self.channels)
        if relay.connectionCount > most { fail("the relay has \(relay.connectionCount) connections") }
    }

    private func readLogs() {
        for line in hosts["relay"]?.logs ?? []
        where line.text.hasPrefix("end ") && line.text.hasSuffix(" messages skipped") {
            let words = line.text.split(separator: " ")
            guard words.count > 5, let count = Int(words[words.count - 3]),
                let address = words[2].split(separator: ":").first
            else { continue }
            reported[String(address), default: 0] += count
            counts.skipped += count
        }
        for host in hosts.values { host.forgetLogs() }
    }
}
