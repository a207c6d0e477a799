// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Hosts with programs, connections between them, and virtual time.
///
/// Runs the same programs as the real loop, under a seeded generator that delays, splits, stalls and breaks what a
/// network can. Equal seeds and equal calls give equal runs, see ``eventHash``; a failing seed is a test case.
///
/// ```swift
/// let network = SimulatedNetwork(seed: 7, faults: .rough)
/// let relay = network.add(host: "relay", program: Relay(configuration))
/// let player = network.add(host: "player", program: PlayProgram(toRelay))
/// #expect(network.runUntil { player.ending != nil })
/// ```
public final class SimulatedNetwork {
    /// What decides everything that happens by chance.
    public let seed: UInt64
    /// What goes wrong; may be changed at any time.
    public var faults: Faults
    /// How good the ways are, for hosts without conditions of their own.
    public var conditions = Conditions.local
    /// How long a note from one shard to another takes at most.
    public var noteLatency = Duration.microseconds(500)
    /// What time it is, on the clock of all hosts.
    public private(set) var now: Instant
    /// A hash over everything that was delivered, to whom and when.
    public private(set) var eventHash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Called after each turn: the place for invariants.
    public var afterTurn: (() -> Void)?

    var random: SeededGenerator
    var queue = EventQueue()
    private var actions: [Int: (host: SimulatedHost?, body: () -> Void)] = [:]
    private var nextAction = 0
    private(set) var hosts: [SimulatedHost] = []
    var connections: [SimulatedConnection?] = []
    private var dirty: [SimulatedHost] = []
    private var idleTurns = 0

    /// An empty network. The clock begins at `start`, by default at an hour.
    public init(seed: UInt64, faults: Faults = .none, start: Instant = Instant(nanoseconds: 3_600_000_000_000)) {
        self.seed = seed
        self.faults = faults
        now = start
        random = SeededGenerator(seed: seed)
    }

    // Hosts.

    /// Adds a host and starts its program in the next turn.
    @discardableResult
    public func add<P: Program & ~Copyable>(
        host name: String, conditions: Conditions? = nil, program: consuming P
    ) -> SimulatedHost {
        precondition(!hosts.contains { $0.name == name }, "two hosts named \(name)")
        let host = SimulatedHost(name: name, index: hosts.count, program: ProgramBox(program), conditions: conditions)
        hosts.append(host)
        boot(host)
        return host
    }

    /// Starts a new program on a host whose program has ended, with the files that are there.
    public func restart<P: Program & ~Copyable>(_ host: SimulatedHost, program: consuming P) {
        restart(shard: host, program: program)
    }

    func restart<P: Program & ~Copyable>(shard host: SimulatedHost, program: consuming P) {
        if host.isRunning { stop(host, how: .halfClose, dropsFileOperations: true) }
        host.program = ProgramBox(program)
        if host.isVanished { forgetConnections(of: host) }
        boot(host)
    }

    private func boot(_ host: SimulatedHost) {
        host.isRunning = true
        host.isVanished = false
        host.pausedUntil = 0
        host.ending = nil
        host.endings = []
        host.endedAt = nil
        tell(host, .start, at: now.nanoseconds)
    }

    /// Ends a program from outside, as SIGKILL does: what it sent still arrives, what it wanted to write to files does
    /// not. Peers see an end of stream.
    public func kill(_ host: SimulatedHost) {
        for shard in host.shards { stop(shard, how: .halfClose, dropsFileOperations: true) }
    }

    /// Takes a host off the network, as a power cut does: its peers hear nothing, not even an end.
    public func vanish(_ host: SimulatedHost) {
        for shard in host.shards {
            stop(shard, how: .vanish, dropsFileOperations: true)
            shard.isVanished = true
        }
    }

    /// Holds a program up: what happens to it meanwhile it learns afterwards.
    public func pause(_ host: SimulatedHost, for duration: Duration) {
        for shard in host.shards { shard.pausedUntil = (now + duration).nanoseconds }
    }

    /// Asks a program to end.
    public func interrupt(_ host: SimulatedHost, _ interruption: Interruption = .terminate) {
        for shard in host.shards { tell(shard, .interrupted(interruption), at: now.nanoseconds) }
    }

    /// Breaks all connections of a host, or those with `other` only.
    public func cutConnections(of host: SimulatedHost, with other: SimulatedHost? = nil, how: Cut = .reset) {
        for shard in host.shards {
            for (index, side) in connectionsOf(shard, with: other) { cut(index, how: how, from: side) }
        }
    }

    /// Lets nothing pass between a host and all others, or one other, for a while. What is sent meanwhile comes later.
    public func stallConnections(of host: SimulatedHost, with other: SimulatedHost? = nil, for duration: Duration) {
        for (index, _) in host.shards.flatMap({ connectionsOf($0, with: other) }) {
            guard let connection = connections[index] else { continue }
            for side in 0..<2 {
                connection.pipes[side].stall(until: (now + duration).nanoseconds)
                scheduleDelivery(index, from: side)
            }
        }
    }

    /// Does something when that much time has passed.
    public func after(_ duration: Duration, _ action: @escaping () -> Void) {
        schedule(at: (now + duration).nanoseconds, action)
    }

    // Running.

    /// Runs until that instant.
    public func run(until end: Instant) {
        while turn(limit: end.nanoseconds) {}
    }

    /// Runs for that long.
    public func run(for duration: Duration) { run(until: now + duration) }

    /// Runs until the condition holds, which is asked after each turn, but not longer than `limit`.
    /// - Returns: whether it holds.
    public func runUntil(within limit: Duration = .seconds(600), _ condition: () -> Bool) -> Bool {
        let end = (now + limit).nanoseconds
        while !condition() {
            guard turn(limit: end) else { return condition() }
        }
        return true
    }

