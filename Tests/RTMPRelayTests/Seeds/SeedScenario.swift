// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport

/// What goes on in a ``SeedWorld``.
enum SeedScenario: CaseIterable {
    /// A relay of up to three shards, publishers that follow each other, players that come and go.
    case players
    /// `publish`, `play` and a recording relay.
    case programs
    /// A relay that pushes to a second one, and a third that pulls from it; one of them is killed and comes back.
    case chain

    /// Runs the world of a seed.
    /// - Returns: what did not hold, and what it takes to know the world.
    static func run(seed: UInt64) -> [String] {
        let world = SeedWorld(seed: seed)
        let scenario = allCases[Int(seed % UInt64(allCases.count))]
        switch scenario {
        case .players: world.players()
        case .programs: world.programs()
        case .chain: world.chain()
        }
        world.finish()
        let names = world.faults.names.map(\.rawValue).joined(separator: ", ")
        return world.failures.map { "seed \(seed) (\(scenario); \(names)): \($0)" }
    }
}

extension SeedWorld {
    fileprivate func players() {
        relay("relay", shards: random.integer(in: 1..<4))
        var end = Duration.zero
        for number in 0..<random.integer(in: 1..<3) {
            let path = "live/show\(random.integer(in: 0..<4))\(number)"
            witness("witness \(number)", of: "relay", path)
            network.run(for: .milliseconds(50))
            end = max(end, publishers("publisher \(number)", to: "relay", path))
            for index in 0..<random.integer(in: 1..<4) {
                network.after(seconds(0..<10)) { [unowned self] in
                    player("player \(number).\(index)", of: "relay", path)
                }
            }
        }
        if chance(0.3) {
            network.after(seconds(1..<8)) { [unowned self] in
                if let seat = seats.first { network.kill(seat.host) }
            }
        }
        network.run(for: end + .seconds(2))
    }

    fileprivate func chain() {
        let shards = random.integer(in: 1..<3)
        relay("near", shards: shards) {
            $0.pushes = [RelayConfiguration.Rule(path: "live", url: RelayScene.url("far", "live"))]
        }
        let far = relay("far", shards: 3 - shards)
        relay("puller", shards: 1) {
            $0.pulls = [RelayConfiguration.Rule(path: "live", url: RelayScene.url("near", "live"))]
        }
        links = ["far": ("near", "push up "), "puller": ("puller", "pull up ")]
        witness("witness", of: "near", "live/show")
        network.run(for: .milliseconds(50))
        let end = publishers("publisher", to: "near", "live/show")
        for index in 0..<4 {
            network.after(seconds(0..<6)) { [unowned self] in
                player("player \(index)", of: index % 2 == 0 ? "far" : "puller", "live/show")
            }
        }
        if chance(0.5) {
            // With enough time left to come back.
            network.after(.milliseconds(random.integer(in: 500..<max(501, Int(end.wholeMilliseconds))))) {
                [unowned self] in
                network.kill(far)
                network.after(.milliseconds(500)) { [unowned self] in
                    network.restart(far) { RelayScene.relay(shard: $0, of: 3 - shards) { $0.hold = .forever } }
                }
            }
        }
        network.run(for: end + .seconds(2))
    }

