// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// The home's side of a stream that is played on other shards too: each of them has a mirror of its log, which is sent
/// what the log gains when the stream's media is due, once per turn.
extension Relay {
    mutating func post(_ content: RelayNote.Content, to shard: Int) {
        postings.append(Posting(to: shard, RelayNote(content: content)))
    }

    mutating func told(_ note: RelayNote, by shard: Int, at now: Instant, _ wishes: inout Wishes) {
        switch note.content {
        case .subscribe(let name, let mirror): subscribe(mirror, of: shard, to: name, at: now, &wishes)
        case .unsubscribe(let name, let mirror): unsubscribe(mirror, of: shard, from: name, at: now, &wishes)
        case .began(let mirror): mirrorBegan(mirror, at: now)
        case .extended(let mirror, let news): mirrorExtended(mirror, by: news, &wishes)
        case .ended(let mirror): mirrorEnded(mirror, at: now, &wishes)
        case .claim(let target, let name): decide(target, for: name, of: shard, at: now, &wishes)
        case .decided(let target, let name, let holder):
            decided(target, for: name, holder: holder, at: now, &wishes)
        case .unclaim(let target): claims[target] = nil
        case .inquire(let name, let inquiry):
            let isLive = directory[name.path].map { streams[$0]?.isLive == true } ?? false
            post(.inquired(inquiry: inquiry, isLive: isLive), to: shard)
        case .inquired(let inquiry, let isLive): inquired(inquiry, isLive: isLive, at: now, &wishes)
        case .drained: drainedShards.insert(shard)
        case .handOver: break
        }
    }

    private mutating func subscribe(
        _ mirror: Int, of shard: Int, to name: StreamName, at now: Instant, _ wishes: inout Wishes
    ) {
        guard ending == nil else { return post(.ended(mirror: mirror), to: shard) }
        let stream = streamIndex(named: name, at: now)
        var subscriber = Subscriber(shard: shard, mirror: mirror, sent: streams[stream]?.log.head ?? 0)
        let from = streams[stream]?.log.joinPoint?.offset ?? subscriber.sent
        if streams[stream]?.isLive == true, let news = streams[stream]?.log.extended(since: from) {
            subscriber.sent = news.bytes.range.upperBound
            post(.extended(mirror: mirror, news), to: shard)
        }
        streams[stream]?.subscribers.append(subscriber)
        streams[stream]?.idleSince = nil
        pullIfNeeded(stream: stream, at: now, &wishes)
    }

    private mutating func unsubscribe(
        _ mirror: Int, of shard: Int, from name: StreamName, at now: Instant, _ wishes: inout Wishes
    ) {
        // After its end another stream may have the name; that one does not know the mirror.
        guard let stream = directory[name.path],
            let index = streams[stream]?.subscribers.firstIndex(where: { $0.shard == shard && $0.mirror == mirror })
        else { return }
        streams[stream]?.subscribers.remove(at: index)
        playerLeft(stream: stream, at: now, &wishes)
    }

    /// Tells all mirrors that the stream begins.
    func beginMirrors(of stream: Int) -> [Posting<RelayNote>] {
        (streams[stream]?.subscribers ?? []).map { subscriber in
            Posting(to: subscriber.shard, RelayNote(content: .began(mirror: subscriber.mirror)))
        }
    }

    /// Sends all mirrors of a stream what they lack.
    mutating func extendMirrors(of stream: Int) {
        guard streams[stream]?.subscribers.isEmpty == false, let head = streams[stream]?.log.head else { return }
        var news: (since: Int, LogExtension)?
        for index in streams[stream]?.subscribers.indices ?? 0..<0 {
            guard let subscriber = streams[stream]?.subscribers[index], subscriber.sent < head else { continue }
            if news?.since != subscriber.sent, let more = streams[stream]?.log.extended(since: subscriber.sent) {
                news = (subscriber.sent, more)
            }
            guard let news else { continue }
            streams[stream]?.subscribers[index].sent = head
            post(.extended(mirror: subscriber.mirror, news.1), to: subscriber.shard)
        }
    }

    /// Tells all mirrors that the stream is over, after the rest of it.
    mutating func endMirrors(of stream: Int) {
        extendMirrors(of: stream)
        for subscriber in streams[stream]?.subscribers ?? [] {
            post(.ended(mirror: subscriber.mirror), to: subscriber.shard)
        }
        streams[stream]?.subscribers = []
    }
}
