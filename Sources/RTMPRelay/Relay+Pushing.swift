// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Streams of ours that go to other hosts, each with its own connection, cursor and backoff.
extension Relay {
    /// Begins all pushes that a new stream asks for.
    mutating func startPushes(of stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let name = streams[stream]?.name else { return }
        for rule in configuration.pushes where name.isWithin(app: rule.path) {
            startPush(of: stream, named: name, to: rule.url, at: now, &wishes)
        }
        for route in configuration.routes where routeName(route)?.path == name.path {
            for destination in route.destinations {
                startPush(of: stream, named: name, to: destination, at: now, &wishes)
            }
        }
    }

    private mutating func startPush(
        of stream: Int, named name: StreamName, to target: RTMPURL, at now: Instant, _ wishes: inout Wishes
    ) {
        if target.forStream(named: name) == target { return claim(target, for: name, at: now, &wishes) }
        addPush(of: stream, named: name, to: target, holdsTarget: false, at: now, &wishes)
    }

    mutating func addPush(
        of stream: Int, named name: StreamName, to target: RTMPURL, holdsTarget: Bool, at now: Instant,
        _ wishes: inout Wishes
    ) {
        let url = target.forStream(named: name)
        let outgoing = Outgoing(url, .publish, session: clientConfiguration(.publish), seed: random.next())
        let push = Push(outgoing: outgoing, stream: stream, target: target, holdsTarget: holdsTarget, since: now)
        let index = pushes.firstIndex { $0 == nil } ?? pushes.count
        if index == pushes.count { pushes.append(push) } else { pushes[index] = push }
        nextAttempt += 1
        pushes[index]?.outgoing.open(ConnectAttempt(nextAttempt), &wishes)
    }

    func clientConfiguration(_ purpose: ClientSession.Purpose) -> ClientSession.Configuration {
        var session = ClientSession.Configuration(purpose: purpose)
        session.chunkSize = StreamLog.chunkSize
        session.limits = configuration.limits
        return session
    }

    mutating func receivedPush(_ push: Int, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes) {
        var position = 0
        while let outcome = pushes[push]?.outgoing.nextOutcome(from: bytes, at: &position, now: now, &wishes) {
            handle(outcome, ofPush: push, at: now, &wishes)
        }
    }

    mutating func closedPush(_ push: Int, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes) {
        if let outcome = pushes[push]?.outgoing.closed(reason, at: now, &wishes) {
            handle(outcome, ofPush: push, at: now, &wishes)
        } else {
            removePush(push, at: now, &wishes)
        }
    }

    mutating func handle(_ outcome: Outgoing.Outcome, ofPush push: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let stream = pushes[push]?.stream, let url = pushes[push]?.outgoing.url else { return }
        switch outcome {
        case .up(let messageStream):
            guard let connection = pushes[push]?.outgoing.connection else { return }
            var player = Player(connection: connection, messageStream: messageStream, push: push, since: now)
            player.isEnding = streams[stream]?.source == .ended
            streams[stream]?.players.append(player)
            pushes[push]?.playing = stream
            pushes[push]?.since = now
            wishes.append(.media(connection, isSource: false))
            wishes.log(.info, "push up \(name(of: stream)) to \(url)")
            markDirty(stream: stream)
        case .down(let reason):
            let skipped = leavePlayer(ofPush: push, at: now)
            forgetConnection(ofPush: push)
            if pushes[push]?.isEnding == true { return removePush(push, at: now, &wishes) }
            let next = pushes[push]?.outgoing.retry(at: now) ?? now
            let note = skipped > 0 ? "; \(skipped) messages skipped" : ""
            wishes.log(
                .warning,
                "push down \(name(of: stream)): \(reason.sentence(.publish, url))\(note); next attempt in \(seconds(next - now))"
            )
        case .moved:
            let skipped = leavePlayer(ofPush: push, at: now)
            forgetConnection(ofPush: push)
            let note = skipped > 0 ? "; \(skipped) messages skipped" : ""
            wishes.log(.info, "push moves \(name(of: stream)) to \(url)\(note)")
        case .media, .mediaInPlace, .ended, .paused:
            break
        }
    }

    /// Everything of an ended stream was sent: unpublish, and close once that has left too.
    mutating func finish(push: Int, skipped: Int = 0, at now: Instant, _ wishes: inout Wishes) {
        pushes[push]?.isEnding = true
        pushes[push]?.playing = nil
        unclaim(push: push, at: now, &wishes)
        pushes[push]?.outgoing.finish(at: now, &wishes)
        if let stream = pushes[push]?.stream, let url = pushes[push]?.outgoing.url {
            let note = skipped > 0 ? "; \(skipped) messages skipped" : ""
            wishes.log(.info, "push end \(name(of: stream)) to \(url)\(note)")
        }
        if pushes[push]?.outgoing.isStopped == true { return removePush(push, at: now, &wishes) }
        if let connection = pushes[push]?.outgoing.connection { collectOutput(of: connection, &wishes) }
    }

    /// Pushes of an ended stream that are not connected have nothing left to do.
    mutating func stopPushesWithoutPlayer(of stream: Int, at now: Instant, _ wishes: inout Wishes) {
        for index in pushes.indices where pushes[index]?.stream == stream && pushes[index]?.playing == nil {
            finish(push: index, at: now, &wishes)
        }
    }

    func hasPush(of stream: Int) -> Bool { pushes.contains { $0?.stream == stream } }

    private mutating func leavePlayer(ofPush push: Int, at now: Instant) -> Int {
        guard let stream = pushes[push]?.playing,
            let index = streams[stream]?.players.firstIndex(where: { $0.push == push }),
            let player = streams[stream]?.players.remove(at: index)
        else { return 0 }
        pushes[push]?.playing = nil
        return player.skipped
    }

    private mutating func forgetConnection(ofPush push: Int) {
        for index in slots.indices where slots[index]?.role == .push(push) { slots[index] = nil }
    }

    mutating func removePush(_ push: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let stream = pushes[push]?.stream else { return }
        unclaim(push: push, at: now, &wishes)
        _ = leavePlayer(ofPush: push, at: now)
        forgetConnection(ofPush: push)
        pushes[push] = nil
        releaseIfUnused(stream: stream)
    }
}

extension RTMPURL {
    /// This URL for one stream: an app alone gets the stream's name, and `{name}` in the name is replaced by it.
    func forStream(named name: StreamName) -> RTMPURL {
        var url = self
        if url.name.isEmpty {
            url.name = StreamKey(name.name)
        } else if let mark = url.name.value.firstRange(of: "{name}") {
            url.name.value.replaceSubrange(mark, with: name.name)
        }
        return url
    }
}