    fileprivate func programs() {
        relay("relay", shards: random.integer(in: 1..<3)) {
            $0.recordDirectory = "records"
            $0.hold = .seconds(3)
        }
        let file = flv(frames: 0..<random.integer(in: 60..<250))
        var publication = PublishConfiguration(input: "in.flv", urls: [RelayScene.url("relay")])
        publication.wait = chance(0.7)
        publication.seed = seed
        if chance(0.3) { publication.rate = .max }
        let publisher = network.add(host: "publisher", program: PublishProgram(publication))
        publisher.files.contents["in.flv"] = file
        var programs = [publisher]
        for number in 0..<2 {
            var configuration = PlayConfiguration(
                url: RelayScene.url("relay"),
                output: .create(path: "out.flv", replacing: false, makingDirectories: false))
            configuration.wait = chance(0.7)
            configuration.reconnects = chance(0.5)
            configuration.seed = seed &+ UInt64(number)
            let player = network.add(host: "player \(number)", program: PlayProgram(configuration))
            programs.append(player)
        }
        _ = network.runUntil(within: .seconds(25)) { programs.allSatisfy { $0.ending != nil } }
        for program in programs where program.ending == nil { network.interrupt(program) }
        if !network.runUntil(within: .seconds(20), { programs.allSatisfy { $0.ending != nil } }) {
            fail("\(programs.filter { $0.ending == nil }.map(\.name)) did not end")
        }
        for program in programs where program.ending?.status == .failed {
            fail("\(program.name): \(String(describing: program.ending))")
        }
        finishRelays()
        // Each connection of whoever plays gets the newest keyframe, known or not; who publishes sends nothing twice.
        let isOneConnection = attempts(of: publisher) == 0 && faults.duplicateConnect == 0
        for (path, bytes) in relays.flatMap(\.host.files.contents) {
            check(bytes, "relay:\(path)", missing: isOneConnection ? 0 : .max)
        }
        for player in programs.dropFirst() {
            guard let bytes = player.files.contents["out.flv"] else { continue }
            let again = attempts(of: player)
            let missing = isOneConnection && again == 0 ? skipped(on: "relay", by: player) : .max
            check(bytes, "\(player.name):out.flv", connections: 1 + again, missing: missing)
        }
    }

    /// How often a program connected again.
    private func attempts(of host: SimulatedHost) -> Int { host.logs.count { $0.text.contains("trying again") } }

    /// A file of frames: whatever was recorded is intact, time never steps back in it, each connection's frames are in
    /// order from a keyframe on, and no more frames are missing than that.
    private func check(_ bytes: [UInt8], _ name: String, connections: Int = 1, missing: Int) {
        var reader = FLVReader()
        reader.receive(bytes.span)
        reader.receiveEnd()
        var last: Int?
        var time: UInt32 = 0
        var (repeats, gaps) = (0, 0)
        // Before the first keyframe there may be only sound.
        var isWhole = false
        do {
            while let element = try reader.nextElement() {
                guard case .tag(let tag) = element, tag.kind == .video || tag.kind == .audio else { continue }
                let kind: MediaPacket.Kind = tag.kind == .video ? .video : .audio
                let packet = MediaPacket(kind, timestamp: RTMPTimestamp(tag.timestamp), payload: tag.payload)
                guard packet.isFrame else { continue }
                guard let number = stream.number(of: packet) else { return fail("\(name): a damaged frame") }
                if tag.timestamp < time { fail("\(name): \(tag.timestamp) ms behind \(time) ms") }
                if let last, number <= last, faults.duplicateConnect == 0 {
                    repeats += 1
                    if repeats >= connections || !stream.isKeyframe(number) {
                        fail("\(name): frame \(number) behind \(last)")
                    }
                } else if let last, isWhole {
                    gaps += number - last - 1
                }
                isWhole = isWhole || stream.isKeyframe(number)
                (last, time) = (number, tag.timestamp)
            }
        } catch {
            fail("\(name): \(error)")
        }
        if gaps > missing { fail("\(name): \(gaps) frames are missing, \(missing) were counted") }
    }

    private func flv(frames: Range<Int>) -> [UInt8] {
        var writer = FLVWriter()
        var bytes: [UInt8] = []
        do {
            try writer.write(FLVHeader(hasAudio: true, hasVideo: true), into: &bytes)
            for packet in stream.headers + frames.map({ stream.frame($0) }) where packet.kind != .data {
                try writer.write(
                    FLVTag(
                        kind: packet.kind == .video ? .video : .audio, timestamp: packet.timestamp.milliseconds,
                        payload: packet.payload), into: &bytes)
            }
        } catch {
            fail("the file: \(error)")
        }
        return bytes
    }
}
