// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// What a User Control message tells (RTMP §7.1.7), and what FMS and Flash Player added to that.
public enum UserControlEvent: Sendable, Hashable {
    /// The stream can be used now.
    case streamBegin(MessageStreamID)
    /// Playing the stream is over.
    case streamEOF(MessageStreamID)
    /// The stream has had no data for a while.
    case streamDry(MessageStreamID)
    /// The client buffers so many milliseconds. Peers often name a stream that does not exist: it holds for all.
    case setBufferLength(MessageStreamID, milliseconds: UInt32)
    /// The stream is a recording.
    case streamIsRecorded(MessageStreamID)
    /// Asks for ``pingResponse(_:)`` with the same number, by convention the milliseconds of the sender's clock.
    case pingRequest(UInt32)
    /// Answers ``pingRequest(_:)``.
    case pingResponse(UInt32)
    /// FMS asks which program plays; who does not know lets it be. See ``SWFVerification``.
    case swfVerificationRequest([UInt8])
    /// The answer to ``swfVerificationRequest(_:)``, 42 bytes.
    case swfVerificationResponse([UInt8])
    /// The server pauses because the client's buffer is full.
    case bufferEmpty(MessageStreamID)
    /// The server goes on sending.
    case bufferReady(MessageStreamID)
    /// An event without a name here, and its data.
    case other(UInt16, [UInt8])

    /// The events by their number on the wire.
    private enum Number {
        static let streamBegin: UInt16 = 0
        static let streamEOF: UInt16 = 1
        static let streamDry: UInt16 = 2
        static let setBufferLength: UInt16 = 3
        static let streamIsRecorded: UInt16 = 4
        static let pingRequest: UInt16 = 6
        static let pingResponse: UInt16 = 7
        static let swfVerificationRequest: UInt16 = 26
        static let swfVerificationResponse: UInt16 = 27
        static let bufferEmpty: UInt16 = 31
        static let bufferReady: UInt16 = 32
    }

    /// Reads the body of a User Control message; bytes behind what the event needs are ignored.
    ///
    /// - Parameters:
    ///   - body: the body.
    ///   - offset: where the message began in the connection, for the error.
    /// - Throws: ``RTMPError/Code/invalidLength`` when it is too short.
    public init(decoding body: Span<UInt8>, at offset: Int = 0) throws(RTMPError) {
        var reader = ByteReader(copying: body)
        guard let number = reader.readUInt16() else {
            throw RTMPError(.invalidLength, at: offset, in: "User Control body of \(body.count) bytes (RTMP §5.4)")
        }
        guard let event = Self(number, &reader) else {
            throw RTMPError(.invalidLength, at: offset, in: "User Control event \(number) of \(body.count) bytes")
        }
        self = event
    }

    private init?(_ number: UInt16, _ reader: inout ByteReader) {
        switch number {
        case Number.swfVerificationRequest: self = .swfVerificationRequest(reader.readRest())
        case Number.swfVerificationResponse: self = .swfVerificationResponse(reader.readRest())
        case 0...4, 6, 7, 31, 32:
            guard let value = reader.readUInt32() else { return nil }
            let stream = MessageStreamID(rawValue: value)
            switch number {
            case Number.streamBegin: self = .streamBegin(stream)
            case Number.streamEOF: self = .streamEOF(stream)
            case Number.streamDry: self = .streamDry(stream)
            case Number.streamIsRecorded: self = .streamIsRecorded(stream)
            case Number.pingRequest: self = .pingRequest(value)
            case Number.pingResponse: self = .pingResponse(value)
            case Number.bufferEmpty: self = .bufferEmpty(stream)
            case Number.bufferReady: self = .bufferReady(stream)
            default:
                guard let milliseconds = reader.readUInt32() else { return nil }
                self = .setBufferLength(stream, milliseconds: milliseconds)
            }
        default: self = .other(number, reader.readRest())
        }
    }

    /// Appends the body of a User Control message.
    public func encode(into output: inout [UInt8]) {
        func append(_ number: UInt16, _ value: UInt32) {
            output.appendUInt16(number)
            output.appendUInt32(value)
        }
        switch self {
        case .streamBegin(let stream): append(Number.streamBegin, stream.rawValue)
        case .streamEOF(let stream): append(Number.streamEOF, stream.rawValue)
        case .streamDry(let stream): append(Number.streamDry, stream.rawValue)
        case .streamIsRecorded(let stream): append(Number.streamIsRecorded, stream.rawValue)
        case .pingRequest(let value): append(Number.pingRequest, value)
        case .pingResponse(let value): append(Number.pingResponse, value)
        case .bufferEmpty(let stream): append(Number.bufferEmpty, stream.rawValue)
        case .bufferReady(let stream): append(Number.bufferReady, stream.rawValue)
        case .setBufferLength(let stream, let milliseconds):
            append(Number.setBufferLength, stream.rawValue)
            output.appendUInt32(milliseconds)
        case .swfVerificationRequest(let bytes):
            output.appendUInt16(Number.swfVerificationRequest)
            output += bytes
        case .swfVerificationResponse(let bytes):
            output.appendUInt16(Number.swfVerificationResponse)
            output += bytes
        case .other(let number, let bytes):
            output.appendUInt16(number)
            output += bytes
        }
    }
}
