// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// The server's side of one connection, without the connection: bytes in, events and bytes out.
///
/// The owner feeds what the peer sent, pulls events, decides about requests, and writes the output to the peer. The
/// session shakes hands, keeps the chunk streams, acknowledges, answers pings and every call that needs no decision.
///
/// ```swift
/// session.receive(bytes.span)
/// while let event = try session.nextEvent() {
///     switch event {
///     case .connect(let request, _), .publish(let request, _): try session.accept(request)
///     case .media(let packet, on: _): store(packet)
///     default: break
///     }
/// }
/// write(session.takeOutput())
/// ```
///
/// Events that came before a violation are delivered before it is thrown; afterwards every pull throws the same error,
/// and ``takeOutput()`` still gives what was to be sent before. While a connect is undecided later commands wait: pull
/// again after ``accept(_:)``.
public struct ServerSession: Sendable {
    /// What a server says and puts up with.
    public struct Configuration: Sendable {
        /// How many bytes the peer may send before it hears an acknowledgement, and hence how often it is sent one.
        public var windowAcknowledgementSize: UInt32 = 2_500_000
        /// The window that the peer is told to use towards us.
        public var peerBandwidth: UInt32 = 2_500_000
        /// The chunk size of everything that is sent from the answer to connect on, 1 to 0x7FFFFFFF.
        public var chunkSize = 60_000
        /// The program that the answer to connect names (`fmsVer`).
        public var serverVersion = "FMS/3,5,7,7009"
        /// What the peer may make us do.
        public var limits: Limits {
            get { sharedLimits.value }
            set { sharedLimits = Shared(newValue) }
        }
        private(set) var sharedLimits = Shared(Limits())
        /// What the answer to connect announces of Enhanced RTMP.
        public var capabilities: EnhancedCapabilities = .forwardsEverything
        /// What may be spoken: with AMF3, a client that asks for it gets it. Both are understood in any case.
        public var objectEncoding = ObjectEncoding.amf0
        /// Whether calls of procedures that the session does not know are answered with an error. Otherwise they are the
        /// owner's to answer, by ``ServerSession/answer(_:with:isError:)``.
        public var answersUnknownCalls = true
        /// Whether getStreamLength is answered with 0, as is right for live streams. Otherwise it comes as
        /// ``Event/unhandled(_:on:)``, and is the owner's to answer.
        public var answersStreamLength = true

        /// A relay's configuration.
        public init() {}
    }

    /// A request that waits for ``ServerSession/accept(_:)`` or ``ServerSession/reject(_:code:description:details:)``.
    public struct RequestID: Sendable, Hashable {
        let number: UInt32
    }

    /// What the peer did.
    public enum Event: Sendable, Hashable {
        /// It wants to connect. To be accepted or rejected.
        indirect case connect(RequestID, ConnectCommand)
        /// It wants to publish. To be accepted or rejected.
        case publish(RequestID, PublishCommand)
        /// It wants to play. To be accepted or rejected.
        case play(RequestID, PlayCommand)
        /// It plays, and wants to go over to another stream on the same message stream. To be accepted or rejected; it
        /// goes on playing in either case. When nothing plays there, play2 comes as ``play(_:_:)``.
        indirect case play2(RequestID, Play2Command)
        /// A packet of a stream whose publish was accepted. Aggregates are taken apart, empty audio and video dropped.
        case media(MediaPacket, on: MessageStreamID)
        /// A stream that was accepted, or waits to be, was ended by the peer: FCUnpublish, closeStream, deleteStream, or
        /// another publish or play in its place. Comes once; a broken connection gives ``closed`` only.
        case streamClosed(MessageStreamID)
        /// A player wants a break, or its end, at a position. Nothing was answered: the owner sends
        /// `NetStream.Pause.Notify` or `NetStream.Unpause.Notify`.
        case pause(MessageStreamID, isPaused: Bool, milliseconds: Double)
        /// A player wants to jump. Nothing was answered; an error status would end the player.
        case seek(MessageStreamID, milliseconds: Double)
        /// A player does, or does not, want sound or picture; nil for the one it did not speak of.
        case receive(MessageStreamID, audio: Bool?, video: Bool?)
        /// A player says how much it buffers: so far ahead it wants to be sent recordings. Peers often name a stream that does
        /// not exist, so it holds for all; rtmpdump says ten hours, to be sent everything at once.
        case bufferLength(MessageStreamID, milliseconds: UInt32)
        /// A ping was answered; the number is the one that ``ServerSession/ping(_:)`` sent.
        case pong(timestamp: UInt32)
        /// The answer to a ``ServerSession/call(_:object:arguments:on:)``, by its transaction: `_result` or `_error`.
        indirect case answer(Command)
        /// Something that the session does not know, shared objects among it. Calls were answered with an error if they
        /// asked for an answer, unless the configuration leaves that to the owner.
        indirect case unhandled(RTMPMessage, on: MessageStreamID)
        /// The peer's bytes have ended. Comes once, after everything else.
        case closed
    }

