// SPDX-License-Identifier: Apache-2.0

import AMF

/// What follows from which message of a server.
extension ClientSession {
    mutating func handle(_ message: consuming RawMessage) throws(RTMPError) -> Event? {
        switch message.typeID {
        case .audio, .video, .data, .dataAMF3:
            return handleMedia(message)
        case .command, .commandAMF3:
            return try handleCommand(message)
        case .aggregate:
            aggregate = AggregateReader(message)
            return nil
        case .userControl:
            return handleUserControl(message)
        case .sharedObject, .sharedObjectAMF3:
            return .unhandled(connection.sharedObject(in: message), on: message.streamID)
        default:
            return .unhandled(.other(message.typeID, message.payload), on: message.streamID)
        }
    }

    /// The event of a packet. A session has one stream, so whatever the message says, that is meant; and media that come
    /// without a Play.Start tell as much as it would.
    mutating func handleMedia(_ message: consuming RawMessage) -> Event? {
        guard let packet = MediaPacket(message) else { return nil }
        if packet.kind == .data, let notice = Notice(packet), !isOfStream(notice) { return handle(notice) }
        guard !packet.payload.isEmpty || packet.kind == .data || packet.kind == .dataAMF3 else { return nil }
        switch state {
        case .active(.play, let stream):
            return .media(packet, on: stream)
        case .asking(let wish, let stream, _) where !wish.isPublish:
            state = .active(wish, stream)
            pending.append(.media(packet, on: stream))
            return .playing(stream)
        default:
            return nil
        }
    }

    /// Servers begin with a `|RtmpSampleAccess` of their own. Another one comes from the publisher.
    private mutating func isOfStream(_ notice: Notice) -> Bool {
        guard case .sampleAccess = notice else { return false }
        defer { hasSampleAccess = true }
        return hasSampleAccess
    }

    /// Data with which a server speaks to its player; they are no part of the stream.
    private enum Notice {
        /// `|RtmpSampleAccess`, which matters to Flash only.
        case sampleAccess
        /// `onStatus` or `onPlayStatus`.
        case status(Status)

        init?(_ packet: MediaPacket) {
            // Looking at three bytes spares most data the rest.
            guard packet.payload.starts(with: [0x02, 0x00]), packet.payload.count > 3,
                [0x08, 0x0C, 0x11].contains(packet.payload[2])
            else { return nil }
            let (values, _, _) = AMF0Value.decodePrefix(packet.payload.span, limits: AMFLimits(depth: 8, elements: 64))
            switch values.first?.string {
            case "|RtmpSampleAccess":
                self = .sampleAccess
            case "onStatus", "onPlayStatus":
                guard let status = values.dropFirst().lazy.compactMap({ Status($0) }).first else { return nil }
                self = .status(status)
            default:
                return nil
            }
        }
    }

    private mutating func handle(_ notice: Notice) -> Event? {
        guard case .status(let status) = notice, let stream else { return nil }
        if status.code == .playComplete, let event = finished(status.code) { return event }
        return .status(status, on: stream)
    }

    private mutating func handleUserControl(_ message: RawMessage) -> Event? {
        guard let event = try? UserControlEvent(decoding: message.payload.span) else { return nil }
        switch event {
        case .pingResponse(let timestamp): return .pong(timestamp)
        case .streamEOF(let stream): return .streamEOF(stream)
        case .streamIsRecorded:
            playsRecording = true
            return nil
        case .streamBegin, .streamDry: return nil
        case .swfVerificationRequest:
            guard let swf = configuration.swf else { fallthrough }
            connection.send(.swfVerificationResponse(swf.response(key: connection.helloTail)))
            return nil
        default: return .unhandled(.userControl(event), on: message.streamID)
        }
    }
}
