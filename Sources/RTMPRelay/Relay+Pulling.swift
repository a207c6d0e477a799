// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Streams that come from other hosts: routes always, pulls while somebody plays them.
extension Relay {
    /// How long a pull goes on without players.
    static var pullIdle: Duration { .seconds(10) }

    mutating func startRoutes(at now: Instant, _ wishes: inout Wishes) {
        for route in configuration.routes {
            guard let name = routeName(route) else {
                wishes.append(.finish(Ending(.usage, "\(route.source) names no stream")))
                return
            }
            guard configuration.shard.home(of: name) == configuration.shard.index else { continue }
            startUpstream(name: name, from: route.source, isRoute: true, at: now, &wishes)
        }
    }

    /// The stream that a route carries.
    func routeName(_ route: RelayConfiguration.Route) -> StreamName? {
        guard !route.source.name.isEmpty else { return nil }
        return try? StreamName(app: route.source.app, name: route.source.name.value)
    }

    /// A player wants a stream that nobody fills.
    mutating func pullIfNeeded(stream: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let live = streams[stream], live.source == .none, live.mirror == nil, !hasPull(for: stream),
            let rule = configuration.pulls.first(where: { live.name.isWithin(app: $0.path) })
        else { return }
        // One that still tries to get the stream of that name which ended meanwhile, for want of a source.
        if let upstream = upstreams.firstIndex(where: {
            $0?.isRoute == false && $0?.stream != nil && $0?.name == live.name
        }) {
            let ended = upstreams[upstream]?.stream
            upstreams[upstream]?.stream = stream
            if let ended { releaseIfUnused(stream: ended) }
            return
        }
        let url = rule.url.forStream(named: live.name)
        startUpstream(name: live.name, from: url, isRoute: false, at: now, &wishes)
    }

    func hasPull(for stream: Int) -> Bool {
        upstreams.contains { $0?.stream == stream && $0?.isRoute == false }
    }

    private mutating func startUpstream(
        name: StreamName, from url: RTMPURL, isRoute: Bool, at now: Instant, _ wishes: inout Wishes
    ) {
        var outgoing = Outgoing(
            url, .play(start: PlayCommand.anyStart), session: clientConfiguration(.play), seed: random.next())
        // A stream that is not published yet is waited for.
        outgoing.timeouts.answer = nil
        outgoing.takesMediaInPlace = true
        var upstream = Upstream(outgoing: outgoing, name: name, isRoute: isRoute)
        if !isRoute { upstream.stream = directory[name.path] }
        let index = upstreams.firstIndex { $0 == nil } ?? upstreams.count
        if index == upstreams.count { upstreams.append(upstream) } else { upstreams[index] = upstream }
        nextAttempt += 1
        upstreams[index]?.outgoing.open(ConnectAttempt(nextAttempt), &wishes)
    }

    mutating func receivedUpstream(_ upstream: Int, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes) {
        var position = 0
        while let outcome = upstreams[upstream]?.outgoing.nextOutcome(from: bytes, at: &position, now: now, &wishes) {
            if case .mediaInPlace(let message) = outcome {
                guard let stream = fill(from: upstream, at: now, &wishes) else { continue }
                ingest(message, in: bytes, into: stream, at: now)
            } else {
                handle(outcome, ofUpstream: upstream, at: now, &wishes)
            }
        }
    }

    mutating func closedUpstream(_ upstream: Int, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes) {
        if let outcome = upstreams[upstream]?.outgoing.closed(reason, at: now, &wishes) {
            handle(outcome, ofUpstream: upstream, at: now, &wishes)
        } else if upstreams[upstream]?.outgoing.isStopped == true {
            upstreams[upstream] = nil
        }
    }

