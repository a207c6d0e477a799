// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What shards of a relay tell each other: about streams that are at home on one and played on another, and about
/// connections that go where the stream is at home that they want to publish.
public struct RelayNote: Sendable {
    enum Content: Sendable {
        /// To a stream's home: send what it has and gets, to our mirror of that number.
        case subscribe(StreamName, mirror: Int)
        /// To a stream's home: nobody plays the mirror any more.
        case unsubscribe(StreamName, mirror: Int)
        /// To a mirror: somebody fills the stream from now on.
        case began(mirror: Int)
        /// To a mirror: the stream has grown. Comes once for all messages of a turn, and first with what is needed to
        /// join.
        case extended(mirror: Int, LogExtension)
        /// To a mirror: the stream is over, and so is the subscription.
        case ended(mirror: Int)
        /// To the first shard: a URL with a name is wanted for a stream.
        case claim(RTMPURL, StreamName)
        /// Back: whether another stream has it.
        case decided(RTMPURL, StreamName, holder: String?)
        /// To the first shard: it is free again.
        case unclaim(RTMPURL)
        /// To a stream's home: is it live?
        case inquire(StreamName, inquiry: Int)
        /// Back: whether it is.
        case inquired(inquiry: Int, isLive: Bool)
        /// To all: we drain, and no client of ours is left.
        case drained
        /// With a connection that wants to publish.
        indirect case handOver(HandOver)
    }

    let content: Content
}
