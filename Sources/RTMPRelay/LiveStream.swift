// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// One stream of the relay: its log, who fills it, and who reads it.
///
/// What happens for every message or player is a `mutating` method even where nothing changes; ``Slot`` says why.
struct LiveStream: Sendable {
    /// Who fills the log.
    enum Source: Sendable, Hashable {
        /// Nobody yet: players wait.
        case none
        /// A publisher that connected to us.
        case publisher(ConnectionID, MessageStreamID)
        /// A host that we play from; an index into the relay's upstreams.
        case upstream(Int)
        /// The stream's home, another shard; somebody fills it there, or may do so again.
        case mirror
        /// Nobody any more: the connection broke, and the players are held until this instant.
        case held(until: Instant)
        /// The stream is over; it lives on until its last player has read the rest.
        case ended
    }

    let name: StreamName
    var source = Source.none
    var log = StreamLog()
    var players: [Player] = []
    var recorder: Recorder?
    /// Other shards that have players of the stream, when this one is its home.
    var subscribers: [Subscriber] = []
    /// Where the stream comes from when this shard is not its home.
    var mirror: Mirror?
    /// Whether it is among the streams to serve in this turn.
    var isDirty = false
    /// Whether there was sound that went with pictures.
    var carriesSound = false
    /// Whether its source's connection was told that sound need not wake us.
    var isGathered = false
    /// When messages that nobody was sent yet must be sent at the latest; nil when there are none.
    var mediaDue: Instant?
    /// Whether they are sent in this turn.
    var isMediaDue = false
    /// The log's head when messages were last sent.
    var servedHead = 0

    /// When its source began.
    var since: Instant
    /// When its source last sent something.
    var lastMedia: Instant
    /// When its last player left; a pull ends some time after.
    var idleSince: Instant?
    /// Bytes of payload that its source sent.
    var bytes: Int64 = 0

    init(name: StreamName, at now: Instant) {
        self.name = name
        since = now
        lastMedia = now
    }

    /// Whether somebody fills the log, or may do so again.
    var isLive: Bool {
        switch source {
        case .publisher, .upstream, .mirror, .held: true
        case .none, .ended: false
        }
    }
}

/// A shard that mirrors a stream.
struct Subscriber: Sendable {
    let shard: Int
    /// What the other shard calls its mirror.
    let mirror: Int
    /// The other shard has everything up to this offset.
    var sent: Int
}

/// How a stream that is at home elsewhere is known there.
struct Mirror: Sendable, Hashable {
    /// Never used twice, so that a note to a mirror that is gone finds nobody.
    let number: Int
    /// The shard at which the stream is at home.
    let home: Int
}
