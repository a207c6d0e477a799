// SPDX-License-Identifier: Apache-2.0

internal import Bytes
internal import RTMPCore

/// Players that need other bytes than the log's: message by message, encoded for each.
extension Relay {
    /// Turns messages into the connection's own bytes, as many as it may hold.
    mutating func walk(_ player: inout Player, stream: Int, slot: Int, head: Int) {
        while player.cursor < head, slots[slot]?.pendingCount ?? 0 < configuration.limits.unreadOutput {
            if let message = nextMessage(of: &player, in: stream) { slots[slot]?.enqueue(message) }
        }
    }

    /// The message at the cursor as chunk bytes for this player, if it wants it. The cursor moves behind it.
    func nextMessage(of player: inout Player, in stream: Int) -> [UInt8]? {
        guard let entry = streams[stream]?.log.entry(at: player.cursor),
            let end = streams[stream]?.log.endOfMessage(at: player.cursor)
        else {
            player.cursor = streams[stream]?.log.head ?? player.cursor
            return nil
        }
        player.cursor = end
        guard player.wants(entry, among: streams[stream]?.log.furtherTracks ?? []),
            var payload = streams[stream]?.log.payload(of: entry)
        else { return nil }
        if player.push != nil, entry.kind == .metadata {
            payload = Self.asMetadata(payload, typeID: entry.typeID)
        }
        var message: [UInt8] = []
        StreamLog.encode(
            typeID: entry.typeID, timestamp: entry.timestamp, payload: payload.span, on: player.messageStream,
            into: &message)
        return message
    }

    /// Data of the log in the form that a server expects from its publisher.
    static func asMetadata(_ payload: [UInt8], typeID: MessageTypeID) -> [UInt8] {
        let kind: MediaPacket.Kind = typeID == .dataAMF3 ? .dataAMF3 : .data
        return MediaPacket(kind, timestamp: .zero, payload: payload).wrappedInSetDataFrame().payload
    }
}
