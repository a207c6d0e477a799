// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What peers can make the relay keep, and who gives up what when it is too much.
extension Relay {
    /// Memory that logs hold, and what is kept for single connections: bytes they have not taken, messages they have not
    /// finished. Mutating, because asking a connection where it lies costs nothing, and copying it out does.
    public var memorySize: Int {
        mutating get {
            var total = 0
            for index in streams.indices { total += memory(ofStream: index) }
            for index in slots.indices { total += memory(ofSlot: index) }
            for playback in playbacks.values { total += playback.memorySize }
            return total
        }
    }

    /// All that is kept stays under its limit, of which every shard has its part: whoever makes the relay keep most
    /// gives up first, a stream its past, a peer its connection. When nobody is left who could, nobody begins to
    /// publish.
    mutating func limitMemory(at now: Instant, _ wishes: inout Wishes) {
        isShortOfMemory = false
        var total = memorySize
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
        let largest = largestConnection?.size ?? 0
        var found: (stream: Int, size: Int)?
        for index in streams.indices where streams[index] != nil {
            let size = memory(ofStream: index)
            if size >= found?.size ?? largest { found = (index, size) }
        }
        guard let stream = found?.stream else { return nil }
        let before = memorySize
        skipEverybody(in: stream)
        let freed = before - memorySize
        guard freed > 0 else { return nil }
        wishes.log(.warning, "memory is short: \(name(of: stream)) gave up \(freed) bytes of its past")
        return freed
    }

    private mutating func freeConnection(at now: Instant, _ wishes: inout Wishes) -> Int? {
        guard let (slot, size) = largestConnection, size > configuration.limits.unreadOutput else { return nil }
        expel(slot, why: "held \(size) bytes when memory was short", at: now, &wishes)
        return size
    }

    /// What players of one stream have not taken of messages that were copied for them counts towards its log's limit.
    mutating func limitCopies(of stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let players = streams[stream]?.players else { return }
        let log = memory(ofStream: stream)
        var copies = 0
        for player in players where player.push == nil { copies += memory(ofSlot: player.connection.index) }
        guard copies + log > configuration.logLimit else { return }
        var inbound: [(slot: Int, size: Int)] = []
        for player in players where player.push == nil {
            inbound.append((player.connection.index, memory(ofSlot: player.connection.index)))
        }
        for (slot, size) in inbound.sorted(by: { $0.size > $1.size }) {
            // What every connection may hold is not copied from a log.
            guard copies + log > configuration.logLimit, size > 2 * configuration.limits.unreadOutput else { return }
            expel(slot, why: "held \(size) bytes of messages that it did not take", at: now, &wishes)
            copies -= size
        }
    }

    /// The peer for whom most is kept. Hosts that the relay connects to were chosen by its owner.
    private var largestConnection: (slot: Int, size: Int)? {
        mutating get {
            var largest: (slot: Int, size: Int)?
            for index in slots.indices where slots[index]?.role == .inbound {
                let size = memory(ofSlot: index)
                if size >= largest?.size ?? 0 { largest = (index, size) }
            }
            return largest
        }
    }

    private mutating func memory(ofSlot slot: Int) -> Int { slots[slot]?.held() ?? 0 }

    private mutating func memory(ofStream stream: Int) -> Int { streams[stream]?.memorySize() ?? 0 }

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
