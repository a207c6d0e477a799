// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct SimulatedNetworkTests {
    @Test func `bytes come back in order, and take their time`() {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer())
        let client = network.add(host: "client", program: EchoClient())
        let start = network.now
        #expect(network.runUntil { client.ending != nil })
        #expect(client.ending == Ending(.done))
        // 50 bursts, one each 10 ms, the first at once.
        #expect((network.now - start) > .milliseconds(490))
        #expect((network.now - start) < .milliseconds(600))
        #expect(server.with(EchoServer.self) { $0.received } == 100_000)
        #expect(server.log.contains("listening on :::1935") || server.log.contains("listening on [::]:1935"))
        network.run(for: .seconds(1))
        #expect(server.connectionCount == 0)
        #expect(server.log.contains("closed endOfStream"))
        #expect(server.bytesReceived == 100_000 && client.bytesSent == 100_000)
    }

    @Test(arguments: SeededGenerator.seeds(30))
    func `under faults without loss every byte arrives, in pieces`(seed: UInt64) {
        let network = SimulatedNetwork(seed: seed, faults: .rough)
        network.add(host: "server", program: EchoServer())
        let clients = (0..<4).map { network.add(host: "client\($0)", program: EchoClient(total: 20_000)) }
        #expect(network.runUntil { clients.allSatisfy { $0.ending != nil } })
        for client in clients { #expect(client.ending == Ending(.done)) }
        #expect(clients.contains { $0.with(EchoClient.self) { $0.smallestPiece < 500 } })
    }

    @Test func `one seed is one run, another seed another one`() {
        func run(_ seed: UInt64) -> (UInt64, Instant, [Ending?]) {
            let network = SimulatedNetwork(seed: seed, faults: .hostile)
            let server = network.add(host: "server", program: EchoServer())
            let clients = (0..<8).map { network.add(host: "client\($0)", program: EchoClient(total: 20_000)) }
            network.run(for: .seconds(20))
            network.kill(server)
            network.restart(server, program: EchoServer())
            network.run(for: .seconds(20))
            return (network.eventHash, network.now, clients.map(\.ending))
        }
        for seed in SeededGenerator.seeds(5) {
            let (first, second) = (run(seed), run(seed))
            #expect(first == second)
            #expect(first.0 != run(seed + 1_000).0)
        }
    }

    @Test func `hostile networks break things`() {
        var statuses: Set<Int32> = []
        for seed in SeededGenerator.seeds(20) {
            var faults = Faults.hostile
            faults.breakdownTime = .seconds(1)
            let network = SimulatedNetwork(seed: seed, faults: faults)
            network.add(host: "server", program: EchoServer())
            let clients = (0..<4).map { network.add(host: "client\($0)", program: EchoClient(total: 20_000)) }
            network.run(for: .seconds(100))
            for client in clients { if let ending = client.ending { statuses.insert(ending.status.rawValue) } }
        }
        #expect(
            statuses == [ExitStatus.done.rawValue, ExitStatus.incomplete.rawValue, ExitStatus.unavailable.rawValue])
    }

    @Test func `a full pipe blocks its sender and then tells it of room`() {
        let network = SimulatedNetwork(seed: 1)
        network.add(host: "server", conditions: .local.limited(to: 100_000, buffer: 4_096), program: EchoServer())
        let client = network.add(host: "client", program: EchoClient())
        let start = network.now
        #expect(network.runUntil { client.ending != nil })
        #expect(client.ending == Ending(.done))
        // 100,000 bytes at 100,000 bytes a second.
        #expect((network.now - start) > .milliseconds(990))
        #expect(client.with(EchoClient.self) { $0.blockedCount } > 10)
        #expect(client.with(EchoClient.self) { $0.writableCount == $0.blockedCount })
    }

    @Test func `who stops reading holds the other side back`() {
        let network = SimulatedNetwork(seed: 1)
        network.conditions.buffer = 10_000..<10_001
        let server = network.add(host: "server", program: EchoServer())
        let client = network.add(host: "client", program: EchoClient(pausesReading: true))
        network.run(for: .seconds(10))
        #expect(client.ending == nil)
        #expect(client.bytesReceived == 0)
        #expect(server.bytesSent == 10_000)
    }

    @Test func `somebody who is not there`() {
        let network = SimulatedNetwork(seed: 1)
        let refused = network.add(host: "client", program: EchoClient(server: .init(host: "client", port: 1)))
        let unknown = network.add(host: "other", program: EchoClient(server: .init(host: "nobody", port: 1935)))
        let server = network.add(host: "server", program: EchoServer())
        let late = network.add(host: "late", program: EchoClient())
        network.vanish(server)
        network.run(for: .seconds(4))
        #expect(refused.ending == Ending(.unavailable, "connection to client:1 refused"))
        #expect(unknown.ending == Ending(.unavailable, "cannot find nobody"))
        #expect(late.ending == nil)
        network.run(for: .seconds(2))
        #expect(late.ending == Ending(.unavailable, "server:1935 does not answer"))
    }

    @Test func `kill ends connections, restart takes new ones`() {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer())
        let first = network.add(host: "first", program: EchoClient(pace: .seconds(1)))
        network.run(for: .seconds(5))
        #expect(first.isRunning && server.connectionCount == 1)
        network.kill(server)
        #expect(server.connectionCount == 0 && server.ports.isEmpty)
        network.run(for: .seconds(1))
        #expect(first.ending == Ending(.incomplete, "endOfStream"))
        network.restart(server, program: EchoServer())
        let second = network.add(host: "second", program: EchoClient())
        #expect(network.runUntil { second.ending != nil })
        #expect(second.ending == Ending(.done))
    }

    @Test(arguments: Cut.allCases)
    func `cut connections`(how: Cut) {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer())
        // All is sent and answered after 2 s but for one burst each 20 s.
        let client = network.add(host: "client", program: EchoClient(pace: .seconds(20)))
        network.run(for: .seconds(30))
        network.cutConnections(of: client, with: server, how: how)
        network.run(for: .seconds(1))
        switch how {
        case .reset:
            #expect(client.ending == Ending(.incomplete, "failed(\"connection reset by peer\")"))
            #expect(server.connectionCount == 0)
        case .halfClose:
            #expect(client.ending == Ending(.incomplete, "endOfStream"))
            #expect(server.connectionCount == 0)
        case .vanish:
            #expect(client.ending == nil && server.connectionCount == 1)
            // The server keeps alive: 25 s. The client sends at 40 s and waits for 60 s.
            network.run(for: .seconds(23))
            #expect(server.connectionCount == 1)
            network.run(for: .seconds(2))
            #expect(server.connectionCount == 0 && client.ending == nil)
            network.run(for: .seconds(46))
            #expect(client.ending == Ending(.incomplete, "failed(\"connection timed out\")"))
        }
    }

    @Test func `a host that comes back resets its old connections`() {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer())
        let client = network.add(host: "client", program: EchoClient(pace: .seconds(5)))
        network.run(for: .seconds(12))
        network.vanish(server)
        network.run(for: .seconds(1))
        network.restart(server, program: EchoServer())
        network.run(for: .seconds(1))
        #expect(client.ending == nil)
        network.run(for: .seconds(2))
        #expect(client.ending == Ending(.incomplete, "failed(\"connection reset by peer\")"))
    }

    @Test func `held up hosts and ways catch up`() {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer())
        let client = network.add(host: "client", program: EchoClient())
        network.run(for: .milliseconds(100))
        network.pause(server, for: .seconds(3))
        network.run(for: .milliseconds(2_900))
        let before = server.bytesReceived
        #expect(before < 30_000)
        network.run(for: .seconds(1))
        #expect(client.ending == Ending(.done))

        let other = network.add(host: "other", program: EchoClient())
        network.run(for: .milliseconds(100))
        network.stallConnections(of: other, for: .seconds(3))
        network.run(for: .milliseconds(2_900))
        #expect(other.bytesReceived < 30_000)
        network.run(for: .seconds(1))
        #expect(other.ending == Ending(.done))
    }

    @Test func `interrupted programs end themselves`() {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer())
        network.after(.seconds(3)) { network.interrupt(server) }
        network.run(for: .seconds(10))
        #expect(server.ending == Ending(.terminated, "asked to end"))
        #expect(server.endedAt.map { $0 + .seconds(7) } == network.now)
        #expect(!server.isRunning)
    }

    @Test func `port 0 is a free one`() {
        let network = SimulatedNetwork(seed: 1)
        let server = network.add(host: "server", program: EchoServer(port: 0))
        network.run(for: .seconds(1))
        #expect(server.ports.count == 1 && server.ports != [0])
    }
}

