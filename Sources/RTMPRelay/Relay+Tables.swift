// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Who is who: connections and streams by their numbers, and which of them are to be served.
extension Relay {
    /// Index of a connection that is still ours.
    func slot(of connection: ConnectionID) -> Int? {
        let index = connection.index
        guard index < slots.count, slots[index]?.id == connection else { return nil }
        return index
    }

    mutating func add(
        _ connection: ConnectionID, as role: Slot.Role, to peer: SocketEndpoint, session: ServerSession? = nil,
        at now: Instant
    ) {
        // Numbers are those of the whole relay: each shard leaves out those of the others.
        let number = connectionCount * configuration.shard.count + configuration.shard.index + 1
        connectionCount += 1
        add(Slot(id: connection, role: role, number: number, peer: peer, session: session, at: now))
    }

    mutating func add(_ slot: Slot) {
        while slots.count <= slot.id.index { slots.append(nil) }
        slots[slot.id.index] = slot
    }

    /// Moves what a session has to say to its connection, and holds back a peer that asks without listening.
    mutating func collectOutput(of connection: ConnectionID, _ wishes: inout Wishes) {
        guard let slot = slot(of: connection) else { return }
        collectOutgoing(slot)
        guard let count = slots[slot]?.waiting(), count > 0 else { return }
        markDirty(connection)
        if count > configuration.limits.unreadOutput, slots[slot]?.isReadingPaused == false {
            slots[slot]?.isReadingPaused = true
            wishes.append(.pauseReading(connection))
        }
    }

    mutating func markDirty(_ connection: ConnectionID) {
        guard let slot = slot(of: connection), slots[slot]?.becomesDirty() == true else { return }
        dirtyConnections.append(connection)
    }

    mutating func markDirty(stream: Int) {
        guard streams[stream]?.becomesDirty() == true else { return }
        dirtyStreams.append(stream)
    }
}
