// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// How the relay ends: streams first, then the connections, then itself.
extension Relay {
    /// Ends every stream properly, then itself. Asked to terminate, it first sends its clients elsewhere, when it knows
    /// where.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        guard ending == nil else { return }
        if interruption == .terminate, drainsUntil == nil, let target = configuration.reconnectTarget {
            return drain(to: target, at: now, &wishes)
        }
        drainsUntil = nil
        ending = Ending(interruption == .interrupt ? .interrupted : .terminated)
        endsAt = now + .seconds(3)
        for index in configuration.listeners.indices { wishes.append(.stopListening(ListenerID(index))) }
        for index in streams.indices { end(stream: index, why: "the relay stops", at: now, &wishes) }
        for index in upstreams.indices { stop(upstream: index, at: now, &wishes) }
        for slot in slots.indices where slots[slot]?.playbacks.isEmpty == false {
            endPlaybacks(of: slot, why: "was told that the relay stops", at: now, &wishes)
        }
        for slot in slots.indices where slots[slot]?.role == .inbound && slots[slot]?.plays.isEmpty == true {
            slots[slot]?.closesWhenFlushed = true
            if let id = slots[slot]?.id { markDirty(id) }
        }
    }

    /// Whether nothing is left to send or to close.
    var isIdle: Bool {
        hasClosedRecordings && slots.allSatisfy { $0 == nil }
    }
}
