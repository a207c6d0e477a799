// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Messages of a stream's source on their way into its log, and into the recording.
extension Relay {
    /// Sound or picture that lies in `bytes`: from there it is copied once, into the log.
    mutating func ingest(_ message: MessageInPlace, in bytes: Span<UInt8>, into stream: Int, at now: Instant) {
        guard let appended = streams[stream]?.append(message, in: bytes, at: now) else { return }
        if appended.isRecorded {
            message.withPayload(in: bytes) { record(message.typeID, $0, as: appended.entry, of: stream, at: now) }
        }
        hold(appended.entry, of: stream, at: now)
    }

    /// A message of its own: data, and what its session had to put together.
    mutating func ingest(_ packet: MediaPacket, into stream: Int, at now: Instant) {
        guard let appended = streams[stream]?.append(packet, at: now) else { return }
        if appended.isRecorded {
            record(packet.typeID, packet.payload.span, as: appended.entry, of: stream, at: now)
        }
        hold(appended.entry, of: stream, at: now)
    }
}