    /// An event that may stand on bytes that the session was lent.
    public enum LentEvent: Sendable, Hashable {
        /// What ``Event/media(_:on:)`` says, of sound or picture that lies whole in those bytes.
        case media(MessageInPlace, on: MessageStreamID)
        /// An event that stands for itself.
        case event(Event)
    }

    let configuration: Configuration
    var connection: MessageConnection
    var state = ConnectState.awaitingConnect
    /// What the client announced in connect beyond codecs.
    var clientExtensions: EnhancedCapabilities.Extensions = []
    /// What the client asked for in connect.
    var wantedEncoding = ObjectEncoding.amf0
    var lastTransaction: Double = 0
    var streams: [Stream] = []
    var nextStreamID: UInt32 = 1
    var lastRequest: UInt32 = 0
    /// Commands that came while a connect was undecided, in order.
    var held: [RawMessage] = []
    /// An aggregate that was not handed out to its end.
    var aggregate: AggregateReader?
    /// Events that one message gave at once, the last one first.
    var pending: [Event] = []
    private var buffer = ReceiveBuffer()
    private var end = End.notYet

    /// A session that waits for its client's first byte.
    ///
    /// - Parameters:
    ///   - configuration: What the server says and puts up with.
    ///   - random: Fills the handshake.
    public init(configuration: Configuration = Configuration(), random: inout some RandomNumberGenerator) {
        self.configuration = configuration
        connection = MessageConnection(
            Handshake(role: .server, random: &random), limits: configuration.sharedLimits,
            window: configuration.windowAcknowledgementSize)
    }
}

/// Bytes and events.
extension ServerSession {
    /// The next event, from borrowed bytes: consumes from `input` at `position`. Nil: all is consumed, or waits for the
    /// answer to a connect, and more is needed.
    ///
    /// Do not mix with ``receive(_:)``.
    /// - Throws: what the peer did wrong; the same again on each later call.
    public mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Event? {
        switch try nextInPlace(from: input, at: &position) {
        case .event(let event): event
        case .media(let message, on: let stream): .media(MediaPacket(message, in: input), on: stream)
        case nil: nil
        }
    }

    /// The same as ``next(from:at:)``, but sound and pictures that lie whole in `input` are left there.
    ///
    /// - Throws: what the peer did wrong; the same again on each later call.
    public mutating func nextInPlace(
        from input: Span<UInt8>, at position: inout Int
    ) throws(RTMPError) -> LentEvent? {
        while true {
            if !pending.isEmpty { return .event(pending.removeLast()) }
            if aggregate != nil {
                guard let message = aggregate?.next() else {
                    aggregate = nil
                    continue
                }
                if let event = handleMedia(message) { return .event(event) }
                continue
            }
            if let message = nextHeld() {
                if let event = try handle(message) { return .event(event) }
                continue
            }
            switch try connection.next(from: input, at: &position) {
            case .inPlace(let message):
                if let stream = publishingStream(for: message.streamID) { return .media(message, on: stream) }
            case .collected(let message):
                if let event = try handle(message) { return .event(event) }
            case nil:
                return end.take() ? .event(.closed) : nil
            }
        }
    }

    /// Stores bytes that the peer sent, for ``nextEvent()``. Never fails.
    public mutating func receive(_ bytes: Span<UInt8>) { buffer.append(bytes) }

    /// The peer will send nothing more: ``Event/closed`` follows the last event.
    public mutating func receiveEnd() { end.receive() }

    /// The next event from stored bytes; nil when more are needed.
    /// - Throws: what the peer did wrong; the same again on each later call.
    public mutating func nextEvent() throws(RTMPError) -> Event? {
        var input = ReceiveBuffer()
        swap(&input, &buffer)
        var position = input.start
        defer {
            input.consume(upTo: position)
            swap(&input, &buffer)
        }
        return try next(from: input.bytes.span, at: &position)
    }

    /// What must be written to the peer, in order.
    public mutating func takeOutput() -> [UInt8] { connection.takeOutput() }

    /// Whether there is something to write.
    public var hasOutput: Bool { outputCount > 0 }

    /// How many bytes wait to be written. Beyond ``Limits/unreadOutput`` the owner stops reading from the peer.
    public var outputCount: Int { connection.output.count }

    /// Bytes that are held of messages whose rest has not come.
    package var unfinishedBytes: Int { connection.unfinishedBytes }

    /// Whether a publish or play was accepted, which widens the limits.
    public var isAccepted: Bool { connection.isAccepted }

    /// Whether the handshake is done.
    public var isOpen: Bool { connection.isOpen }

    /// Whether connect was accepted.
    public var isConnected: Bool { state == .connected }

    /// Whether ``requestReconnect(to:description:)`` is possible: connect was accepted, and announced that it is obeyed.
    public var canRequestReconnect: Bool { isConnected && clientExtensions.contains(.reconnect) }
}