@Suite struct SimulatedFilesTests {
    @Test func `write, overwrite, close, read back`() {
        let network = SimulatedNetwork(seed: 1)
        let host = network.add(host: "writer", program: FileWriter(readsBack: true))
        #expect(network.runUntil { host.ending != nil })
        #expect(host.ending == Ending(.done))
        let content = host.files.contents["out/a.bin"] ?? []
        #expect(content.count == 1_000 && content.prefix(3) == [0xAA, 0xBB, 0] && content.last == 9)
        #expect(host.with(FileWriter.self) { $0.readBytes } == Array(content.dropFirst()))
        #expect(host.with(FileWriter.self) { $0.facts } == ["opened out/a.bin", "closed", "opened out/a.bin"])
    }

    @Test func `a full disk keeps what fits`() {
        let network = SimulatedNetwork(seed: 1)
        let host = network.add(host: "writer", program: FileWriter())
        host.files.capacity = 250
        network.run(for: .seconds(1))
        #expect(host.ending == Ending(.inputOutput, "out/a.bin: no space left"))
        #expect(host.files.contents["out/a.bin"]?.count == 250)
        #expect(host.with(FileWriter.self) { $0.written } == 200)
    }

    @Test func `files that cannot be made`() {
        let network = SimulatedNetwork(seed: 1)
        let existing = network.add(host: "existing", program: FileWriter())
        existing.files.contents["out/a.bin"] = [1]
        let denied = network.add(host: "denied", program: FileWriter())
        denied.files.protectedPaths = ["out/"]
        let missing = network.add(
            host: "missing",
            program: FileWriter(request: .create(path: "out/a.bin", replacing: true, makingDirectories: false)))
        network.run(for: .seconds(1))
        #expect(existing.with(FileWriter.self) { $0.facts } == ["failed exists"])
        #expect(existing.files.contents["out/a.bin"] == [1])
        #expect(denied.with(FileWriter.self) { $0.facts } == ["failed cannotOpen"])
        #expect(missing.with(FileWriter.self) { $0.facts } == ["failed cannotOpen"])
    }

    @Test func `standard output, and nobody who reads it`() {
        let network = SimulatedNetwork(seed: 1)
        let request = FileRequest.create(path: "-", replacing: false, makingDirectories: false)
        let host = network.add(host: "writer", program: FileWriter(request: request))
        let closed = network.add(host: "closed", program: FileWriter(request: request))
        closed.files.outputIsOpen = false
        network.run(for: .seconds(1))
        #expect(host.files.output.count == 1_000 && host.files.output.first == 0)
        #expect(closed.with(FileWriter.self) { $0.facts } == ["opened -", "failed brokenPipe"])
    }

    @Test func `a killed program writes nothing more`() {
        let network = SimulatedNetwork(seed: 1)
        let host = network.add(host: "writer", program: FileWriter(pieces: 100))
        host.files.latency = .milliseconds(100)
        #expect(network.runUntil { host.files.used > 0 })
        network.kill(host)
        network.run(for: .seconds(60))
        #expect(host.files.used == 100)
    }
}