    mutating func handle(
        _ outcome: Outgoing.Outcome, ofUpstream index: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        guard let upstream = upstreams[index] else { return }
        let url = upstream.outgoing.url
        switch outcome {
        case .up:
            wishes.log(.info, "pull up \(upstream.name.path) from \(url)")
            upstreams[index]?.isPaused = false
            if let connection = upstream.outgoing.connection { wishes.append(.media(connection, isSource: true)) }
        case .media(let packet):
            guard let stream = fill(from: index, at: now, &wishes) else { return }
            ingest(packet, into: stream, at: now)
        case .mediaInPlace:
            break  // Dealt with where its bytes are.
        case .paused:
            upstreams[index]?.isPaused = true
            if let stream = filledStream(of: index) { lose(stream: stream, at: now, &wishes) }
        case .ended:
            if let stream = filledStream(of: index) {
                end(stream: stream, why: "its source ended it", at: now, &wishes)
            }
            again(index, why: "\(upstream.name.path) ended at \(url)", at: now, &wishes)
        case .moved:
            if let stream = filledStream(of: index) { lose(stream: stream, at: now, &wishes) }
            if isWanted(index) { wishes.log(.info, "pull moves \(upstream.name.path) to \(url)") }
        case .down(let reason):
            if let stream = filledStream(of: index) { lose(stream: stream, at: now, &wishes) }
            again(index, why: reason.sentence(upstream.outgoing.purpose, url), at: now, &wishes)
        }
    }

    /// The stream that an upstream fills, begun or taken up again with the first message.
    private mutating func fill(from index: Int, at now: Instant, _ wishes: inout Wishes) -> Int? {
        if let stream = filledStream(of: index) { return stream }
        guard let name = upstreams[index]?.name else { return nil }
        let stream = streamIndex(named: name, at: now)
        // A publisher that came in the meantime keeps the name.
        if case .publisher = streams[stream]?.source { return nil }
        // So does another upstream.
        if case .upstream(let other) = streams[stream]?.source, upstreams[other] != nil { return nil }
        upstreams[index]?.stream = stream
        upstreams[index]?.isPaused = false
        begin(stream: stream, from: .upstream(index), at: now, &wishes)
        return stream
    }

    private func filledStream(of index: Int) -> Int? {
        guard let stream = upstreams[index]?.stream, streams[stream]?.source == .upstream(index) else { return nil }
        return stream
    }

    /// Plans the next attempt, for as long as somebody wants the stream.
    private mutating func again(_ index: Int, why: String, at now: Instant, _ wishes: inout Wishes) {
        guard isWanted(index), let upstream = upstreams[index] else { return }
        upstreams[index]?.outgoing.abort(&wishes)
        let next = upstreams[index]?.outgoing.retry(at: now) ?? now
        wishes.log(.warning, "pull down \(upstream.name.path): \(why); next attempt in \(seconds(next - now))")
    }

    /// Whether somebody wants the stream of an upstream whose connection is gone; forgets the upstream if not.
    private mutating func isWanted(_ index: Int) -> Bool {
        forgetConnection(ofUpstream: index)
        guard ending == nil, let upstream = upstreams[index] else {
            upstreams[index] = nil
            return false
        }
        guard !upstream.isRoute else { return true }
        let stream = directory[upstream.name.path]
        upstreams[index]?.stream = stream
        if stream == nil { upstreams[index] = nil }
        return stream != nil
    }

    /// Leaves the other host.
    mutating func stop(upstream index: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let upstream = upstreams[index] else { return }
        wishes.log(.info, "pull end \(upstream.name.path) from \(upstream.outgoing.url)")
        let stream = filledStream(of: index)
        upstreams[index]?.stream = nil
        upstreams[index]?.outgoing.finish(at: now, &wishes)
        if upstreams[index]?.outgoing.isStopped == true {
            upstreams[index] = nil
        } else if let connection = upstreams[index]?.outgoing.connection {
            collectOutput(of: connection, &wishes)
        }
        if let stream { end(stream: stream, why: "nobody plays it", at: now, &wishes) }
    }

    private mutating func forgetConnection(ofUpstream index: Int) {
        for slot in slots.indices where slots[slot]?.role == .upstream(index) { slots[slot] = nil }
    }
}
