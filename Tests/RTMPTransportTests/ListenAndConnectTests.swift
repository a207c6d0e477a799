// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct ListenAndConnectTests {
    /// A port on which nobody listens.
    private func closedPort() throws -> UInt16 {
        let listener = try RawListener(backlog: 1)
        return listener.port
    }

    private func failure(
        of address: NetworkAddress, timeout: Duration = .seconds(10), _ waiting: EventLoopOptions.Waiting = .best,
        lookUp: Resolver.LookUp? = nil
    ) throws -> String {
        var reason = ""
        let (ending, _) = try runScript(waiting, configure: { if let lookUp { $0.lookUp = lookUp } }) {
            fact, _, wishes in
            switch fact {
            case .started: wishes.append(.connect(ConnectAttempt(1), address, timeout: timeout))
            case .connectFailed(_, let text):
                reason = text
                wishes.finish()
            case .connected: wishes.append(.finish(Ending(.failed, "it connected")))
            default: break
            }
        }
        #expect(ending == .done)
        return reason
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a refused connection says by whom`(_ waiting: EventLoopOptions.Waiting) throws {
        let port = try closedPort()
        let reason = try failure(of: NetworkAddress(host: "127.0.0.1", port: port), waiting)
        #expect(reason == "connection refused by 127.0.0.1:\(port)")
    }

    @Test func `an unknown host is called so`() throws {
        let unknown: Resolver.LookUp = { _, _ in .failure(NameFailure(isUnknown: true, text: "")) }
        let reason = try failure(of: NetworkAddress(host: "nowhere.example", port: 1935), lookUp: unknown)
        #expect(reason == "no such host: nowhere.example")
        let mute: Resolver.LookUp = { _, _ in .failure(NameFailure(isUnknown: false, text: "try again")) }
        let other = try failure(of: NetworkAddress(host: "nowhere.example", port: 1935), lookUp: mute)
        #expect(other == "cannot look up nowhere.example: try again")
    }

    @Test func `the system says that a name that cannot be is unknown`() throws {
        let name = String(repeating: "a", count: 70) + ".example"
        let reason = try failure(of: NetworkAddress(host: name, port: 1935))
        #expect(reason.contains(name))
    }

    @Test func `a silent address is given up after the timeout`() throws {
        let silent = try SilentListener()
        let address = NetworkAddress(host: "127.0.0.1", port: silent.port)
        let reason = try failure(of: address, timeout: .milliseconds(150))
        #expect(reason == "no answer from 127.0.0.1:\(silent.port) within 150 ms")
    }

    @Test func `a name server that does not answer is given up after the timeout`() throws {
        let gate = Locked(true)
        let slow: Resolver.LookUp = { _, _ in
            while gate.withLock({ $0 }) { yieldThread() }
            return .failure(NameFailure(isUnknown: true, text: ""))
        }
        let reason = try failure(
            of: NetworkAddress(host: "slow.example", port: 1), timeout: .milliseconds(100), lookUp: slow)
        gate.withLock { $0 = false }
        #expect(reason == "no name server told the address of slow.example within 100 ms")
    }

    @Test func `every address is tried, the next one after a head start`() throws {
        let silent = try SilentListener()
        let closed = try closedPort()
        var started = Instant.never
        var answered = Instant.never
        let open = Locked<UInt16>(0)
        let (ending, _) = try runScript(
            configure: {
                $0.lookUp = { _, _ in
                    .success(
                        [closed, silent.port, open.withLock { $0 }].compactMap {
                            SocketAddress(literal: "127.0.0.1", port: $0)
                        })
                }
            },
            { fact, script, wishes in
                switch fact {
                case .started: wishes.listenLocally()
                case .listening(_, let endpoint):
                    open.withLock { $0 = endpoint.port }
                    started = SystemClock.now
                    let address = NetworkAddress(host: "many.example", port: 1935)
                    wishes.append(.connect(ConnectAttempt(5), address, timeout: .seconds(10)))
                case .connected(_, let attempt, let endpoint):
                    #expect(attempt == ConnectAttempt(5))
                    #expect(endpoint.port == open.withLock { $0 })
                    answered = SystemClock.now
                    wishes.finish()
                case .connectFailed(_, let reason): wishes.append(.finish(Ending(.failed, reason)))
                default: break
                }
            })
        #expect(ending == .done)
        // The refused one costs nothing, the silent one its head start.
        #expect(answered - started >= .milliseconds(240))
        #expect(answered - started < .seconds(5))
    }

    @Test func `addresses of both families take turns, and equal failures are told once`() throws {
        var attempt = Attempt(
            name: ConnectAttempt(1), address: NetworkAddress(host: "a.example", port: 1), timeout: .seconds(1),
            deadline: .never)
        let literals = ["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"]
        attempt.take(try literals.map { try #require(SocketAddress(literal: $0, port: 1_935)) })
        let order = attempt.waiting.reversed().map(\.endpoint.address)
        #expect(order == ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"])
        attempt.failures = attempt.waiting.reversed().map { ($0.endpoint, SystemError(code: 111)) }
        attempt.failures.append((SocketEndpoint(address: "10.0.0.3", port: 7), SystemError(code: 113)))
        #if os(Linux)
            #expect(
                attempt.failureSentence
                    == "connection refused by [::1]:1935 and 10.0.0.1:1935 and [::2]:1935 and 10.0.0.2:1935 and "
                    + "[::3]:1935; there is no way to 10.0.0.3:7")
        #endif
    }

    @Test func `a cancelled attempt is not heard of again`() throws {
        let silent = try SilentListener()
        let (ending, script) = try runScript { fact, script, wishes in
            switch fact {
            case .started:
                let address = NetworkAddress(host: "127.0.0.1", port: silent.port)
                wishes.append(.connect(ConnectAttempt(1), address, timeout: .milliseconds(50)))
                wishes.append(.cancelConnect(ConnectAttempt(1)))
                script.wake = script.now + .milliseconds(100)
            case .woken: wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.facts == [.started, .woken])
    }

    @Test func `rtmps is refused with a reason`() throws {
        let reason = try failure(of: NetworkAddress(host: "127.0.0.1", port: 443, isSecure: true))
        #expect(reason == "cannot connect to 127.0.0.1:443: rtmps comes with a later version; use rtmp, or a TLS proxy")
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a port in use is a sentence with advice`(_ waiting: EventLoopOptions.Waiting) throws {
        var port: UInt16 = 0
        let (ending, script) = try runScript(waiting) { fact, _, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint):
                port = endpoint.port
                wishes.append(.listen(ListenerID(2), ListenAddress(host: "127.0.0.1", port: port)))
            case .listenFailed: wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        let sentence =
            "cannot listen on 127.0.0.1:\(port): the port is in use; stop the program that uses it, or choose "
            + "another port"
        #expect(script.facts.last == .listenFailed(ListenerID(2), sentence))
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a port without an address takes both families`(_ waiting: EventLoopOptions.Waiting) throws {
        var hosts = ["127.0.0.1", "::1"]
        var peers: Set<String> = []
        let (ending, _) = try runScript(waiting) { fact, _, wishes in
            switch fact {
            case .started: wishes.append(.listen(ListenerID(1), ListenAddress(host: nil, port: 0)))
            case .listening(_, let endpoint):
                #expect(endpoint.port != 0)
                if endpoint.address == "0.0.0.0" { hosts = ["127.0.0.1"] }
                for host in hosts { wishes.connect(1, to: SocketEndpoint(address: host, port: endpoint.port)) }
            case .accepted(_, let peer):
                #expect(peer.isLoopback)
                peers.insert(peer.address)
                if peers.count == hosts.count { wishes.finish() }
            case .connectFailed(_, let reason): wishes.append(.finish(Ending(.failed, reason)))
            default: break
            }
        }
        #expect(ending == .done)
        #expect(peers == Set(hosts))
    }

    @Test func `names work for listening and connecting`() throws {
        let (ending, _) = try runScript { fact, _, wishes in
            switch fact {
            case .started: wishes.append(.listen(ListenerID(1), ListenAddress(host: "localhost", port: 0)))
            case .listening(_, let endpoint):
                let address = NetworkAddress(host: "localhost", port: endpoint.port)
                wishes.append(.connect(ConnectAttempt(1), address, timeout: .seconds(10)))
            case .connected: wishes.finish()
            case .connectFailed(_, let reason), .listenFailed(_, let reason):
                wishes.append(.finish(Ending(.failed, reason)))
            default: break
            }
        }
        #expect(ending == .done)
    }

    @Test func `a listener that was stopped refuses`() throws {
        var refused = ""
        let (ending, _) = try runScript { fact, _, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint):
                wishes.append(.stopListening(ListenerID(1)))
                wishes.connect(1, to: endpoint)
            case .connectFailed(_, let reason):
                refused = reason
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(refused.hasPrefix("connection refused by 127.0.0.1:"))
    }
}
