// SPDX-License-Identifier: Apache-2.0

public import AMF
internal import Bytes

extension RTMPMessage {
    /// Reads the body of `message`.
    ///
    /// Bytes behind a body that is complete are ignored, and data values are kept as far as they can be read: peers
    /// forget the end of the last object.
    ///
    /// - Parameters:
    ///   - message: the message.
    ///   - offset: where it began in the connection, for the error.
    ///   - limits: what its AMF values may be.
    /// - Throws: ``RTMPError`` when the body is too short for its type, or when not one AMF value can be read, or too
    ///   many of them are there.
    public init(decoding message: RawMessage, at offset: Int = 0, limits: AMFLimits = AMFLimits()) throws(RTMPError) {
        var body = ByteReader(message.payload)
        let result: RTMPMessage? =
            switch message.typeID {
            case .setChunkSize: body.readUInt32().map { .setChunkSize($0) }
            case .abort: body.readUInt32().map { .abort(ChunkStreamID(rawValue: $0)) }
            case .acknowledgement: body.readUInt32().map { .acknowledgement($0) }
            case .userControl: .userControl(try UserControlEvent(decoding: message.payload.span, at: offset))
            case .windowAcknowledgementSize: body.readUInt32().map { .windowAcknowledgementSize($0) }
            case .setPeerBandwidth: Self.peerBandwidth(&body)
            case .audio: .audio(message.payload)
            case .video: .video(message.payload)
            case .data, .dataAMF3, .command, .commandAMF3: try Self.values(message, offset, limits)
            case .sharedObject, .sharedObjectAMF3:
                .sharedObject(try SharedObject(decoding: message, at: offset, limits: limits))
            default: .other(message.typeID, message.payload)
            }
        guard let result else {
            let context = "\(message.typeID), body of \(message.payload.count) bytes (RTMP §5.4)"
            throw RTMPError(.invalidLength, at: offset, in: context)
        }
        self = result
    }

    private static func peerBandwidth(_ body: inout ByteReader) -> RTMPMessage? {
        guard let window = body.readUInt32(), let limit = body.readUInt8() else { return nil }
        return .setPeerBandwidth(window, PeerBandwidthLimit(rawValue: limit))
    }

    private static func values(
        _ message: RawMessage, _ offset: Int, _ limits: AMFLimits
    ) throws(RTMPError) -> RTMPMessage {
        do throws(AMFError) {
            switch message.typeID {
            case .command: return .command(try Command(decoding: message.payload.span, limits: limits))
            case .commandAMF3: return .command(try Command(decodingAMF3: message.payload.span, limits: limits))
            default:
                // The AMF3 form has a format byte in front, which some peers leave out: a string comes first.
                let hasFormat = message.typeID == .dataAMF3 && message.payload.first != 0x02
                let body = message.payload.span.extracting(droppingFirst: hasFormat ? 1 : 0)
                let (values, _, error) = AMF0Value.decodePrefix(body, limits: limits)
                if let error, values.isEmpty || error.code == .tooDeep || error.code == .tooManyElements { throw error }
                return .data(values)
            }
        } catch {
            throw RTMPError(.invalidAMF, at: offset, in: "\(message.typeID)", underlying: error)
        }
    }

    /// The type that it is written as in AMF0.
    public var typeID: MessageTypeID { typeID(as: .amf0) }

    /// The type that it is written as.
    private func typeID(as encoding: ObjectEncoding) -> MessageTypeID {
        switch self {
        case .setChunkSize: .setChunkSize
        case .abort: .abort
        case .acknowledgement: .acknowledgement
        case .userControl: .userControl
        case .windowAcknowledgementSize: .windowAcknowledgementSize
        case .setPeerBandwidth: .setPeerBandwidth
        case .audio: .audio
        case .video: .video
        case .data: encoding.dataType
        case .command: encoding.commandType
        case .sharedObject: encoding.sharedObjectType
        case .other(let typeID, _): typeID
        }
    }

    /// The message with its body written, on `streamID` at `timestamp`; in AMF3 data, commands and shared objects have
    /// another type, and objects and arrays in them are AMF3.
    ///
    /// - Throws: ``UsageError/Code/invalidMessage`` for a text or an AMF value that has no form on the wire.
    public func encoded(
        on streamID: MessageStreamID = .netConnection, at timestamp: RTMPTimestamp = .zero,
        as encoding: ObjectEncoding = .amf0
    ) throws(UsageError) -> RawMessage {
        var body: [UInt8] = []
        switch self {
        case .setChunkSize(let number), .acknowledgement(let number), .windowAcknowledgementSize(let number):
            body.appendUInt32(number)
        case .abort(let chunkStream): body.appendUInt32(chunkStream.rawValue)
        case .userControl(let event): event.encode(into: &body)
        case .setPeerBandwidth(let window, let limit):
            body.appendUInt32(window)
            body.append(limit.rawValue)
        case .audio(let bytes), .video(let bytes), .other(_, let bytes): body = bytes
        case .data, .command:
            do throws(AMFError) {
                try encodeValues(into: &body, as: encoding)
            } catch {
                throw UsageError(.invalidMessage, in: "\(typeID): \(error)")
            }
        case .sharedObject(let object): body = try object.encoded(as: encoding).payload
        }
        return RawMessage(typeID: typeID(as: encoding), streamID: streamID, timestamp: timestamp, payload: body)
    }

    private func encodeValues(into output: inout [UInt8], as encoding: ObjectEncoding) throws(AMFError) {
        switch self {
        case .data(let values) where encoding == .amf0: try AMF0Value.encodeAll(values, into: &output)
        case .data(let values):
            output.append(0)
            try AMF0Value.encodeAll(values.map(\.preferringAMF3), into: &output)
        case .command(let command): try command.encode(into: &output, as: encoding)
        default: break
        }
    }
}
