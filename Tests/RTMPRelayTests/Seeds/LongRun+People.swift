// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport

/// What happens in a long run, and who does it.
extension LongRun {
    // Hosts

    /// Runs a program on the host of that name, from which an earlier one has gone.
    @discardableResult
    private func run<P: Program & ~Copyable>(
        _ name: String, conditions: Conditions? = nil, _ program: consuming P
    ) -> SimulatedHost {
        if let host = hosts[name] {
            network.restart(host, program: program)
            return host
        }
        let host = network.add(host: name, conditions: conditions, program: program)
        hosts[name] = host
        return host
    }

    /// Starts a relay, and at the watched one witnesses, who hear every stream from its first frame on.
    func startRelay(_ name: String) {
        let shards = name == "home" ? 2 : arrangement.shards
        let makesEdge = arrangement == .edge && name == "relay"
        let seed = seed
        let program: (Int) -> Relay = { shard in
            RelayScene.relay(shard: shard, of: shards) {
                $0.seed = seed
                if makesEdge { $0.pulls = [RelayConfiguration.Rule(path: "live", url: RelayScene.url("home", "live"))] }
            }
        }
        if let host = hosts[name] {
            network.restart(host, program)
        } else {
            hosts[name] = network.add(host: name, shards: shards, program)
        }
        if name == "relay" {
            begunAt = network.now
            network.after(.milliseconds(100)) { [unowned self] in
                for channel in channels {
                    witness(channel)
                    attendWitness(of: channel, begunAt)
                }
            }
        }
        network.after(seconds(3_600..<(12 * 3_600))) { [unowned self] in stopRelay(name) }
    }

    private func stopRelay(_ name: String) {
        guard let host = hosts[name] else { return }
        counts.restarts += 1
        let isKilled = random.chance(0.5)
        if isKilled { network.kill(host) } else { network.interrupt(host) }
        if name == "relay" {
            network.after(.milliseconds(100)) { [unowned self] in
                for channel in channels { closeLog(of: channel) }
            }
            for seat in seats { leave(seat, isReported: !isKilled) { _ in } }
        }
        network.after(seconds(5..<60)) { [unowned self] in startRelay(name) }
    }

    private func closeLog(of channel: Channel) {
        if let publisher = hosts["publisher \(channel.name)"] {
            // What was on its way to the witness, players may have got.
            let first = (channel.log.last ?? -1) + 1
            let next = publisher.with(SyntheticPublisher.self) { $0.nextFrame }
            for number in first..<max(first, next) { channel.log.append(number) }
        }
        channel.log.beginAnew()
    }

    // Streams

    private func url(_ channel: Channel, at relay: String) -> RTMPURL {
        RelayScene.url(relay, "live/show\(channel.name)")
    }

    private func witness(_ channel: Channel) {
        var program = WatchingPlayer(url(channel, at: "relay"), seed: seed)
        program.sink = { [unowned self, unowned channel] packet in
            guard packet.isFrame else { return }
            guard let number = stream.number(of: packet) else { return fail("the witness got a damaged frame") }
            // Whoever pulls begins again at a keyframe.
            let isStart = channel.starts.contains(number) || arrangement == .edge && stream.isKeyframe(number)
            if let last = channel.log.last, number != last + 1, !isStart {
                fail("the witness of \(channel.name) got \(number) behind \(last)")
            }
            channel.log.append(number)
        }
        run("witness \(channel.name)", program).isSpared = true
        channel.log.beginAnew()
    }

    /// Whether the stream that the witness sees is over.
    private func isBlind(_ channel: Channel) -> Bool {
        hosts["witness \(channel.name)"]?.with(WatchingPlayer.self) { $0.sawEOF || $0.ended != nil || $0.isClosed }
            ?? true
    }

    /// When a stream is over the witness waits for the next one, before anybody else does.
    private func attendWitness(of channel: Channel, _ beginning: Instant) {
        network.after(.milliseconds(500)) { [unowned self] in
            guard begunAt == beginning, hosts["relay"]?.isRunning == true else { return }
            if isBlind(channel) { witness(channel) }
            attendWitness(of: channel, beginning)
        }
    }

