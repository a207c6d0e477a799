// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport

/// A simulated network in which everything follows from a seed: who is there, what they do, and what goes wrong.
///
/// On every step the frames that players got are looked at, and now and then what relays keep. At the end each player is
/// compared with a witness, whose connection nothing happens to and who therefore has the whole log.
final class SeedWorld {
    /// Somebody who plays.
    final class Seat {
        let host: SimulatedHost
        let relay: String
        let path: String
        /// Frames by number, and how many packets were looked at.
        private(set) var frames: [Int] = []
        private var seen = 0

        init(_ host: SimulatedHost, of relay: String, _ path: String) {
            self.host = host
            self.relay = relay
            self.path = path
        }

        /// Looks at what came since the last time.
        /// - Returns: what is wrong with it.
        func look(_ stream: Synthetic) -> String? {
            host.with(WatchingPlayer.self) { program in
                while seen < program.packets.count {
                    let packet = program.packets[seen]
                    seen += 1
                    guard packet.isFrame else { continue }
                    guard let number = stream.number(of: packet) else { return "a damaged frame" }
                    frames.append(number)
                }
                return program.fault
            }
        }
    }

    /// Longest that a program may take to end once it was asked to.
    private static let patience = Duration.seconds(30)

    let seed: UInt64
    var random: SeededGenerator
    let network: SimulatedNetwork
    let stream: Synthetic
    let faults: Faults
    private(set) var failures: [String] = []
    private(set) var seats: [Seat] = []
    private(set) var witnesses: [Seat] = []
    private(set) var relays: [(host: SimulatedHost, limit: Int)] = []
    /// For a relay that has its streams from another one: who logs that a connection between them is up, and how.
    var links: [String: (teller: String, beginning: String)] = [:]
    private var nextLook = Instant(nanoseconds: 0)

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed ^ 0x5EED_5EED)
        var drawn = Faults(drawnBy: &random)
        drawn.breakdownTime = .seconds(12)
        faults = drawn
        // Few and small frames: a group of pictures every 1.2 s.
        stream = Synthetic(interval: 40, keyframeInterval: 10, size: random.integer(in: 50..<600))
        network = SimulatedNetwork(seed: seed, faults: drawn)
        network.afterTurn = { [unowned self] in look() }
    }

    func fail(_ what: String) {
        if failures.count < 8 { failures.append("\(what), at \(network.now.milliseconds - 3_600_000) ms") }
    }

    /// What happens by chance besides the network's faults.
    func chance(_ probability: Double) -> Bool { random.chance(probability) }

    func seconds(_ range: Range<Double>) -> Duration {
        .milliseconds(random.integer(in: Int(range.lowerBound * 1000)..<Int(range.upperBound * 1000)))
    }

    // Who is there

    @discardableResult
    func relay(_ name: String, shards: Int, _ change: (inout RelayConfiguration) -> Void = { _ in }) -> SimulatedHost {
        var configuration = RelayScene.configuration()
        configuration.seed = seed
        configuration.maxLag = seconds(1..<4)
        configuration.maxMerge = chance(0.5) ? .milliseconds(40) : .zero
        configuration.hasGOPCache = chance(0.9)
        configuration.takeover = chance(0.5) ? .stale : .always
        configuration.hold = .forever
        if chance(0.3) { configuration.logLimit = 1 << 18 }
        change(&configuration)
        let host = network.add(host: name, shards: shards) { shard in
            var configuration = configuration
            configuration.shard = Shard(shard, of: shards)
            return Relay(configuration)
        }
        // Half of a log's limit for the past and half for the slow, a message more, and the least that blocks can be.
        relays.append((host, 8 * (configuration.logLimit + 4 * Block.capacity)))
        network.run(for: .milliseconds(5))
        return host
    }

    func player(_ name: String, of relay: String, _ path: String) {
        let conditions: Conditions? = chance(0.2) ? Conditions.local.limited(to: 8_000, buffer: 4_096) : nil
        let program = WatchingPlayer(RelayScene.url(relay, path), seed: seed)
        seats.append(Seat(network.add(host: name, conditions: conditions, program: program), of: relay, path))
    }

    func witness(_ name: String, of relay: String, _ path: String) {
        let host = network.add(host: name, program: WatchingPlayer(RelayScene.url(relay, path)))
        host.isSpared = true
        witnesses.append(Seat(host, of: relay, path))
    }

    /// Publishers that follow each other, each of whom goes on with the next frame.
    /// - Returns: when the last one is through.
    func publishers(_ name: String, to relay: String, _ path: String) -> Duration {
        var next = 0
        var start = Duration.zero
        for index in 0..<random.integer(in: 1..<4) {
            let range = next..<(next + random.integer(in: 40..<160))
            let end: SyntheticPublisher.End = chance(0.5) ? .hangUp : .keepSilent
            network.after(start) { [unowned self] in
                network.add(
                    host: "\(name) \(index)",
                    program: SyntheticPublisher(
                        RelayScene.url(relay, path), stream, frames: range, start: 7 &* UInt32(index), end: end))
            }
            next = range.upperBound
            start += .milliseconds(range.count * 40) + seconds(0.1..<5)
        }
        return start
    }

    // What must hold

    private func look() {
        guard network.now >= nextLook else { return }
        nextLook = network.now + .milliseconds(50)
        lookAtFrames()
        for (relay, limit) in relays where relay.isRunning {
            let size = relay.withShards(Relay.self) { $0.memorySize }.reduce(0, +)
            if size > limit { fail("\(relay.name) keeps \(size) bytes, allowed \(limit)") }
        }
    }

    private func lookAtFrames() {
        for seat in seats + witnesses {
            if let fault = seat.look(stream) { fail("\(seat.host.name): \(fault)") }
        }
    }

    /// Every relay ends when it is told to, and what players got is compared.
    func finish() {
        finishRelays()
        compareWithWitnesses()
    }

    func finishRelays() {
        for (relay, _) in relays where relay.isRunning { network.interrupt(relay) }
        let isOver = network.runUntil(within: Self.patience) { relays.allSatisfy { $0.host.ending != nil } }
        if !isOver { fail("\(relays.filter { $0.host.ending == nil }.map(\.host.name)) did not end") }
        for (relay, _) in relays where relay.ending.map({ $0.status != .terminated }) == true {
            fail("\(relay.name) ended with \(String(describing: relay.ending))")
        }
    }

    private func compareWithWitnesses() {
        lookAtFrames()
        for seat in seats {
            guard let witness = witnesses.first(where: { $0.path == seat.path }) else { continue }
            let connections = connections(feeding: seat.relay)
            let passage = Passage(stream, seat.frames, in: witness.frames, connections: connections)
            if let fault = passage.fault { fail("\(seat.host.name): \(fault)") }
            // Twins of a player's connection have lines of their own, and what was lost between two connections is not
            // known to either.
            guard faults.duplicateConnect == 0, connections == 1 else { continue }
            let counted = skipped(on: seat.relay, by: seat.host) + skippedOnTheWay(to: seat.relay)
            if passage.missing > counted {
                fail("\(seat.host.name): \(passage.missing) frames are missing, \(counted) were counted")
            }
        }
        // Whoever has one connection is heard without gaps, from its first frame on.
        for witness in witnesses where faults.duplicateConnect == 0 {
            for (before, after) in zip(witness.frames, witness.frames.dropFirst()) where after <= before {
                fail("\(witness.host.name): \(after) behind \(before)")
            }
        }
    }

    /// How many connections, one behind the other, filled the streams of a relay from another one.
    private func connections(feeding relay: String) -> Int {
        guard let link = links[relay] else { return 1 }
        let count = lines(of: link.teller).count { $0.text.hasPrefix(link.beginning) }
        return max(1, faults.duplicateConnect > 0 ? 2 * count : count)
    }

    private func skippedOnTheWay(to relay: String) -> Int {
        guard let link = links[relay], let receiver = host(relay) else { return 0 }
        let pushed = lines(of: link.teller).filter { $0.text.hasPrefix("push ") }.map { Self.skipped(in: $0.text) }
        return pushed.reduce(0, +) + relays.map { skipped(on: $0.host.name, by: receiver) }.reduce(0, +)
    }

    /// What a relay says that a host's connections skipped.
    func skipped(on relay: String, by host: SimulatedHost) -> Int {
        lines(of: relay).reduce(0) { sum, line in
            line.text.hasPrefix("end ") && line.text.contains(" \(host.address):")
                ? sum + Self.skipped(in: line.text) : sum
        }
    }

    private func lines(of relay: String) -> [SimulatedHost.LogLine] { host(relay)?.logs ?? [] }

    private func host(_ relay: String) -> SimulatedHost? { relays.first { $0.host.name == relay }?.host }

    /// The count in "end #3 10.0.0.4:999 live/show: player left after 3.0 s, 12 messages skipped", and in lines about
    /// pushes.
    private static func skipped(in line: String) -> Int {
        let words = line.split(separator: " ")
        guard let end = words.firstIndex(of: "skipped") ?? words.firstIndex(of: "skipped;"), end >= 2 else { return 0 }
        return Int(words[end - 2]) ?? 0
    }
}
