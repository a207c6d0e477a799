// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

/// `Wish.gather`: few bytes wait for more, but not for ever.
@Suite struct GatheringTests {
    private static let few = [UInt8](repeating: 1, count: 100)

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `few bytes wait until there are enough, everything else goes on`(_ waiting: EventLoopOptions.Waiting) throws {
        var clients: [ConnectionID] = []
        var source: ConnectionID?
        var rounds = 0
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): for attempt in 1...2 { wishes.connect(attempt, to: endpoint) }
            case .connected(let id, _, _):
                clients.append(id)
                if clients.count == 2 { script.send([0], on: clients[0]) }
            case .received(let id, [0]):
                source = id
                wishes.append(.media(id, isSource: true))
                wishes.append(.gather(id, bytes: 512, within: .seconds(1_000)))
                script.send(Self.few, on: clients[0])
                script.send([3], on: clients[1])
            case .received(let id, [3]):
                // Both ways and back, again and again: the few bytes have long been there.
                rounds += 1
                if rounds == 200 { for _ in 0..<5 { script.send(Self.few, on: clients[0]) } }
                if rounds < 200 { script.send([3], on: id) }
            case .received(source, let bytes):
                #expect(rounds == 200)
                #expect(bytes.count >= 512)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.facts.contains { if case .received(source, _) = $0 { true } else { false } })
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `few bytes are read after a while, and the first ones after a silence at once`(
        _ waiting: EventLoopOptions.Waiting
    ) throws {
        var client: ConnectionID?
        var count = 0
        let (ending, _) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, _): wishes.append(.gather(id, bytes: 512, within: .milliseconds(1)))
            case .connected(let id, _, _):
                client = id
                script.send(Self.few, on: id)
            case .received(let id, let bytes) where id != client:
                count += bytes.count
                // Answered after 1 ms or later, each time: by then nothing has come for a while.
                script.send([9], on: id)
            case .received(let id, _):
                if count == 20 * Self.few.count { wishes.finish() } else { script.send(Self.few, on: id) }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(count == 20 * Self.few.count)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `the last bytes of a peer are few and not lost`(_ waiting: EventLoopOptions.Waiting) throws {
        var client: ConnectionID?
        var server: ConnectionID?
        var received: [UInt8] = []
        let (ending, _) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .connected(let id, _, _):
                client = id
                script.send([0], on: id)
            case .received(let id, [0]):
                server = id
                wishes.append(.gather(id, bytes: 512, within: .seconds(1_000)))
                if let client { script.send(Self.few, on: client) }
                script.send([5], on: id)
            case .received(let id, [5]): wishes.append(.close(id))
            case .received(server, let bytes): received += bytes
            case .closed(server, let reason):
                #expect(reason == .endOfStream)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(received == Self.few)
    }

    @Test func `more sources than that are read as ever, and those that are gone make room`() throws {
        var accepted = 0
        var received = 0
        var closed = 0
        let (ending, _) = try runScript { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): for attempt in 1...20 { wishes.connect(attempt, to: endpoint) }
            case .accepted(let id, _):
                accepted += 1
                wishes.append(.gather(id, bytes: 512, within: .milliseconds(1)))
            case .connected(let id, _, _): script.send(Self.few, on: id)
            case .received(let id, let bytes):
                received += bytes.count
                wishes.append(.abort(id))
                closed += 1
                if closed == 20 { wishes.finish() }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(accepted == 20)
        #expect(received == 20 * Self.few.count)
    }
}
