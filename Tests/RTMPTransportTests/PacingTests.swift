// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct PacingTests {
    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `media waits while the program says so, everything else goes on`(_ waiting: EventLoopOptions.Waiting) throws {
        var clients: [ConnectionID] = []
        var media: ConnectionID?
        var rounds = 0
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint): for attempt in 1...2 { wishes.connect(attempt, to: endpoint) }
            case .connected(let id, _, _):
                clients.append(id)
                if clients.count == 2 { script.send([1], on: clients[0]) }
            case .received(let id, [1]):
                media = id
                wishes.append(.media(id, isSource: true))
                script.shut = .seconds(1_000)
                script.send([2], on: clients[0])
                script.send([3], on: clients[1])
            case .received(let id, [3]):
                // Both ways and back, again and again: what the other one sent has long been there.
                rounds += 1
                if rounds == 200 { script.shut = .zero } else { script.send([3], on: id) }
            case .received(let id, [2]):
                #expect(id == media)
                #expect(rounds == 200)
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.tooEarly[try #require(media)] == nil)
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `media is read as soon as the program opens, without another event`(
        _ waiting: EventLoopOptions.Waiting
    ) throws {
        var client: ConnectionID?
        var rounds = 0
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started:
                script.shut = .milliseconds(2)
                wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, _): wishes.append(.media(id, isSource: true))
            case .connected(let id, _, _):
                client = id
                script.send([0], on: id)
            case .received(let id, _):
                rounds += 1
                if rounds == 40 { wishes.finish() } else { script.send([0], on: id) }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.tooEarly.keys.allSatisfy { $0 == client }, "the server's end carries media")
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases)
    func `a sender much faster than real time is read although media waits`(
        _ waiting: EventLoopOptions.Waiting
    ) throws {
        let size = 64_000_000
        var count = 0
        let (ending, script) = try runScript(waiting) { fact, script, wishes in
            switch fact {
            case .started:
                script.shut = .milliseconds(40)
                wishes.listenLocally()
            case .listening(_, let endpoint): wishes.connect(1, to: endpoint)
            case .accepted(let id, _): wishes.append(.media(id, isSource: true))
            case .connected(let id, _, _): script.send([UInt8](repeating: 7, count: size), on: id)
            case .received(_, let bytes):
                // Not kept: the facts would hold all of it.
                script.facts.removeLast()
                count += bytes.count
                if count == size { wishes.finish() }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(count == size)
        #expect(script.tooEarly.values.reduce(0, +) > 0)
    }

    @Test func `connections that close while media waits are told of, and their slots are used again`() throws {
        var clients: [ConnectionID] = []
        var closed = 0
        let (ending, _) = try runScript { fact, script, wishes in
            switch fact {
            case .started:
                script.shut = .milliseconds(5)
                wishes.listenLocally()
            case .listening(_, let endpoint): for attempt in 1...8 { wishes.connect(attempt, to: endpoint) }
            case .accepted(let id, _): wishes.append(.media(id, isSource: true))
            case .connected(let id, let attempt, let peer):
                clients.append(id)
                wishes.append(attempt.rawValue % 2 == 0 ? .close(id) : .abort(id))
                if attempt.rawValue < 64 { wishes.connect(attempt.rawValue + 8, to: peer) }
            case .closed:
                closed += 1
                if closed == clients.count, closed >= 64 { wishes.finish() }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(closed >= 64)
    }

    @Test func `a sender is fast by its rate, not by the size of one frame, and stays so in small pieces`() {
        let camera = ConnectionID(index: 1, generation: 0)
        let file = ConnectionID(index: 2, generation: 0)
        var now = Instant(nanoseconds: 0)
        var pace = ReadingPace()
        func turn(after microseconds: Int64) {
            now = now + .microseconds(microseconds)
            pace.beginMediaTurn(at: now)
        }
        turn(after: 0)
        turn(after: 40_000)
        pace.read(1_200_000, from: camera)
        #expect(!pace.isHungry(at: now), "30 MB/s")
        pace.read(1_400_000, from: file)
        #expect(pace.isHungry(at: now), "35 MB/s")
        // 40 MB/s in pieces that say nothing by themselves.
        for _ in 0..<1_000 {
            turn(after: 500)
            #expect(pace.isHungry(at: now))
            pace.read(20_000, from: file)
        }
        // Others do not prolong it.
        for _ in 0..<100 {
            turn(after: 500)
            pace.read(10_000, from: camera)
        }
        #expect(!pace.isHungry(at: now))
        turn(after: 100)
        pace.read(32_767, from: camera)
        #expect(!pace.isHungry(at: now), "too little to tell")
    }
}
