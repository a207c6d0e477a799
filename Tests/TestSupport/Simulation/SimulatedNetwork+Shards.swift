// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Hosts whose program runs in several shards, as a group of loops does: connections are dealt to them in turn, and they
/// tell each other notes, which take their time.
extension SimulatedNetwork {
    /// Adds a host with a program of `count` shards, and starts them in the next turn. Only the first may listen.
    ///
    /// The host stands for its first shard where one program is meant, and for all of them elsewhere.
    @discardableResult
    public func add<P: Program & ~Copyable>(
        host name: String, conditions: Conditions? = nil, shards count: Int, _ program: (Int) -> P
    ) -> SimulatedHost {
        let first = add(host: name, conditions: conditions, program: program(0))
        for number in 1..<max(count, 1) {
            let shard = add(host: "\(name)/\(number)", conditions: conditions, program: program(number))
            shard.join(first)
        }
        return first
    }

    /// Starts new shards on a host whose program has ended, with the files that are there.
    public func restart<P: Program & ~Copyable>(_ host: SimulatedHost, _ program: (Int) -> P) {
        for (number, shard) in host.shards.enumerated() { restart(shard: shard, program: program(number)) }
    }

    /// Sends what a shard has for the others on its way.
    func deliver(_ postings: [AnyPosting], from host: SimulatedHost) {
        for posting in postings {
            precondition(host.shards.indices.contains(posting.shard), "\(host.name) posts to \(posting.shard)")
            let target = host.shards[posting.shard]
            precondition(target !== host, "\(host.name) posts to itself")
            let moved = posting.connection.flatMap { move($0, from: host, to: target) }
            if posting.connection != nil, moved == nil { continue }
            let earliest = target.lastNoteArrival[host.number, default: 0] + 1
            let time = max(now.nanoseconds + delay(.microseconds(1)..<noteLatency), earliest)
            target.lastNoteArrival[host.number] = time
            target.inbox[host.number, default: []].append((posting.note, moved))
            let incarnation = target.incarnation
            schedule(at: time, of: target) { [unowned self, unowned target] in
                guard target.incarnation == incarnation else { return }
                handNote(to: target, from: host.number)
            }
        }
    }

    /// The oldest note comes first, also after a pause.
    private func handNote(to host: SimulatedHost, from shard: Int) {
        guard let (note, moved) = host.inbox[shard]?.first else { return }
        host.inbox[shard]?.removeFirst()
        guard let moved else { return tellNow(host, .note(note, from: shard)) }
        // Its machine may have lost the connection on the way.
        guard let connection = connections[moved.connection], connection.sides[moved.side].isOpen,
            connection.sides[moved.side].isMoving
        else { return }
        connection.sides[moved.side].isMoving = false
        connection.pipes[moved.side].isBlocked = false
        tellNow(host, .adopted(connection.sides[moved.side].id, note, from: shard))
        scheduleDelivery(moved.connection, from: 1 - moved.side)
    }

    /// Takes a connection from one shard and gives it to another, which does not hear of it yet.
    private func move(
        _ id: ConnectionID, from host: SimulatedHost, to target: SimulatedHost
    ) -> (connection: Int, side: Int)? {
        guard let slot = host.slot(of: id), let index = slot.connection, let connection = connections[index] else {
            return nil
        }
        host.close(id)
        connection.sides[slot.side].host = target.index
        connection.sides[slot.side].id = target.open(index, side: slot.side)
        connection.sides[slot.side].isReadingPaused = false
        connection.sides[slot.side].isMoving = true
        guard target.isRunning else {
            finish(index, slot.side)
            return nil
        }
        return (index, slot.side)
    }

    /// One shard has ended: the others are asked to, and the host has ended when all have.
    func ended(_ shard: SimulatedHost, _ ending: Ending) {
        let whole = shard.whole
        whole.endings.append(ending)
        if whole.endings.count == 1 {
            for other in whole.shards where other.isRunning {
                tell(other, .interrupted(.terminate), at: now.nanoseconds)
            }
        }
        guard !whole.shards.contains(where: \.isRunning) else { return }
        let clean: [ExitStatus] = [.done, .interrupted, .terminated]
        whole.ending = whole.endings.first { !clean.contains($0.status) } ?? whole.endings.first
        whole.endedAt = now
    }
}

extension SimulatedHost {
    /// All shards of the host's program, itself first; itself alone when there is one.
    public var shards: [SimulatedHost] { whole.others.isEmpty ? [whole] : [whole] + whole.others }

    /// The host that this is a shard of.
    var whole: SimulatedHost { first ?? self }

    /// The next shard's turn to get a connection.
    func dealConnection() -> SimulatedHost {
        guard !others.isEmpty else { return self }
        for _ in shards {
            let shard = shards[dealt % shards.count]
            dealt += 1
            if shard.isRunning { return shard }
        }
        return self
    }

    /// Looks at the programs of all shards, in turn.
    public func withShards<P: Program & ~Copyable, Result>(
        _ type: P.Type, _ body: (inout P) throws -> Result
    ) rethrows -> [Result] {
        var results: [Result] = []
        for shard in shards { results.append(try shard.with(type, body)) }
        return results
    }
}

/// A ``RTMPCore/Posting`` of a program of any type.
struct AnyPosting {
    var shard: Int
    var note: any Sendable
    var connection: ConnectionID?
}
