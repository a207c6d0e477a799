// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// How a player begins: a prologue, and a cursor on the newest join point.
extension Relay {
    /// Puts a player on the newest join point, behind the prologue that is in force there.
    mutating func join(_ player: inout Player, stream: Int, slot: Int, from: Int) {
        guard let log = streams[stream]?.log else { return }
        guard let joinPoint = log.joinPoint, joinPoint.offset >= from else {
            guard log.hasVideo, configuration.hasGOPCache, from == 0 else { return }
            // No keyframe at hand, so sound at once and the picture from the next keyframe on.
            player.started = []
            player.mode = .walking
            player.cursor = log.head
            give(log.prologue, timestamp: log.lastTimestamp, to: &player, slot: slot)
            return
        }
        if let lostFrom = player.lostFrom { player.skipped += max(0, joinPoint.number - lostFrom) }
        player.lostFrom = nil
        player.cursor = joinPoint.offset
        player.started = log.furtherTracks.isEmpty ? nil : []
        let isShared = slots[slot]?.plays.count ?? 0 > 1
        player.mode = player.isPlain && !isShared ? .raw : .walking
        if player.prologueVersion == joinPoint.prologue.version { return }
        if player.mode == .raw, player.push == nil {
            player.prologueVersion = joinPoint.prologue.version
            if let bytes = streams[stream]?.log.prologueBytes() { slots[slot]?.enqueue(bytes) }
        } else {
            give(joinPoint.prologue, timestamp: joinPoint.timestamp, to: &player, slot: slot)
        }
    }

    private mutating func give(_ prologue: Prologue, timestamp: UInt32, to player: inout Player, slot: Int) {
        player.prologueVersion = prologue.version
        var bytes: [UInt8] = []
        for var message in prologue.messages {
            if player.push != nil, message.isData {
                message.payload = Self.asMetadata(message.payload, typeID: message.typeID)
            }
            StreamLog.encode(message, timestamp: timestamp, on: player.messageStream, into: &bytes)
        }
        if !bytes.isEmpty { slots[slot]?.enqueue(bytes) }
    }
}
