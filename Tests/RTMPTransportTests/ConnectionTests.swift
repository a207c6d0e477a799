// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct ConnectionTests {
    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `bytes go there and come back`(_ waiting: EventLoopOptions.Waiting) throws {
        let message = pattern(1_500_000)
        var client: ConnectionID?
        var server: ConnectionID?
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, let peer):
                server = id
                #expect(peer.address == "127.0.0.1")
            case .connected(let id, _, _):
                client = id
                script.send(message, on: id)
            case .received(server, let bytes):
                if let server { script.send(bytes, on: server) }
            case .received(client, _):
                if let client, script.received(client).count == message.count { wishes.append(.close(client)) }
            case .closed(let id, let reason):
                #expect(id == server, "who wished a connection closed hears nothing of it")
                #expect(reason == .endOfStream)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.received(try #require(client)) == message)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `many connections keep their bytes apart, and identifiers are never used twice`(
        _ waiting: EventLoopOptions.Waiting
    ) throws {
        let perWave = 150
        var seen: Set<ConnectionID> = []
        var clients: [ConnectionID: Int] = [:]
        var echoed = 0
        var gone = 0
        var wave = 0
        var endpoint: SocketEndpoint?
        func startWave(_ wishes: inout Wishes) {
            wave += 1
            (echoed, gone) = (0, 0)
            if let endpoint {
                for number in 0..<perWave { wishes.connect(wave * 1_000 + number, to: endpoint) }
            }
        }
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let address):
                endpoint = address
                startWave(&wishes)
            case .accepted(let id, _): #expect(seen.insert(id).inserted)
            case .connected(let id, let attempt, _):
                #expect(seen.insert(id).inserted)
                clients[id] = attempt.rawValue
                script.send(pattern(100, seed: UInt8(truncatingIfNeeded: attempt.rawValue)), on: id)
            case .received(let id, let bytes):
                guard let number = clients[id] else {
                    script.send(bytes, on: id)
                    return
                }
                guard script.received(id).count == 100 else { return }
                #expect(script.received(id) == pattern(100, seed: UInt8(truncatingIfNeeded: number)))
                echoed += 1
                wishes.append(.close(id))
            case .closed:
                gone += 1
                guard gone == perWave else { return }
                #expect(echoed == perWave)
                if wave < 3 { startWave(&wishes) } else { wishes.finish() }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.count { if case .accepted = $0 { true } else { false } } == 3 * perWave)
        #expect(seen.count == 6 * perWave)
        #expect(seen.contains { $0.generation > 0 }, "slots are used again")
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a sender is blocked by a reader that pauses, and hears when there is room`(
        _ waiting: EventLoopOptions.Waiting
    ) throws {
        let message = pattern(9_000_000)
        var client: ConnectionID?
        var server: ConnectionID?
        var count = 0
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, _):
                server = id
                wishes.append(.pauseReading(id))
            case .connected(let id, _, _):
                client = id
                script.send(message, on: id)
                script.wake = script.now + .milliseconds(1)
            case .woken:
                // Until the sender is blocked for good: nothing moves any more.
                guard let client, script.blocked.contains(client), script.facts.dropLast().last == .woken else {
                    script.wake = script.now + .milliseconds(50)
                    return
                }
                #expect(count == 0, "nothing is delivered during a pause")
                #expect(script.sent[client, default: 0] < message.count)
                if let server { wishes.append(.resumeReading(server)) }
            case .received(let id, let bytes):
                #expect(id == server)
                count += bytes.count
                if count == message.count { wishes.finish() }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.count { $0 == client.map(Fact.writable) } > 1)
        #expect(script.received(try #require(server)) == message)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a pause holds bytes and the end back until reading is resumed`(_ waiting: EventLoopOptions.Waiting) throws {
        var server: ConnectionID?
        var clients: [ConnectionID] = []
        var resumed = false
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, _):
                server = id
                wishes.append(.pauseReading(id))
            case .connected(let id, _, _):
                clients.append(id)
                script.send(Array("held back".utf8), on: id)
                script.wake = script.now + .milliseconds(20)
            case .woken:
                if let id = clients.first, script.facts.count(where: { $0 == .woken }) == 1 {
                    wishes.append(.close(id))
                    script.wake = script.now + .milliseconds(20)
                } else if let server {
                    resumed = true
                    wishes.append(.resumeReading(server))
                }
            case .received(let id, _):
                #expect(id == server)
                #expect(resumed)
            case .closed(let id, let reason):
                #expect(id == server)
                #expect(resumed)
                #expect(reason == .endOfStream)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.received(try #require(server)) == Array("held back".utf8))
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a wished close delivers everything that was sent, though the peer goes on sending`(
        _ waiting: EventLoopOptions.Waiting
    ) throws {
        let message = pattern(3_000_000)
        var client: ConnectionID?
        var server: ConnectionID?
        var isClosing = false
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, _):
                server = id
                wishes.append(.pauseReading(id))
                script.send(message, on: id)
            case .connected(let id, _, _):
                client = id
                script.send(pattern(400_000), on: id)
            case .closed(let id, let reason):
                #expect(id == client)
                #expect(reason == .endOfStream)
                wishes.finish()
            case .received(let id, _): #expect(id == client, "the server was done, or had paused")
            default: break
            }
            if let server, !isClosing, script.isSent(server), script.sent[server] != nil {
                isClosing = true
                wishes.append(.close(server))
            }
        }
        #expect(ending == .done)
        #expect(script.received(try #require(client)) == message)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `an abort resets the connection`(_ waiting: EventLoopOptions.Waiting) throws {
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .connected(let id, _, _): script.send([1, 2, 3], on: id)
            case .received(let id, _):
                wishes.append(.abort(id))
            case .closed(_, let reason):
                #expect(reason == .failed("the peer reset the connection"))
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.count { if case .closed = $0 { true } else { false } } == 1)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `who sends to a connection that broke hears that it is closed`(_ waiting: EventLoopOptions.Waiting) throws {
        var client: ConnectionID?
        var paused = false
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .connected(let id, _, _):
                client = id
                paused = true
                wishes.append(.pauseReading(id))
                script.send(pattern(10), on: id)
            case .received(let id, _): wishes.append(.abort(id))
            case .closed(let id, let reason):
                #expect(id == client)
                #expect(paused)
                #expect(reason != .endOfStream)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.count { if case .closed = $0 { true } else { false } } == 1)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a deadline that serve returns is kept, and not before its time`(_ waiting: EventLoopOptions.Waiting) throws {
        var due = Instant.never
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started:
                due = script.now + .microseconds(30_500)
                script.wake = due
            case .woken:
                #expect(script.now >= due)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.serves < 10, "the loop sleeps in between")
    }

    @Test func `a connection takes no time to gather, keeps unsent data out of the kernel, and gives a mute peer up`()
        throws
    {
        let descriptor = try System.makeSocket(family: 2)
        defer { System.close(descriptor) }
        System.setConnectionOptions(descriptor)
        System.setKeepAlive(descriptor)
        #if os(Linux)
            #expect(System.option(descriptor, 6, 1) == 1, "TCP_NODELAY")
            #expect(System.option(descriptor, 6, 25) == 131_072, "TCP_NOTSENT_LOWAT")
            #expect(System.option(descriptor, 6, 18) == 60_000, "TCP_USER_TIMEOUT")
            #expect(System.option(descriptor, 6, 4) == 10, "TCP_KEEPIDLE")
            #expect(System.option(descriptor, 6, 5) == 5, "TCP_KEEPINTVL")
            #expect(System.option(descriptor, 6, 6) == 3, "TCP_KEEPCNT")
        #endif
    }

    @Test func `log lines and reports reach the observer`() throws {
        let lines = Locked<[String]>([])
        let observer = Observer(
            log: { level, line in lines.withLock { $0.append("\(level) \(line)") } },
            report: { progress in lines.withLock { $0.append("report \(progress.bytes)") } })
        try runScript(observer: observer) { fact, _, wishes in
            guard fact == .started else { return }
            wishes.log(.warning, "careful")
            var progress = Progress()
            progress.bytes = 7
            wishes.append(.report(progress))
            wishes.finish()
        }
        #expect(lines.withLock { $0 } == ["warning careful", "report 7"])
    }
}
