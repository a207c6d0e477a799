// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What is looked after once a second: silence in both directions, holds, limits.
extension Relay {
    static var sweepInterval: Duration { .seconds(1) }

    mutating func sweep(at now: Instant, _ wishes: inout Wishes) {
        nextSweep = now + Self.sweepInterval
        for slot in slots.indices { sweep(slot: slot, at: now, &wishes) }
        for stream in streams.indices where streams[stream] != nil { sweep(stream: stream, at: now, &wishes) }
        limitMemory(&wishes)
        shrinkTable()
    }

    /// The table of connections is as long as it once had to be: gives up what nobody uses any more.
    private mutating func shrinkTable() {
        while let last = slots.last, last == nil { slots.removeLast() }
        if slots.capacity > 256, slots.count < slots.capacity / 4 { slots = slots.map { $0 } }
    }

    private mutating func sweep(slot index: Int, at now: Instant, _ wishes: inout Wishes) {
        switch slots[index]?.due(at: now, configuration.limits) {
        case .close:
            closeAfterFlush(index)
        case .handshake(let age):
            expel(index, why: "no handshake in \(seconds(age))", at: now, &wishes)
        case .command(let age):
            expel(index, why: "no connect command in \(seconds(age))", at: now, &wishes)
        case .silence(let length):
            expel(index, why: "sent nothing for \(seconds(length))", at: now, &wishes)
        case .stall(let length):
            expel(index, why: "took nothing for \(seconds(length))", at: now, &wishes)
        case .ping(let id):
            slots[index]?.ping(at: now)
            collectOutput(of: id, &wishes)
        case .nothing, nil: break
        }
    }

    /// Drops a connection at once.
    private mutating func expel(_ slot: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard let id = slots[slot]?.id else { return }
        if slots[slot]?.publishes.isEmpty == true, slots[slot]?.plays.isEmpty == true {
            wishes.log(.info, "end \(described(slot)): \(why)")
        }
        leave(slot, why: why, at: now, &wishes)
        wishes.append(.abort(id))
        slots[slot] = nil
    }

    private mutating func sweep(stream index: Int, at now: Instant, _ wishes: inout Wishes) {
        if case .held(until: let until) = streams[index]?.source, until <= now {
            end(stream: index, why: "its publisher did not come back", at: now, &wishes)
        }
        sweepMirror(index, at: now)
        guard let idleSince = streams[index]?.idleSince, now - idleSince >= Self.pullIdle else { return }
        if let upstream = upstreams.firstIndex(where: { $0?.stream == index && $0?.isRoute == false }) {
            stop(upstream: upstream, at: now, &wishes)
        }
        streams[index]?.idleSince = nil
        releaseIfUnused(stream: index)
    }

    /// All logs together stay under their limit: the one that keeps most for somebody slow gives up first.
    private mutating func limitMemory(_ wishes: inout Wishes) {
        var total = memorySize
        while total > configuration.memoryLimit / configuration.shard.count {
            guard let largest = streams.indices.max(by: { memory(of: $0) < memory(of: $1) }) else { return }
            let before = memory(of: largest)
            skipEverybody(in: largest)
            let freed = before - memory(of: largest)
            guard freed > 0 else { return }
            wishes.log(.warning, "memory is short: \(name(of: largest)) gave up \(freed) bytes of its past")
            total -= freed
        }
    }

    private func memory(of stream: Int) -> Int { streams[stream]?.log.memorySize ?? 0 }

    /// Every reader of a stream who is behind waits for the next join point, and nothing of the past is kept.
    private mutating func skipEverybody(in stream: Int) {
        extendMirrors(of: stream)
        guard var players = streams[stream]?.players, let log = streams[stream]?.log else { return }
        for index in players.indices where players[index].readsLog && players[index].cursor < log.head {
            finishMessage(of: &players[index], slot: players[index].connection.index, log: log)
            players[index].lostFrom = log.entry(at: players[index].cursor)?.number ?? log.messageCount
            players[index].mode = .waiting(from: log.head)
        }
        streams[stream]?.players = players
        streams[stream]?.log.dropJoinPoint()
        streams[stream]?.log.trim(upTo: log.head)
    }
}
