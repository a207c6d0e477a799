// SPDX-License-Identifier: Apache-2.0

/// What follows from which message of a client.
extension ServerSession {
    mutating func handle(_ message: consuming RawMessage) throws(RTMPError) -> Event? {
        switch message.typeID {
        case .audio, .video, .data, .dataAMF3:
            return handleMedia(message)
        case .command, .commandAMF3:
            return try handleCommand(message)
        case .aggregate:
            if publishingStream(for: message.streamID) != nil { aggregate = AggregateReader(message) }
            return nil
        case .userControl:
            return handleUserControl(message)
        case .sharedObject, .sharedObjectAMF3:
            return .unhandled(connection.sharedObject(in: message), on: message.streamID)
        default:
            return .unhandled(.other(message.typeID, message.payload), on: message.streamID)
        }
    }

    /// The event of a packet, unless it comes before publish was accepted, or is empty as FMLE's marks are: some players
    /// stop at an empty AAC frame.
    func handleMedia(_ message: consuming RawMessage) -> Event? {
        guard let stream = publishingStream(for: message.streamID), let packet = MediaPacket(message),
            !packet.payload.isEmpty || packet.kind == .data || packet.kind == .dataAMF3
        else { return nil }
        return .media(packet, on: stream)
    }

    private func handleUserControl(_ message: RawMessage) -> Event? {
        guard let event = try? UserControlEvent(decoding: message.payload.span) else { return nil }
        switch event {
        case .pingResponse(let timestamp): return .pong(timestamp: timestamp)
        case .setBufferLength(let stream, let milliseconds):
            return .bufferLength(stream, milliseconds: milliseconds)
        default: return .unhandled(.userControl(event), on: message.streamID)
        }
    }
}
