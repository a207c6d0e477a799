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
        var refused = 0
        func oneIsRefused(_ wishes: inout Wishes) {
            refused += 1
            if refused == 8 { wishes.append(.close(clients[0])) }
            if refused > 8 { wishes.finish() }
        }
        let (ending, _) = try runScript(
            observer: Observer(log: { _, line in lines.withLock { $0.append(line) } }),
            configure: { $0.admission = admission }
        ) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let listening):
                endpoint = listening
                for attempt in 1...3 { wishes.connect(attempt, to: listening) }
            case .connected(let id, _, let peer):
                clients.append(id)
                // A flood of eight, none of which gets in.
                if clients.count == 3 { for attempt in 4...11 { wishes.connect(attempt, to: peer) } }
            case .accepted(let id, _):
                accepted.append(id)
                #expect(accepted.count <= 3 || refused == 8)
                if accepted.count == 4 { wishes.finish() }
            case .connectFailed:
                // Closed before this side had looked.
                oneIsRefused(&wishes)
            case .closed(let id, _):
                if clients.contains(id) { return oneIsRefused(&wishes) }
                #expect(accepted.contains(id) && refused == 8)
                if let endpoint { wishes.connect(12, to: endpoint) }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(accepted.count == 4)
        #expect(refused == 8)
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
