// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@testable import RTMPTransport

@Suite(.timeLimit(.minutes(10))) struct LoopGroupTests {
    private func options(_ waiting: EventLoopOptions.Waiting) -> EventLoopOptions {
        var options = EventLoopOptions()
        options.waiting = waiting
        return options
    }

    @Test(arguments: EventLoopOptions.Waiting.allCases, [2, 3])
    func `connections are dealt in turn, and go from loop to loop without losing a byte`(
        _ waiting: EventLoopOptions.Waiting, loops: Int
    ) throws {
        var random = SeededGenerator(seed: 4)
        // Marks next to each other, at either end, and far from each other.
        let messages = (0..<6).map { index in
            var message = pattern(150_000, seed: UInt8(index)).map { $0 == MovingEcho.mark ? 0 : $0 }
            for _ in 0..<30 { message.insert(MovingEcho.mark, at: random.integer(in: 0..<message.count)) }
            return [MovingEcho.mark, MovingEcho.mark] + message + [MovingEcho.mark]
        }
        let observed = Locked(MovingEcho.Observed())
        let ending = try LoopGroup.run(loops, options: options(waiting)) { shard in
            MovingEcho(shard: shard, of: loops, observed, messages: messages)
        }
        #expect(ending == .done)
        let seen = observed.withLock { $0 }
        #expect(Set(seen.echoes) == Set(messages.map { $0.filter { $0 != MovingEcho.mark } }))
        for shard in 0..<loops { #expect(seen.accepted.count { $0 == shard } == 6 / loops) }
        // A mark that was the last byte of all may not have been read any more.
        #expect((6 * 32)...(6 * 33) ~= seen.adopted.count)
        #expect(seen.interrupted.sorted() == Array(1..<loops), "the others are asked to end")
    }

    @Test func `notes from one loop to another arrive in order`() throws {
        let observed = Locked(MovingEcho.Observed())
        let ending = try LoopGroup.run(3) { MovingEcho(shard: $0, of: 3, observed, numbers: 5_000) }
        #expect(ending == .done)
        let rounds = observed.withLock { $0.rounds }
        for shard in 0..<3 {
            let numbers = try #require(rounds[shard])
            #expect(numbers.filter { $0 >= 0 } == Array(0..<5_000))
            #expect(numbers.filter { $0 < 0 } == (0..<5_000).map { -1 - $0 })
        }
    }

    @Test func `a group ends as its first failure did`() throws {
        let ending = try LoopGroup.run(3) { shard in
            OneWish(shard == 1 ? .finish(Ending(.failed, "that one")) : nil)
        }
        #expect(ending == Ending(.failed, "that one"))
    }

    @Test func `one loop is a loop`() throws {
        #expect(try LoopGroup.run(1) { _ in OneWish(.finish(.done)) } == .done)
    }

    @Test func `what loops say is said by one at a time`() throws {
        // The counter is not atomic: the thread sanitizer finds out, and so does the sum, most of the time.
        let lines = LineCount()
        let observer = Observer(log: { _, _ in lines.count += 1 })
        let ending = try LoopGroup.run(4, observer: observer) { _ in Talker() }
        #expect(ending.status == .done)
        #expect(lines.count == 8_000)
    }

    @Test func `this process may use at least one processor`() {
        #expect(Environment.usableProcessors >= 1)
    }
}

/// Changed by whoever logs; the group's lock is what makes that right, and what is tested.
private final class LineCount: @unchecked Sendable {
    var count = 0
}

/// Says much, then ends; ends at once when another one has.
private struct Talker: Program, ~Copyable {
    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        for _ in 0..<2_000 { wishes.log(.info, "a line") }
        wishes.finish()
    }
}

/// Wishes one thing at its start, and ends when it is asked to.
private struct OneWish: Program, ~Copyable {
    let wish: Wish?
    init(_ wish: Wish?) { self.wish = wish }
    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        if let wish { wishes.append(wish) }
    }
}

extension Program where Self: ~Copyable {
    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}
    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}
    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {}
    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {}
    mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {}
    mutating func writable(_ connection: ConnectionID) {}
    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {}
    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {}
    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.finish(Ending(.terminated)))
    }
    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        .never
    }
}
