// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct AdmissionTests {
    @Test(arguments: [Admission(connections: 3), Admission(perAddress: 3)])
    func `one connection too many is closed at once, and there is room again when one has closed`(
        _ admission: Admission
    ) throws {
        let lines = Locked<[String]>([])
        var endpoint: SocketEndpoint?
        var clients: [ConnectionID] = []
        var accepted: [ConnectionID] = []
        var closed: [ConnectionID] = []
        let (ending, _) = try runScript(
            observer: Observer(log: { _, line in lines.withLock { $0.append(line) } }),
            configure: { $0.admission = admission }
        ) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let listening):
                endpoint = listening
                for attempt in 1...3 { wishes.connect(attempt, to: listening) }
            case .accepted(let id, _):
                accepted.append(id)
                #expect(accepted.count <= 3 || closed.count == 9)
                if accepted.count == 3, let endpoint {
                    // A flood of eight, none of which gets in.
                    for attempt in 4...11 { wishes.connect(attempt, to: endpoint) }
                }
                if accepted.count == 4 { wishes.finish() }
            case .connected(let id, _, _): clients.append(id)
            case .closed(let id, _):
                closed.append(id)
                #expect(closed.count > 8 || clients.contains(id), "only those that were refused")
                if closed.count == 8 { wishes.append(.close(clients[0])) }
                if closed.count == 9, let endpoint {
                    #expect(accepted.contains(id))
                    wishes.connect(12, to: endpoint)
                }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(accepted.count == 4)
        let logged = lines.withLock { $0 }
        #expect(logged.count == 1, "\(logged)")
        #expect(logged.first?.contains("as many as may be") == true)
        #expect(logged.first?.hasPrefix("refused 127.0.0.1:") == true)
    }

    @Test func `addresses are counted apart, IPv6 by network, and refusals are summed up`() throws {
        let admission = Admission(perAddress: 1)
        var lines: [String] = []
        var descriptor: Int32 = 0
        func admit(_ literal: String, at seconds: Int64 = 0) throws -> Bool {
            descriptor += 1
            let address = try #require(SocketAddress(literal: literal, port: 7))
            return admission.admit(descriptor, from: address, at: Instant(nanoseconds: seconds * 1_000_000_000)) {
                lines.append($0)
            }
        }
        #expect(try admit("10.0.0.1"))
        #expect(try admit("10.0.0.2"))
        #expect(try !admit("10.0.0.1"))
        #expect(try !admit("::ffff:10.0.0.2"))
        #expect(try admit("2001:db8::1"))
        #expect(try !admit("2001:db8::2"))
        #expect(try admit("2001:db8:0:1::1"))
        #expect(lines == ["refused 10.0.0.1:7: 1 connections from its address are open, as many as may be"])
        #expect(try !admit("10.0.0.2", at: 10))
        #expect(
            lines.last
                == "refused 10.0.0.2:7: 1 connections from its address are open, as many as may be; "
                + "2 others were refused since the last such line")
        admission.release(2)
        admission.release(2)
        #expect(try admit("10.0.0.2"))
        #expect(try !admit("10.0.0.1"))
    }
}
