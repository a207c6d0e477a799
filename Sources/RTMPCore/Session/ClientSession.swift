// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// The client's side of one connection, without the connection: bytes in, events and bytes out.
///
/// The owner says what it wants, feeds what the server sent, pulls events, and writes the output to the server. The
/// session shakes hands, makes the calls in the order that servers expect, and answers what servers ask.
///
/// ```swift
/// try session.connect(to: url)
/// write(session.takeOutput())
/// // whenever bytes come:
/// session.receive(bytes.span)
/// while let event = try session.nextEvent() {
///     switch event {
///     case .connected: try session.publish(url.name.value)
///     case .publishing(let stream): try session.send(packet, on: stream)
///     case .rejected(let status): print(status)
///     case .closed: print("closed during \(session.phase)")
///     default: break
///     }
/// }
/// write(session.takeOutput())
/// ```
///
/// Events that came before a violation are delivered before it is thrown; afterwards every pull throws the same error.
public struct ClientSession: Sendable {
    /// What the server did.
    public enum Event: Sendable, Hashable {
        /// Connect was accepted: time for ``ClientSession/publish(_:kind:)`` or ``ClientSession/play(_:start:duration:)``.
        indirect case connected(ConnectResult)
        /// Publish was accepted: packets may be sent on the stream.
        case publishing(MessageStreamID)
        /// Play was accepted.
        case playing(MessageStreamID)
        /// A packet of the stream that is played. Aggregates are taken apart, empty audio and video dropped.
        case media(MediaPacket, on: MessageStreamID)
        /// A status that changes nothing here.
        indirect case status(Status, on: MessageStreamID)
        /// The stream that is played has ended: Play.Stop, Play.Complete or Play.UnpublishNotify. Comes once.
        case ended(StatusCode)
        /// The server has no more data of a stream now. Live servers say it when the publisher leaves, perhaps to return.
        case streamEOF(MessageStreamID)
        /// The server refused connect, createStream, publish or play, or ends what it had accepted with an error.
        indirect case rejected(Status)
        /// The server asks to connect anew, to another URL or, when nil, the same (E-RTMP v2, Reconnect Request). It may
        /// be relative to the present tcUrl.
        case reconnectRequested(tcURL: String?)
        /// A ping was answered; the number is the one that ``ClientSession/ping(_:)`` sent.
        case pong(UInt32)
        /// The answer to a ``ClientSession/call(_:object:arguments:on:)``, by its transaction: `_result` or `_error`.
        indirect case answer(Command)
        /// Something that the session does not know, shared objects among it. Calls were answered with an error if they
        /// asked for an answer, unless the configuration leaves that to the owner.
        indirect case unhandled(RTMPMessage, on: MessageStreamID)
        /// The server's bytes have ended. Comes once, after everything else; ``ClientSession/phase`` says where.
        case closed
    }

    /// An event that may stand on bytes that the session was lent.
    public enum LentEvent: Sendable, Hashable {
        /// What ``Event/media(_:on:)`` says, of sound or picture that lies whole in those bytes.
        case media(MessageInPlace, on: MessageStreamID)
        /// An event that stands for itself.
        case event(Event)
    }

    /// How far a session has come, in words for a sentence: "closed during the handshake".
    public enum Phase: Sendable, Hashable, CustomStringConvertible {
        /// Nothing was asked for.
        case idle
        /// Hands are shaken.
        case handshake
        /// Connect is not answered. Some servers just close here when they do not know the app.
        case connect
        /// Connect was accepted, and nothing is asked for now.
        case connected
        /// createStream is not answered.
        case createStream
        /// Publish is not answered.
        case publish
        /// Packets may be sent.
        case publishing
        /// Play is not answered.
        case play
        /// Packets come.
        case playing
        /// The server has ended or refused what was asked for.
        case ended

        /// What goes behind "during".
        public var description: String {
            switch self {
            case .idle: "nothing"
            case .handshake: "the handshake"
            case .connect: "connect"
            case .connected: "the pause after connect"
            case .createStream: "createStream"
            case .publish: "publish"
            case .publishing: "publishing"
            case .play: "play"
            case .playing: "playing"
            case .ended: "the end"
            }
        }
    }

    let configuration: Configuration
    var connection: MessageConnection
    var state = State.idle
    var lastTransaction: Double = 0
    var bandwidthCheck = BandwidthCheck.unasked
    /// Whether the server has said that what it plays is a recording (StreamIsRecorded). Some never say so.
    public internal(set) var playsRecording = false
    /// Whether the server has said what players may do with the samples of the present stream.
    var hasSampleAccess = false
    /// An aggregate that was not handed out to its end.
    var aggregate: AggregateReader?
    /// Events that one message gave at once, the last one first.
    var pending: [Event] = []
    private var buffer = ReceiveBuffer()
    private var end = End.notYet

    /// A session that does nothing until ``connect(to:)``.
    ///
    /// - Parameters:
    ///   - configuration: What the client says and puts up with.
    ///   - random: Fills the handshake.
    public init(configuration: Configuration, random: inout some RandomNumberGenerator) {
        self.configuration = configuration
        connection = MessageConnection(
            Handshake(role: .client, random: &random), limits: Shared(configuration.limits),
            window: configuration.windowAcknowledgementSize)
        connection.accept()
    }
}

/// Bytes and events.
extension ClientSession {
    /// The next event, from borrowed bytes: consumes from `input` at `position`. Nil: all is consumed, and more is needed.
    ///
    /// Do not mix with ``receive(_:)``.
    /// - Throws: what the server did wrong; the same again on each later call.
    public mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Event? {
        switch try nextInPlace(from: input, at: &position) {
        case .event(let event): event
        case .media(let message, on: let stream): .media(MediaPacket(message, in: input), on: stream)
        case nil: nil
        }
    }

    /// The same as ``next(from:at:)``, but sound and pictures that lie whole in `input` are left there.
    ///
    /// - Throws: what the server did wrong; the same again on each later call.
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
            switch try connection.next(from: input, at: &position) {
            case .inPlace(let message):
                if case .active(.play, let stream) = state { return .media(message, on: stream) }
                if let event = handleMedia(RawMessage(message, in: input)) { return .event(event) }
            case .collected(let message):
                if let event = try handle(message) { return .event(event) }
            case nil:
                return end.take() ? .event(.closed) : nil
            }
        }
    }

    /// Stores bytes that the server sent, for ``nextEvent()``. Never fails.
    public mutating func receive(_ bytes: Span<UInt8>) { buffer.append(bytes) }

    /// The server will send nothing more: ``Event/closed`` follows the last event.
    public mutating func receiveEnd() { end.receive() }

    /// The next event from stored bytes; nil when more are needed.
    /// - Throws: what the server did wrong; the same again on each later call.
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

    /// What must be written to the server, in order. Nothing before ``connect(to:)``.
    public mutating func takeOutput() -> [UInt8] { connection.takeOutput() }

    /// Whether there is something to write.
    public var hasOutput: Bool { outputCount > 0 }

    /// How many bytes wait to be written.
    public var outputCount: Int { connection.output.count }
}
