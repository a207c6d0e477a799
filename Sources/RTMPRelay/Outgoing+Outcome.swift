// SPDX-License-Identifier: Apache-2.0

package import RTMPCore

/// What an owner of an outgoing connection says and is told.
extension Outgoing {
    /// What the connection is for.
    package enum Purpose: Sendable, Hashable {
        /// To send a stream.
        case publish
        /// To receive a stream; `start` is the third argument of play, in milliseconds (RTMP §7.2.2.1).
        case play(start: Double)
    }

    /// How far an open connection is.
    package enum Phase: Sendable, Hashable {
        /// Bytes are exchanged to find out whether the peer speaks RTMP.
        case handshake
        /// The connect command waits for its answer.
        case connect
        /// createStream, and publish or play, wait for theirs.
        case request
        /// The stream flows.
        case up(MessageStreamID)
        /// The stream is ended by us; what is left to send leaves.
        case finishing
    }

    /// What the owner is told.
    package enum Outcome: Sendable {
        /// The peer said yes: media may be sent, or will come.
        case up(MessageStreamID)
        /// A message of the stream that we play.
        case media(MediaPacket)
        /// Sound or picture of the stream that we play, in the bytes that were lent. Only for owners that ask for it.
        case mediaInPlace(MessageInPlace)
        /// The peer says that the stream is over. The connection is still open.
        case ended(StatusCode)
        /// The peer says that nothing comes for the time being (nginx-rtmp: the publisher left, another may come).
        case paused
        /// The peer has sent us on: ``Outgoing/url`` is where to. The connection is gone, and the next one will be made
        /// at once.
        case moved
        /// The connection is not there, or not any more. Nothing happens until ``retry(at:)`` or `open`.
        case down(DownReason)
    }

    /// How long the peer may take.
    package struct Timeouts: Sendable, Hashable {
        /// To be reached.
        package var reach = Duration.seconds(10)
        /// From there to its answer to connect.
        package var handshake = Duration.seconds(10)
        /// From there to its answer to publish or play; nil waits for ever.
        package var answer: Duration? = .seconds(10)
        /// To take what is left to send when we end the stream.
        package var finish = Duration.seconds(10)

        /// The defaults.
        package init() {}
    }
}
