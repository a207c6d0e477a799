// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What is looked after once a second: silence in both directions, holds, limits.
extension Relay {
    static var sweepInterval: Duration { .seconds(1) }

    mutating func sweep(at now: Instant, _ wishes: inout Wishes) {
        nextSweep = now + Self.sweepInterval
        for slot in slots.indices { sweep(slot: slot, at: now, &wishes) }
        for stream in streams.indices where streams[stream] != nil { sweep(stream: stream, at: now, &wishes) }
        limitMemory(at: now, &wishes)
        sweepRecordings(at: now, &wishes)
        shrinkTable()
    }

    /// The table of connections is as long as it once had to be: gives up most of it when little is used. A number that
    /// some player still has must never lie beyond its end.
    private mutating func shrinkTable() {
        guard slots.capacity > 64 else { return }
        var count = (slots.lastIndex { $0 != nil } ?? -1) + 1
        guard count < slots.capacity / 4 else { return }
        for stream in streams {
            for player in stream?.players ?? [] { count = max(count, player.connection.index + 1) }
        }
        if count < slots.capacity / 4 { slots = slots.prefix(count).map { $0 } }
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
    mutating func expel(_ slot: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard let id = slots[slot]?.id else { return }
        if slots[slot]?.publishes.isEmpty == true, slots[slot]?.plays.isEmpty == true,
            slots[slot]?.playbacks.isEmpty == true
        {
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
        limitCopies(of: index, at: now, &wishes)
        guard let idleSince = streams[index]?.idleSince, now - idleSince >= Self.pullIdle else { return }
        if let upstream = upstreams.firstIndex(where: { $0?.stream == index && $0?.isRoute == false }) {
            stop(upstream: upstream, at: now, &wishes)
        }
        streams[index]?.idleSince = nil
        releaseIfUnused(stream: index)
    }
}