    /// A new publisher comes, once there are a relay to publish to and a witness.
    func publish(_ channel: Channel) {
        let home = arrangement == .edge ? "home" : "relay"
        guard hosts[home]?.isRunning == true, hosts["relay"]?.isRunning == true,
            network.now >= begunAt + .seconds(1)
        else {
            return network.after(seconds(1..<3)) { [unowned self] in publish(channel) }
        }
        if isBlind(channel) { witness(channel) }
        channel.turn += 1
        counts.publishers += 1
        let group = 3 * stream.keyframeInterval
        let first = (channel.nextFrame + group - 1) / group * group
        channel.starts = [first]
        let ends: [SyntheticPublisher.End] = [.properly, .hangUp, .keepSilent]
        let program = SyntheticPublisher(
            url(channel, at: home), stream, frames: first..<(first + random.integer(in: 600..<7_200)),
            start: 0xF000_0000, end: ends[random.integer(in: 0..<3)])
        channel.nextFrame = first
        let host = run("publisher \(channel.name)", program)
        attend(channel, channel.turn)
        network.after(.milliseconds(400)) { [unowned self, turn = channel.turn] in
            guard channel.turn == turn, isBlind(channel), hosts["relay"]?.isRunning == true else { return }
            // The stream before ended just then: the witness came too early. What others saw since counts.
            network.kill(host)
            closeLog(of: channel)
        }
    }

    /// Looks every few seconds how the publisher does.
    private func attend(_ channel: Channel, _ turn: Int) {
        network.after(.seconds(5)) { [unowned self] in
            guard channel.turn == turn, let host = hosts["publisher \(channel.name)"] else { return }
            let (next, isRefused) = host.with(SyntheticPublisher.self) { ($0.nextFrame, $0.refusal != nil) }
            channel.nextFrame = max(channel.nextFrame, next)
            if host.ending == nil, !isRefused {
                if next < host.with(SyntheticPublisher.self, { $0.frames.upperBound }) {
                    if random.chance(1.0 / 360) { breakConnections(of: host) }
                    return attend(channel, turn)
                }
                // It says nothing more: the relay finds out, or the next one takes the name.
                if random.chance(0.3) { network.vanish(host) }
            }
            network.after(seconds(0.1..<40)) { [unowned self] in
                guard channel.turn == turn else { return }
                if host.isRunning { network.kill(host) }
                publish(channel)
            }
        }
    }

    private func breakConnections(of host: SimulatedHost) {
        let how = Cut.allCases[random.integer(in: 0..<Cut.allCases.count)]
        network.cutConnections(of: host, how: how)
    }

    // Players

    func join(_ seat: Seat) {
        guard !seat.isPresent, hosts["relay"]?.isRunning == true else {
            return network.after(seconds(1..<20)) { [unowned self] in join(seat) }
        }
        seat.isPresent = true
        seat.session += 1
        let session = seat.session
        var program = WatchingPlayer(url(seat.channel, at: "relay"), seed: seed &+ UInt64(session))
        program.sink = { [unowned self, unowned seat] packet in
            guard packet.isFrame else { return }
            guard let number = stream.number(of: packet) else { return fail("\(seat.name) got a damaged frame") }
            seat.reader.take(number)
        }
        seat.reader.begin(seat.channel.log)
        let conditions = Conditions(
            latency: .milliseconds(1)..<(.milliseconds(80)), jitter: .milliseconds(10), buffer: 1_500..<6_000)
        run(seat.name, conditions: conditions, program)
        watch(seat, session, until: network.now + seconds(20..<1_800))
    }

    /// Looks now and then whether a player is still served, and lets it go when its time has come.
    private func watch(_ seat: Seat, _ session: Int, until end: Instant) {
        network.after(.seconds(7)) { [unowned self] in
            guard seat.session == session, seat.isPresent, let host = hosts[seat.name] else { return }
            let isOver = host.ending != nil || host.with(WatchingPlayer.self) { $0.isClosed || $0.rejected != nil }
            if let fault = host.with(WatchingPlayer.self, { $0.fault }) { fail("\(seat.name): \(fault)") }
            guard isOver || network.now >= end else { return watch(seat, session, until: end) }
            leave(seat, isReported: true) { [unowned self] host in
                switch random.integer(in: 0..<4) {
                case 0: network.interrupt(host)
                case 1: network.kill(host)
                case 2: network.vanish(host)
                default:
                    network.cutConnections(of: host)
                    network.after(.seconds(1)) { [unowned self] in network.kill(host) }
                }
            }
        }
    }

    private func leave(_ seat: Seat, isReported: Bool, _ how: (SimulatedHost) -> Void) {
        guard seat.isPresent, let host = hosts[seat.name] else { return }
        how(host)
        seat.isPresent = false
        seat.reader.end(isReported: isReported, time: network.now.nanoseconds)
        network.after(seconds(2..<60)) { [unowned self] in join(seat) }
    }

    /// Once a minute something stands still now and then.
    func disturb() {
        for seat in seats where seat.isPresent && random.chance(0.04) {
            guard let host = hosts[seat.name] else { continue }
            counts.stalls += 1
            let time = seconds(1..<40)
            if random.chance(0.3) {
                network.pause(host, for: time)
            } else {
                network.stallConnections(of: host, for: time)
            }
        }
        if random.chance(0.002), let relay = hosts["relay"], relay.isRunning {
            counts.stalls += 1
            network.pause(relay, for: seconds(0.1..<3))
        }
    }
}
