// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Facts about connections that we made, for pushes and upstreams alike.
extension Relay {
    mutating func outgoingConnected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        if let index = pushes.firstIndex(where: { $0?.outgoing.attempt == attempt }) {
            add(connection, as: .push(index), to: peer, at: now)
            if let outcome = pushes[index]?.outgoing.connected(connection, at: now, &wishes) {
                handle(outcome, ofPush: index, at: now, &wishes)
            }
        } else if let index = upstreams.firstIndex(where: { $0?.outgoing.attempt == attempt }) {
            add(connection, as: .upstream(index), to: peer, at: now)
            if let outcome = upstreams[index]?.outgoing.connected(connection, at: now, &wishes) {
                handle(outcome, ofUpstream: index, at: now, &wishes)
            }
        } else {
            return wishes.append(.abort(connection))
        }
        collectOutput(of: connection, &wishes)
    }

    mutating func outgoingFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {
        if let index = pushes.firstIndex(where: { $0?.outgoing.attempt == attempt }) {
            guard let down = pushes[index]?.outgoing.connectFailed(reason: reason) else { return }
            handle(.down(down), ofPush: index, at: now, &wishes)
        } else if let index = upstreams.firstIndex(where: { $0?.outgoing.attempt == attempt }) {
            guard let down = upstreams[index]?.outgoing.connectFailed(reason: reason) else { return }
            handle(.down(down), ofUpstream: index, at: now, &wishes)
        }
    }

    /// Lets time pass for all connections that we make.
    /// - Returns: when it must be called again.
    mutating func serveOutgoing(at now: Instant, _ wishes: inout Wishes) -> Instant {
        var deadline = Instant.never
        for index in pushes.indices where pushes[index] != nil {
            if let outcome = pushes[index]?.outgoing.due(at: now, numbering: &nextAttempt, &wishes) {
                handle(outcome, ofPush: index, at: now, &wishes)
            }
            deadline = min(deadline, pushes[index]?.outgoing.deadline ?? .never)
        }
        for index in upstreams.indices where upstreams[index] != nil {
            if let outcome = upstreams[index]?.outgoing.due(at: now, numbering: &nextAttempt, &wishes) {
                handle(outcome, ofUpstream: index, at: now, &wishes)
            }
            deadline = min(deadline, upstreams[index]?.outgoing.deadline ?? .never)
        }
        return deadline
    }

    /// What a client session has to say becomes its connection's own bytes.
    mutating func collectOutgoing(_ slot: Int) {
        switch slots[slot]?.collectOutput() {
        case .push(let push):
            if let output = pushes[push]?.outgoing.takeOutput(), !output.isEmpty { slots[slot]?.enqueue(output) }
        case .upstream(let upstream):
            if let output = upstreams[upstream]?.outgoing.takeOutput(), !output.isEmpty {
                slots[slot]?.enqueue(output)
            }
        case .inbound, .free, nil:
            break
        }
    }

    /// A connection that is to end, and has sent everything, closes.
    mutating func closeIfFinished(_ slot: Int, at now: Instant, _ wishes: inout Wishes) {
        switch slots[slot]?.role {
        case .push(let push):
            if pushes[push]?.outgoing.closeIfFinished(&wishes) == true { removePush(push, at: now, &wishes) }
        case .upstream(let upstream):
            guard upstreams[upstream]?.outgoing.closeIfFinished(&wishes) == true else { return }
            upstreams[upstream] = nil
            slots[slot] = nil
        case .inbound:
            guard slots[slot]?.closesWhenFlushed == true, let id = slots[slot]?.id else { return }
            // Its players are taken out of their streams first, which have them in hand when this is called.
            guard slots[slot]?.plays.isEmpty == true, slots[slot]?.told.isEmpty == true else { return }
            wishes.append(.close(id))
            slots[slot] = nil
        case .free, nil:
            break
        }
    }
}
