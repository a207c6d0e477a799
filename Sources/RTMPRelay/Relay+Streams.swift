// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// The life of a stream: begun, lost, found again, ended.
extension Relay {
    /// A publisher that has sent nothing for so long may lose its name.
    static var staleAfter: Duration { .seconds(3) }

    /// The stream of that name, made if there is none.
    mutating func streamIndex(named name: StreamName, at now: Instant) -> Int {
        if let index = directory[name.path] { return index }
        let stream = LiveStream(name: name, at: now)
        let index: Int
        if let free = streams.firstIndex(where: { $0 == nil }) {
            index = free
            streams[free] = stream
        } else {
            index = streams.count
            streams.append(stream)
        }
        directory[name.path] = index
        return index
    }

    /// Somebody fills the stream from now on: for the first time, or again after it was lost.
    mutating func begin(stream: Int, from source: LiveStream.Source, at now: Instant, _ wishes: inout Wishes) {
        guard let old = streams[stream]?.source else { return }
        streams[stream]?.source = source
        streams[stream]?.lastMedia = now
        streams[stream]?.carriesSound = false
        streams[stream]?.isGathered = false
        streams[stream]?.log.beginSegment()
        guard old == .none else { return }
        streams[stream]?.since = now
        let head = streams[stream]?.log.head ?? 0
        for index in streams[stream]?.players.indices ?? 0..<0 { streams[stream]?.players[index].begin(at: head) }
        postings += beginMirrors(of: stream)
        startRecording(stream: stream, at: now, &wishes)
        startPushes(of: stream, at: now, &wishes)
    }

    /// The source's connection broke: players are held, and get nothing, until it comes back or the hold is over.
    mutating func lose(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard streams[stream]?.isLive == true else { return }
        switch configuration.hold {
        case .seconds(let seconds) where seconds <= 0:
            end(stream: stream, why: "its publisher's connection broke", at: now, &wishes)
        case .seconds(let seconds):
            streams[stream]?.source = .held(until: now + .seconds(seconds))
        case .forever:
            streams[stream]?.source = .held(until: .never)
        }
    }

    /// The stream is over: everybody is told once they have read the rest of it, and its name is free.
    mutating func end(stream: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard let live = streams[stream], live.source != .ended else { return }
        // Players that wait for a stream which never began may go on waiting.
        if live.source == .none, ending == nil { return }
        endMirrors(of: stream)
        if case .publisher(let connection, _) = live.source, let slot = slot(of: connection) {
            slots[slot]?.publishes.removeAll { $0.stream == stream }
        }
        directory[live.name.path] = nil
        streams[stream]?.source = .ended
        for index in live.players.indices { streams[stream]?.players[index].isEnding = true }
        finishRecording(stream: stream, why: why, at: now, &wishes)
        stopPushesWithoutPlayer(of: stream, at: now, &wishes)
        markDirty(stream: stream)
        releaseIfUnused(stream: stream)
    }

    /// A player is gone.
    mutating func playerLeft(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let live = streams[stream] else { return }
        if live.subscribers.isEmpty, live.players.allSatisfy({ $0.push != nil }) { streams[stream]?.idleSince = now }
        releaseIfUnused(stream: stream)
    }

    /// Frees a stream that nobody fills and nobody reads.
    mutating func releaseIfUnused(stream: Int) {
        guard let live = streams[stream], !live.isLive, live.players.isEmpty, live.subscribers.isEmpty,
            !hasPull(for: stream)
        else { return }
        forgetMirror(of: stream)
        if directory[live.name.path] == stream { directory[live.name.path] = nil }
        streams[stream] = nil
    }

    // Words for log lines

    func name(of stream: Int) -> String { streams[stream]?.name.path ?? "?" }

    func described(_ slot: Int) -> String {
        guard let slot = slots[slot] else { return "?" }
        return "#\(slot.number) \(slot.peer)"
    }

    /// A duration with one decimal: "12.3 s".
    func seconds(_ duration: Duration) -> String {
        let tenths = duration.wholeMilliseconds / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
