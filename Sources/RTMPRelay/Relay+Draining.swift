// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Sending clients elsewhere: before the relay ends, or whenever its owner wants (E-RTMP v2, Reconnect Request).
extension Relay {
    /// Asks every client that announced to obey such requests to connect anew. They go when they like and are served
    /// until then; those that announced nothing are not asked.
    ///
    /// - Parameters:
    ///   - target: The URL up to the app, whole or relative. When it ends behind the host, every client keeps its own app.
    ///     Nil: the same URL as before.
    ///   - now: The present.
    ///   - wishes: Takes what the relay wishes for.
    /// - Returns: how many clients were asked.
    @discardableResult
    public mutating func requestReconnect(to target: String?, at now: Instant, _ wishes: inout Wishes) -> Int {
        var count = 0
        for slot in slots.indices {
            guard let id = slots[slot]?.id, let app = slots[slot]?.app,
                slots[slot]?.session?.canRequestReconnect == true
            else { continue }
            let url = target.map { Self.tcURL($0, keeping: app) }
            guard (try? slots[slot]?.session?.requestReconnect(to: url)) != nil else { continue }
            count += 1
            collectOutput(of: id, &wishes)
        }
        return count
    }

    /// Lets nobody in any more, and sends those on that can be sent. The relay ends when all are gone, or time is up.
    mutating func drain(to target: String, at now: Instant, _ wishes: inout Wishes) {
        drainsUntil = now + configuration.drainTime
        for index in configuration.listeners.indices { wishes.append(.stopListening(ListenerID(index))) }
        let asked = requestReconnect(to: target, at: now, &wishes)
        let inbound = slots.count { $0?.role == .inbound }
        guard inbound > 0 || configuration.shard.index == 0 else { return }
        wishes.log(
            .info,
            "asked \(asked) of \(inbound) clients to go on at \(target); the rest have \(seconds(configuration.drainTime))"
        )
    }

    /// Whether a relay that drains has nobody left to wait for, on none of its shards.
    mutating func isDrained(at now: Instant) -> Bool {
        if let drainsUntil, now >= drainsUntil { return true }
        if !slots.contains(where: { $0?.role == .inbound }), drainedShards.insert(configuration.shard.index).inserted {
            for shard in 0..<configuration.shard.count where shard != configuration.shard.index {
                post(.drained, to: shard)
            }
        }
        return drainedShards.count == configuration.shard.count
    }

    /// `target` with the client's own app behind it, if it has none.
    private static func tcURL(_ target: String, keeping app: String) -> String {
        var host = target[...]
        while host.last == "/" { host.removeLast() }
        guard let start = host.firstRange(of: "//")?.upperBound, !host[start...].contains("/") else { return target }
        return "\(host)/\(app)"
    }
}
