// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Messages of a stream's source on their way into its log, and into the recording.
extension Relay {
    /// Sound or picture that lies in `bytes`: from there it is copied once, into the log.
    mutating func ingest(_ message: MessageInPlace, in bytes: Span<UInt8>, into stream: Int, at now: Instant) {
        guard count(message.payload.length, of: stream, at: now),
            let entry = streams[stream]?.log.append(
                typeID: message.typeID, timestamp: message.timestamp.milliseconds, payload: message.payload, in: bytes,
                at: now)
        else { return }
        if streams[stream]?.recorder != nil { record(MediaPacket(message, in: bytes), as: entry, of: stream) }
        hold(entry, of: stream, at: now)
    }

    /// A message of its own: data, and what its session had to put together.
    mutating func ingest(_ packet: MediaPacket, into stream: Int, at now: Instant) {
        guard count(packet.payload.count, of: stream, at: now) else { return }
        let timestamp = packet.timestamp.milliseconds
        let entry: LogEntry?
        switch packet.kind {
        case .audio, .video:
            entry = streams[stream]?.log.append(
                typeID: packet.typeID, timestamp: timestamp, payload: packet.payload.span, at: now)
        case .data, .dataAMF3:
            entry = streams[stream]?.log.appendData(
                typeID: packet.typeID, timestamp: timestamp, payload: packet.payload, at: now)
        }
        guard let entry else { return }
        if streams[stream]?.recorder != nil { record(packet, as: entry, of: stream) }
        hold(entry, of: stream, at: now)
    }

    /// Notes that the source sent something; false when the stream is over.
    private mutating func count(_ bytes: Int, of stream: Int, at now: Instant) -> Bool {
        guard let source = streams[stream]?.source, source != .ended else { return false }
        streams[stream]?.lastMedia = now
        streams[stream]?.bytes += Int64(bytes)
        return true
    }
}
