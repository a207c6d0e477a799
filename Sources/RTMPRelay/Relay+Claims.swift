// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// A URL with a name takes one stream only. Streams may be at home on any shard, so the first shard says who has it.
extension Relay {
    private static var arbiter: Int { 0 }

    /// Asks for the URL, to push a stream of ours to it.
    mutating func claim(_ target: RTMPURL, for name: StreamName, at now: Instant, _ wishes: inout Wishes) {
        tell(Self.arbiter, .claim(target, name), at: now, &wishes)
    }

    /// A push does not need its URL any more.
    mutating func unclaim(push index: Int, at now: Instant, _ wishes: inout Wishes) {
        guard let push = pushes[index], push.holdsTarget else { return }
        pushes[index]?.holdsTarget = false
        tell(Self.arbiter, .unclaim(push.target), at: now, &wishes)
    }

    /// As the first shard: decides.
    mutating func decide(
        _ target: RTMPURL, for name: StreamName, of shard: Int, at now: Instant, _ wishes: inout Wishes
    ) {
        let holder = claims[target]
        if holder == nil { claims[target] = name.path }
        tell(shard, .decided(target, name, holder: holder), at: now, &wishes)
    }

    /// As a stream's home: the push begins, unless somebody has the URL, or the stream is over.
    mutating func decided(
        _ target: RTMPURL, for name: StreamName, holder: String?, at now: Instant, _ wishes: inout Wishes
    ) {
        if let holder {
            wishes.log(
                .warning, "push \(name.path) to \(target): refused, the URL names one stream and \(holder) has it")
        } else if let stream = directory[name.path], streams[stream]?.isLive == true {
            addPush(of: stream, named: name, to: target, holdsTarget: true, at: now, &wishes)
        } else {
            tell(Self.arbiter, .unclaim(target), at: now, &wishes)
        }
    }

    private mutating func tell(
        _ shard: Int, _ content: RelayNote.Content, at now: Instant, _ wishes: inout Wishes
    ) {
        guard shard == configuration.shard.index else { return post(content, to: shard) }
        told(RelayNote(content: content), by: shard, at: now, &wishes)
    }
}
