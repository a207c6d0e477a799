// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Peers that publish to us: who gets a name, and who loses it.
extension Relay {
    mutating func publish(
        _ request: ServerSession.RequestID, _ command: PublishCommand, on connection: ConnectionID, slot: Int,
        at now: Instant, _ wishes: inout Wishes
    ) {
        let name: StreamName
        do throws(StreamNameError) {
            name = try StreamName(app: slots[slot]?.app ?? "", name: command.name)
        } catch {
            return refuse(request, .publishBadName, "\(error)", on: slot, at: now, &wishes)
        }
        let home = configuration.shard.home(of: name)
        guard home == configuration.shard.index else {
            return handOver(slot, to: home, request, command, at: now, &wishes)
        }
        if isShortOfMemory {
            return refuse(request, .publishBadName, "no memory for another stream", on: slot, at: now, &wishes)
        }
        let stream = streamIndex(named: name, at: now)
        if let owner = owner(of: stream, at: now) {
            // Nobody takes a name from himself: his other message stream would go on under it.
            guard owner != connection, mayTakeOver(stream, at: now) else {
                return refuse(
                    request, .publishBadName, "\(name.path) is being published already", on: slot, at: now, &wishes)
            }
            evict(owner, from: stream, at: now, &wishes)
        } else if case .upstream = streams[stream]?.source {
            return refuse(
                request, .publishBadName, "\(name.path) is being pulled from elsewhere", on: slot, at: now, &wishes)
        }
        let isRecorded = configuration.recordDirectory != nil && command.kind != .live
        answer(slot) { session throws(UsageError) in
            try session.accept(request)
            if isRecorded { session.sendStatus(Status(.recordStart, "The stream is recorded."), on: command.stream) }
        }
        slots[slot]?.publishes.append(Slot.Use(messageStream: command.stream, stream: stream))
        wishes.append(.media(connection, isSource: true))
        wishes.log(.info, "publish \(described(slot)) \(name.path)")
        begin(stream: stream, from: .publisher(connection, command.stream), at: now, &wishes)
    }

    /// The connection that publishes a stream.
    private func owner(of stream: Int, at now: Instant) -> ConnectionID? {
        guard case .publisher(let connection, _) = streams[stream]?.source else { return nil }
        return connection
    }

    private func mayTakeOver(_ stream: Int, at now: Instant) -> Bool {
        switch configuration.takeover {
        case .always: true
        case .never: false
        case .stale: now - (streams[stream]?.lastMedia ?? now) >= Self.staleAfter
        }
    }

    /// Ends a publisher whose name another one takes. The stream goes on.
    private mutating func evict(
        _ connection: ConnectionID, from stream: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let slot = slot(of: connection),
            let index = slots[slot]?.publishes.firstIndex(where: { $0.stream == stream })
        else { return }
        guard let use = slots[slot]?.publishes.remove(at: index) else { return }
        wishes.log(.info, "end \(described(slot)) \(name(of: stream)): another publisher took the name")
        slots[slot]?.session?.endPublish(
            use.messageStream, status: Status(.publishBadName, "another publisher took the name"))
        leave(slot, why: "lost a name that it published under", at: now, &wishes)
        closeAfterFlush(slot)
    }
}
