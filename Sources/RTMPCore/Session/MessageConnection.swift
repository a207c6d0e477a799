// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// What both kinds of session stand on: the handshake, then messages both ways, with protocol control answered.
///
/// It consumes borrowed bytes, counts them against the limits of a stranger, acknowledges them, answers pings and Set
/// Peer Bandwidth, and hands on every message that is not protocol control (RTMP §5.4).
struct MessageConnection: Sendable {
    /// Bytes to send.
    var output: [UInt8] = []
    /// Whether the peer is no stranger any more.
    private(set) var isAccepted = false

    /// In which AMF commands are sent; both are read always.
    var objectEncoding = ObjectEncoding.amf0

    /// The last 32 bytes of S1, for a client.
    private(set) var helloTail: [UInt8] = []

    /// How hands were shaken, once they are.
    private(set) var scheme: Handshake.Scheme?
    /// The acknowledgement window that the peer has asked for.
    private(set) var window: UInt32?

    /// One until both sides have shaken hands, then none: it is large, and connections are many.
    var handshake: [Handshake]
    /// What a client says behind its handshake.
    var greeting: Shared<Command>?
    private var reader: ChunkReader
    var writer = ChunkWriter()
    private var acknowledgements: AcknowledgementWindow
    var announcedWindow: UInt32?
    private var received = 0
    private var failure: Shared<RTMPError>?
    let limits: Shared<Limits>
    /// Transactions of the owner's own calls that the peer has not answered.
    var calls: [Double] = []

    init(_ handshake: consuming Handshake, limits: Shared<Limits>, window: UInt32) {
        self.handshake = [handshake]
        self.limits = limits
        reader = ChunkReader(limits: limits, offset: Handshake.size)
        acknowledgements = AcknowledgementWindow(size: window)
    }

    /// The size of the peer's chunks, in bytes.
    var peerChunkSize: Int { reader.chunkSize }

    /// Bytes that are held of messages whose rest has not come.
    var unfinishedBytes: Int { reader.partialBytes }

    /// Whether messages can come.
    var isOpen: Bool { handshake.isEmpty }

    /// Gives the peer the limits of somebody who is known.
    mutating func accept() {
        isAccepted = true
        reader.isAccepted = true
    }

    /// The next message that is not protocol control; nil when all of `input` is consumed.
    mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> LentMessage? {
        if let failure { throw failure.value }
        do throws(RTMPError) {
            return try step(from: input, at: &position)
        } catch {
            failure = Shared(error)
            throw error
        }
    }

    /// The command in a message.
    mutating func command(in message: RawMessage) throws(RTMPError) -> Command {
        do throws(AMFError) {
            return message.typeID == .commandAMF3
                ? try Command(decodingAMF3: message.payload.span, limits: limits.value.amf)
                : try Command(decoding: message.payload.span, limits: limits.value.amf)
        } catch {
            throw fail(.invalidAMF, "command on \(message.streamID)", underlying: error)
        }
    }

    /// The shared object in a message, or the bare message when that cannot be read: nothing else depends on it.
    func sharedObject(in message: RawMessage) -> RTMPMessage {
        (try? RTMPMessage(decoding: message, limits: limits.value.amf)) ?? .other(message.typeID, message.payload)
    }

    /// Refuses everything from now on, for a reason found in the last message.
    mutating func fail(_ code: RTMPError.Code, _ context: String, underlying: AMFError? = nil) -> RTMPError {
        let error = RTMPError(code, at: reader.messageOffset, in: context, underlying: underlying)
        failure = Shared(error)
        return error
    }

    private mutating func step(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> LentMessage? {
        if !handshake.isEmpty, try !shakeHands(from: input, at: &position) { return nil }
        while true {
            let start = position
            switch try reader.nextInPlace(from: input, at: &position) {
            case .inPlace(let message):
                try count(position - start, insideMessage: false)
                return .inPlace(message)
            case .collected(let message):
                try count(position - start, insideMessage: false)
                if !answer(message) { return .collected(message) }
            case nil:
                try count(position - start, insideMessage: true)
                return nil
            }
        }
    }

    private mutating func shakeHands(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Bool {
        let start = position
        let isComplete = try handshake[0].next(from: input, at: &position)
        output += handshake[0].takeOutput()
        try count(position - start, insideMessage: true)
        guard isComplete else { return false }
        helloTail = handshake[0].helloTail
        scheme = handshake[0].scheme
        handshake = []
        if let greeting { send(greeting.value, on: .command) }
        greeting = nil
        return true
    }

    private mutating func count(_ bytes: Int, insideMessage: Bool) throws(RTMPError) {
        received += bytes
        acknowledgements.receive(bytes)
        if !isAccepted, received > limits.value.bytesBeforeAcceptance {
            throw RTMPError(
                .limitExceeded, at: received, in: "\(limits.value.bytesBeforeAcceptance) bytes before publish or play")
        }
        if let total = acknowledgements.due(insideMessage: insideMessage) {
            write(.acknowledgement) { $0.appendUInt32(total) }
        }
    }

    /// Deals with protocol control; false when the message is something else.
    private mutating func answer(_ message: borrowing RawMessage) -> Bool {
        guard message.typeID.rawValue <= MessageTypeID.setPeerBandwidth.rawValue else { return false }
        var body = ByteReader(message.payload)
        switch message.typeID {
        case .setChunkSize, .abort, .acknowledgement:
            break  // The reader has obeyed the first two; the third is a hint that nobody fills in alike.
        case .windowAcknowledgementSize:
            if let size = body.readUInt32(), size > 0 {
                acknowledgements.size = size
                window = size
            }
        case .setPeerBandwidth:
            if let size = body.readUInt32(), size > 0, size != announcedWindow { announceWindow(size) }
        case .userControl:
            guard body.readUInt16() == 6 else { return false }
            if let time = body.readUInt32() { send(.pingResponse(time)) }
        default:
            return false
        }
        return true
    }
}
