// SPDX-License-Identifier: Apache-2.0

package import RTMPCore

/// What comes in on an outgoing connection.
extension Outgoing {
    /// What the next of these bytes mean; nil when all are used up.
    package mutating func nextOutcome(
        from input: Span<UInt8>, at position: inout Int, now: Instant, _ wishes: inout Wishes
    ) -> Outcome? {
        while case .open(_, let phase, _) = state, phase != .finishing {
            do {
                switch try session?.nextInPlace(from: input, at: &position) {
                case .media(let message, on: _):
                    return takesMediaInPlace ? .mediaInPlace(message) : .media(MediaPacket(message, in: input))
                case .event(let event):
                    if let outcome = try outcome(of: event, at: now, &wishes) { return outcome }
                case nil:
                    return nil
                }
            } catch let error as RTMPError {
                return down(.protocolError(error), at: now, &wishes)
            } catch {
                return down(.lost("\(error)"), at: now, &wishes)
            }
        }
        position = input.count
        return nil
    }

    private mutating func outcome(
        of event: ClientSession.Event, at now: Instant, _ wishes: inout Wishes
    ) throws(UsageError) -> Outcome? {
        switch event {
        case .connected(let result):
            connectResult = result
            switch purpose {
            case .publish: try session?.publish(url.name.value, kind: kind)
            case .play(let start): try session?.play(url.name.value, start: start)
            }
            enter(.request, at: now)
            return nil
        case .publishing(let stream), .playing(let stream):
            if streamID != nil { return nil }
            enter(.up(stream), at: now)
            hasServedHere = true
            return .up(stream)
        case .media(let packet, _):
            return .media(packet)
        case .reconnectRequested(let target):
            return move(to: target, at: now, &wishes)
        case .rejected(let status):
            if streamID == nil, let target = status.redirect, let moved = move(to: target, at: now, &wishes) {
                return moved
            }
            return down(.refused(status), at: now, &wishes)
        case .ended(let code):
            return .ended(code)
        case .streamEOF:
            return .paused
        case .closed:
            return closed(.endOfStream, at: now, &wishes)
        default:
            return nil
        }
    }

    private mutating func enter(_ phase: Phase, at now: Instant) {
        if case .open(let connection, _, _) = state { state = .open(connection, phase, since: now) }
    }
}