    /// Everything that happens at the next instant at which something does.
    private func turn(limit: Int64) -> Bool {
        guard let next = queue.nextTime, next <= limit else {
            now.nanoseconds = max(now.nanoseconds, limit)
            return false
        }
        idleTurns = next == now.nanoseconds ? idleTurns + 1 : 0
        precondition(idleTurns < 100_000, "time stands still at \(now.nanoseconds) (seed \(seed))")
        now.nanoseconds = next
        while let event = queue.pop(dueAt: next) { perform(event) }
        serveDirtyHosts()
        afterTurn?()
        return true
    }

    private func perform(_ event: EventQueue.Event) {
        switch event {
        case .deliver(let connection, let side): deliver(connection, from: side)
        case .writable(let connection, let side): makeWritable(connection, side)
        case .timer(let index):
            let host = hosts[index]
            guard host.scheduledTimer == now.nanoseconds else { return }
            host.scheduledTimer = .max
            if host.deadline <= now.nanoseconds { wake(host) } else { scheduleTimer(host, at: host.deadline) }
        case .action(let number):
            guard let action = actions.removeValue(forKey: number) else { return }
            if let host = action.host, host.pausedUntil > now.nanoseconds {
                actions[number] = action
                queue.push(event, at: host.pausedUntil)
            } else {
                action.body()
            }
        }
    }

    private func serveDirtyHosts() {
        var waiting: [SimulatedHost] = []
        swap(&waiting, &dirty)
        for host in waiting {
            host.isDirty = false
            guard host.isRunning else { continue }
            if host.pausedUntil > now.nanoseconds {
                scheduleTimer(host, at: host.pausedUntil)
                host.deadline = 0
                continue
            }
            host.turns += 1
            var link = SimulatedLink(network: self, host: host)
            var wishes = Wishes()
            let deadline = host.program.serve(&link, at: now, &wishes)
            carryOut(wishes.take(), of: host)
            deliver(host.program.takePostings(), from: host)
            host.program.worked(from: now, to: now + host.whole.turnCost)
            // A program that wants to be served at once is served very soon, so that time goes on.
            host.deadline = max(deadline.nanoseconds, now.nanoseconds + 1_000)
            scheduleTimer(host, at: host.deadline)
        }
    }

    private func scheduleTimer(_ host: SimulatedHost, at time: Int64) {
        guard time < host.scheduledTimer else { return }
        host.scheduledTimer = time
        queue.push(.timer(host: host.index), at: time)
    }

    // For the other files of the simulation.

    func host(_ index: Int) -> SimulatedHost { hosts[index] }

    /// Marks a host to be served at the end of the turn.
    func wake(_ host: SimulatedHost) {
        guard !host.isDirty, host.isRunning else { return }
        host.isDirty = true
        dirty.append(host)
    }

    func schedule(at time: Int64, of host: SimulatedHost? = nil, _ body: @escaping () -> Void) {
        nextAction += 1
        actions[nextAction] = (host, body)
        queue.push(.action(nextAction), at: time)
    }

    /// Tells a program a fact at that time, if the same program still runs then.
    func tell(_ host: SimulatedHost, _ fact: Fact, at time: Int64) {
        let incarnation = host.incarnation
        schedule(at: time, of: host) { [unowned self, unowned host] in
            guard host.incarnation == incarnation else { return }
            tellNow(host, fact)
        }
    }

    /// Tells a program a fact and does what it wishes.
    func tellNow(_ host: SimulatedHost, _ fact: Fact) {
        guard host.isRunning else { return }
        var wishes = Wishes()
        mix(UInt64(host.index) << 8 | fact.number)
        host.program.tell(fact, at: now, &wishes)
        carryOut(wishes.take(), of: host)
        wake(host)
    }

    /// The host that a name or an address belongs to, seen from `host`.
    func find(_ name: String, from host: SimulatedHost) -> SimulatedHost? {
        if name == "localhost" || name == "127.0.0.1" || name == "::1" { return host.whole }
        return hosts.first { $0.name == name || $0.address == name }
    }

    func delay(_ range: Range<Duration>) -> Int64 {
        let low = range.lowerBound.wholeNanoseconds
        return low + Int64(random.integer(in: 0..<max(Int(range.upperBound.wholeNanoseconds - low), 1)))
    }

    /// Adds to the hash that something happened now.
    func mix(_ value: UInt64) {
        eventHash = (eventHash ^ UInt64(bitPattern: now.nanoseconds)) &* 0x100_0000_01B3
        eventHash = (eventHash ^ value) &* 0x9FB2_1C65_1E98_DF25
        eventHash ^= eventHash >> 29
    }
}

extension Fact {
    /// For the hash of events.
    fileprivate var number: UInt64 {
        switch self {
        case .start: 1
        case .listening: 2
        case .listenFailed: 3
        case .accepted(let id, _, _): 4 | id.rawValue << 16
        case .connected(let id, _, _): 5 | id.rawValue << 16
        case .connectFailed: 6
        case .writable(let id): 7 | id.rawValue << 16
        case .closed(let id, .endOfStream): 8 | id.rawValue << 16
        case .closed(let id, .failed): 9 | id.rawValue << 16
        case .file(let id, _): 10 | UInt64(truncatingIfNeeded: id.rawValue) << 16
        case .interrupted: 11
        case .note: 12
        case .adopted(let id, _, from: _): 13 | id.rawValue << 16
        case .ran(let run, _): 14 | UInt64(truncatingIfNeeded: run.rawValue) << 16
        }
    }
}
