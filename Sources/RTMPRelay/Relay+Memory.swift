// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What peers can make the relay keep, and who gives up what when it is too much.
extension Relay {
    /// Memory that logs hold, and what is kept for single connections: bytes they have not taken, messages they have not
    /// finished.
    public var memorySize: Int {
        streams.reduce(0) { $0 + ($1?.log.memorySize ?? 0) } + slots.reduce(0) { $0 + ($1?.memorySize ?? 0) }
            + playbacks.values.reduce(0) { $0 + $1.memorySize }
    }

    /// All that is kept stays under its limit, of which every shard has its part: whoever makes the relay keep most gives up first, a stream its past, a
    /// peer its connection. When nobody is left who could, nobody begins to publish.
    mutating func limitMemory(at now: Instant, _ wishes: inout Wishes) {
        isShortOfMemory = false
        var total = 0
        for index in streams.indices { total += streams[index]?.memorySize() ?? 0 }
        for index in slots.indices { total += slots[index]?.held() ?? 0 }
        for playback in playbacks.values { total += playback.memorySize }
        while total > configuration.memoryLimit / configuration.shard.count {
            let freed = freeLog(&wishes) ?? freeConnection(at: now, &wishes)
            guard let freed else {
                isShortOfMemory = true
                return
            }
            total -= freed
        }
    }

    /// The largest log gives up what it keeps for those who are slow or join, unless a connection holds more.
    private mutating func freeLog(_ wishes: inout Wishes) -> Int? {
        var largest = 0
        if let slot = largestConnection { largest = memory(ofSlot: slot) }
        guard let stream = streams.indices.max(by: { memory(of: $0) < memory(of: $1) }), memory(of: stream) >= largest
        else { return nil }
        let before = memorySize
        skipEverybody(in: stream)
        let freed = before - memorySize
        guard freed > 0 else { return nil }
        wishes.log(.warning, "memory is short: \(name(of: stream)) gave up \(freed) bytes of its past")
        return freed
    }

    private mutating func freeConnection(at now: Instant, _ wishes: inout Wishes) -> Int? {
        guard let slot = largestConnection, memory(ofSlot: slot) > configuration.limits.unreadOutput else { return nil }
        let freed = memory(ofSlot: slot)
        expel(slot, why: "held \(freed) bytes when memory was short", at: now, &wishes)
        return freed
    }

    /// What players of one stream have not taken of messages that were copied for them counts towards its log's limit.
    mutating func limitCopies(of stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let players = streams[stream]?.players, let log = streams[stream]?.memorySize() else { return }
        var copies = 0
        for player in players where player.push == nil { copies += slots[player.connection.index]?.held() ?? 0 }
        guard copies + log > configuration.logLimit else { return }
        let inbound = players.filter { $0.push == nil }.map(\.connection.index)
        for slot in inbound.sorted(by: { memory(ofSlot: $0) > memory(ofSlot: $1) }) {
            let size = memory(ofSlot: slot)
            // What every connection may hold is not copied from a log.
            guard copies + log > configuration.logLimit, size > 2 * configuration.limits.unreadOutput else { return }
            expel(slot, why: "held \(size) bytes of messages that it did not take", at: now, &wishes)
            copies -= size
        }
    }

    /// The peer for whom most is kept. Hosts that the relay connects to were chosen by its owner.
    private var largestConnection: Int? {
        slots.indices.filter { slots[$0]?.role == .inbound }.max { memory(ofSlot: $0) < memory(ofSlot: $1) }
    }

    private func memory(ofSlot slot: Int) -> Int { slots[slot]?.memorySize ?? 0 }

    private func memory(of stream: Int) -> Int { streams[stream]?.log.memorySize ?? 0 }

    /// Every reader of a stream who is behind waits for the next join point, and nothing of the past is kept.
    private mutating func skipEverybody(in stream: Int) {
        extendMirrors(of: stream)
        guard var players = streams[stream]?.players, let head = streams[stream]?.log.head else { return }
        for index in players.indices where players[index].readsLog && players[index].cursor < head {
            guard let log = streams[stream]?.log else { return }
            finishMessage(of: &players[index], slot: players[index].connection.index, log: log)
            players[index].lostFrom = log.entry(at: players[index].cursor)?.number ?? log.messageCount
            players[index].mode = .waiting(from: head)
        }
        streams[stream]?.players = players
        streams[stream]?.log.dropJoinPoint()
        streams[stream]?.log.trim(upTo: head)
    }
}
