// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

/// What a program was told, as values.
enum Fact: Hashable {
    case started
    case listening(ListenerID, SocketEndpoint)
    case listenFailed(ListenerID, String)
    case accepted(ConnectionID, SocketEndpoint)
    case connected(ConnectionID, ConnectAttempt, SocketEndpoint)
    case connectFailed(ConnectAttempt, String)
    case received(ConnectionID, [UInt8])
    case writable(ConnectionID)
    case closed(ConnectionID, CloseReason)
    case file(FileID, FileFact)
    case ran(RunID, RunResult)
    case interrupted(Interruption)
    case woken
}

/// State of a test's program, and what it does when it is told something.
final class Script {
    typealias Reaction = (Fact, Script, inout Wishes) -> Void

    let react: Reaction
    var facts: [Fact] = []
    var now = Instant(nanoseconds: 0)
    /// What waits to be sent.
    var outbox: [ConnectionID: BlockList] = [:]
    var sent: [ConnectionID: Int] = [:]
    /// Connections on which a send took less than it was offered.
    var blocked: Set<ConnectionID> = []
    /// When to react to `.woken`.
    var wake = Instant.never
    var serves = 0
    /// How long after it was served the program wants to hear nothing of media.
    var shut = Duration.zero
    /// Bytes that were told before that time was over.
    var tooEarly: [ConnectionID: Int] = [:]

    init(_ react: @escaping Reaction) { self.react = react }

    func send(_ bytes: [UInt8], on id: ConnectionID) { outbox[id, default: BlockList()].append(bytes.span) }

    /// Whether everything was taken by the link.
    func isSent(_ id: ConnectionID) -> Bool { outbox[id].map { sent[id, default: 0] == $0.end } ?? true }

    func received(_ id: ConnectionID) -> [UInt8] {
        facts.reduce(into: []) { all, fact in
            if case .received(id, let bytes) = fact { all += bytes }
        }
    }

    func count(_ isWanted: (Fact) -> Bool) -> Int { facts.count(where: isWanted) }
}

/// A program that does what its script says, and gives up after a while so that a failing test ends.
struct ScriptedProgram: Program, ~Copyable {
    let script: Script
    var limit = Instant.never
    var mediaOpens = Instant(nanoseconds: .min)

    private func tell(_ fact: Fact, _ wishes: inout Wishes) {
        script.facts.append(fact)
        script.react(fact, script, &wishes)
    }

    mutating func start(at now: Instant, _ wishes: inout Wishes) {
        limit = now + .seconds(30)
        script.now = now
        tell(.started, &wishes)
    }

    mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {
        tell(.listening(listener, address), &wishes)
    }

    mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {
        tell(.listenFailed(listener, reason), &wishes)
    }

    mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        tell(.accepted(connection, peer), &wishes)
    }

    mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        tell(.connected(connection, attempt, peer), &wishes)
    }

    mutating func connectFailed(_ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes) {
        script.now = now
        tell(.connectFailed(attempt, reason), &wishes)
    }

    mutating func received(_ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes) {
        if now < mediaOpens { script.tooEarly[connection, default: 0] += bytes.count }
        tell(.received(connection, bytes.withUnsafeBufferPointer { Array($0) }), &wishes)
    }

    mutating func writable(_ connection: ConnectionID) {
        script.blocked.remove(connection)
        var wishes = Wishes()
        tell(.writable(connection), &wishes)
        #expect(wishes.isEmpty, "a program cannot wish anything when it hears that a connection is writable")
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {
        tell(.closed(connection, reason), &wishes)
    }

    mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        tell(.file(file, fact), &wishes)
    }

    mutating func ran(_ run: RunID, _ result: RunResult, at now: Instant, _ wishes: inout Wishes) {
        tell(.ran(run, result), &wishes)
    }

    mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        tell(.interrupted(interruption), &wishes)
    }

    mutating func serve<L: Link & ~Copyable>(_ link: inout L, at now: Instant, _ wishes: inout Wishes) -> Instant {
        script.serves += 1
        script.now = now
        if now >= limit { wishes.append(.finish(Ending(.failed, "the test took too long"))) }
        if now >= script.wake {
            script.wake = .never
            tell(.woken, &wishes)
        }
        for (id, blocks) in script.outbox where !script.blocked.contains(id) {
            let start = script.sent[id, default: 0]
            guard start < blocks.end else { continue }
            let rest = blocks.end - start < 5_000 ? blocks.bytes(in: start..<blocks.end) : []
            let taken = rest.isEmpty ? link.send(id, blocks, start..<blocks.end) : link.send(id, rest.span)
            script.sent[id] = start + taken
            if taken < blocks.end - start { script.blocked.insert(id) }
        }
        mediaOpens = now + script.shut
        return min(limit, script.wake)
    }
}

/// Runs a script in a loop of its own, on this thread.
@discardableResult
func runScript(
    _ waiting: EventLoopOptions.Waiting = .best, observer: Observer = Observer(),
    configure: (inout EventLoopOptions) -> Void = { _ in }, _ react: @escaping Script.Reaction
) throws -> (ending: Ending, script: Script) {
    var options = EventLoopOptions()
    options.waiting = waiting
    configure(&options)
    let script = Script(react)
    var loop = try EventLoop(ScriptedProgram(script: script), observer: observer, options: options)
    return (loop.run(), script)
}

extension Ending {
    static let done = Ending(.done)
}

extension Wishes {
    mutating func finish() { append(.finish(.done)) }

    /// Listens on a free port of this machine only.
    mutating func listenLocally() { append(.listen(ListenerID(1), ListenAddress(host: "127.0.0.1", port: 0))) }

    mutating func connect(_ attempt: Int, to endpoint: SocketEndpoint) {
        append(
            .connect(
                ConnectAttempt(attempt), NetworkAddress(host: endpoint.address, port: endpoint.port),
                timeout: .seconds(10)))
    }
}

/// Bytes that differ from place to place.
func pattern(_ count: Int, seed: UInt8 = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) >> 3) &+ seed }
}
