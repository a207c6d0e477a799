// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// What peers said, as a relay may pass it on: sound, pictures and data, whatever is in them.
struct Sayings {
    private var bytes: [ConnectionID: [UInt8]] = [:]

    mutating func note(_ said: [UInt8], on connection: ConnectionID) { bytes[connection, default: []] += said }

    /// The type and payload of everything that may be passed on, data also with `@setDataFrame` in front and without.
    func passable() -> Set<[UInt8]> {
        var passable: Set<[UInt8]> = []
        for said in bytes.values {
            var reader = ChunkReader()
            reader.isAccepted = true
            var position = min(said.count, Handshake.size)
            // What comes behind a fault is not heard by anybody.
            while let message = try? reader.next(from: said.span, at: &position) {
                var parts = AggregateReader(message)
                if message.typeID != .aggregate { add(message, to: &passable) }
                while message.typeID == .aggregate, let part = parts.next() { add(part, to: &passable) }
            }
        }
        return passable
    }

    static func key(_ message: RawMessage) -> [UInt8] { [message.typeID.rawValue] + message.payload }

    private func add(_ message: RawMessage, to passable: inout Set<[UInt8]>) {
        let kind: MediaPacket.Kind? =
            switch message.typeID {
            case .audio: .audio
            case .video: .video
            case .data: .data
            case .dataAMF3: .dataAMF3
            default: nil
            }
        guard let kind else { return }
        let packet = MediaPacket(kind, timestamp: message.timestamp, payload: message.payload)
        for form in [packet, packet.unwrappedFromSetDataFrame(), packet.wrappedInSetDataFrame()] {
            passable.insert([message.typeID.rawValue] + form.payload)
        }
    }
}
