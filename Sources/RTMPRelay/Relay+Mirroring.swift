// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// The other side: a stream that is at home on another shard, and has players here. Its log is filled by notes; joining,
/// serving and skipping do not know the difference.
extension Relay {
    /// How long a mirror without players goes on, so that one who comes soon after joins at once.
    private static var mirrorIdle: Duration { .seconds(2) }

    /// The stream of that name as it can be played here: itself, or its mirror.
    mutating func streamToPlay(named name: StreamName, at now: Instant) -> Int {
        let home = configuration.shard.home(of: name)
        guard home != configuration.shard.index, directory[name.path] == nil else {
            return streamIndex(named: name, at: now)
        }
        let stream = streamIndex(named: name, at: now)
        nextMirror += 1
        mirrors[nextMirror] = stream
        streams[stream]?.mirror = Mirror(number: nextMirror, home: home)
        post(.subscribe(name, mirror: nextMirror), to: home)
        return stream
    }

    /// The stream begins: those who waited for it get everything.
    mutating func mirrorBegan(_ mirror: Int, at now: Instant) {
        guard let stream = mirrors[mirror] else { return }
        streams[stream]?.source = .mirror
        streams[stream]?.since = now
        let head = streams[stream]?.log.head ?? 0
        for index in streams[stream]?.players.indices ?? 0..<0 { streams[stream]?.players[index].begin(at: head) }
    }

    /// What came is sent at once: it has waited at home for as long as media may be gathered.
    mutating func mirrorExtended(_ mirror: Int, by news: LogExtension, _ wishes: inout Wishes) {
        guard let stream = mirrors[mirror] else { return }
        streams[stream]?.log.extend(by: news)
        if streams[stream]?.source == LiveStream.Source.none {
            streams[stream]?.source = .mirror
            if !configuration.hasGOPCache { waitForNextKeyframe(in: stream) }
            logCodecsNotTaken(in: stream, &wishes)
        }
        streams[stream]?.isMediaDue = true
        markDirty(stream: stream)
    }

    /// Players came before it was known where the stream is, and are to begin behind that place.
    private mutating func waitForNextKeyframe(in stream: Int) {
        guard let head = streams[stream]?.log.head else { return }
        for index in streams[stream]?.players.indices ?? 0..<0 {
            guard case .waiting = streams[stream]?.players[index].mode else { continue }
            streams[stream]?.players[index].mode = .waiting(from: head)
        }
    }

    /// Of those who came before it was known what is in the stream.
    private func logCodecsNotTaken(in stream: Int, _ wishes: inout Wishes) {
        for player in streams[stream]?.players ?? [] {
            let lacks = codecsNotTaken(by: player.connection.index, in: stream)
            guard !lacks.isEmpty else { continue }
            let who = described(player.connection.index)
            wishes.log(
                .info, "play \(who) \(name(of: stream)): it announces no \(lacks.joined(separator: ", "))")
        }
    }

    mutating func mirrorEnded(_ mirror: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let stream = mirrors.removeValue(forKey: mirror) else { return }
        streams[stream]?.mirror = nil
        end(stream: stream, why: "it ended at home", at: now, &wishes)
    }

    /// Nobody plays the mirror any more, or it is over: its home need not send anything.
    mutating func forgetMirror(of stream: Int) {
        guard let mirror = streams[stream]?.mirror, let name = streams[stream]?.name else { return }
        mirrors[mirror.number] = nil
        streams[stream]?.mirror = nil
        post(.unsubscribe(name, mirror: mirror.number), to: mirror.home)
    }

    /// Gives up a mirror that nobody has played for a while.
    mutating func sweepMirror(_ stream: Int, at now: Instant) {
        guard streams[stream]?.mirror != nil, streams[stream]?.players.isEmpty == true,
            let idleSince = streams[stream]?.idleSince, now - idleSince >= Self.mirrorIdle
        else { return }
        forgetMirror(of: stream)
        streams[stream]?.source = .none
        releaseIfUnused(stream: stream)
    }
}
