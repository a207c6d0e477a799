// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// A stream of ours on its way to another host. While the other side takes it, it has a ``Player`` in the stream like
/// everybody else.
struct Push: Sendable {
    var outgoing: Outgoing
    let stream: Int
    /// The rule or route that it serves, so that a URL with a name takes one stream only.
    let target: RTMPURL
    /// Whether the target is a URL with a name, which no other stream has for as long.
    var holdsTarget: Bool
    /// The stream in which it has a player at present.
    var playing: Int?
    var since: Instant
    /// The stream is over: do not try again.
    var isEnding = false
}

/// A stream that we play from another host.
struct Upstream: Sendable {
    var outgoing: Outgoing
    /// The stream that it fills.
    let name: StreamName
    /// Whether it runs without players, because it is a route.
    let isRoute: Bool
    /// Index of the stream, while there is one.
    var stream: Int?
    /// The peer said that its publisher is gone, but not that the stream is over.
    var isPaused = false
}
