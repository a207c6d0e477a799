// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// A connection of whose peer few bytes may wait.
struct Gathering {
    let id: ConnectionID
    /// Fewer are few.
    let bytes: Int32
    let patience: Duration
    /// When to look for them; never while the last look found nothing, because then the first byte tells.
    var until: Instant
}

/// Sources whose few bytes do not wake the loop: the system says that a socket is readable only once there are more
/// (SO_RCVLOWAT), and after a while somebody has to look.
extension EventLoop where P: ~Copyable {
    /// With more sources than that something wakes the loop all the time, and looking would not be free any more.
    private static var gatheringLimit: Int { 8 }

    mutating func gather(_ id: ConnectionID, _ bytes: Int, within patience: Duration) {
        gatherings.removeAll { sockets.connection($0.id) == nil }
        guard let index = sockets.connection(id), !sockets.slots[index].isGathering,
            gatherings.count < Self.gatheringLimit, let bytes = Int32(exactly: bytes)
        else { return }
        gatherings.append(Gathering(id: id, bytes: bytes, patience: patience, until: now + patience))
        sockets.slots[index].isGathering = true
        System.setLowWater(sockets.slots[index].descriptor, bytes)
    }

    /// Has every byte tell of itself again.
    mutating func stopGathering(_ index: Int) {
        guard sockets.slots[index].isGathering else { return }
        sockets.slots[index].isGathering = false
        System.setLowWater(sockets.slots[index].descriptor, 1)
    }

    /// One of them was read. Silence is left to the system, which tells of the first byte then.
    mutating func looked(at id: ConnectionID, found: Bool) {
        guard let place = gatherings.firstIndex(where: { $0.id == id }), let index = sockets.index(of: id) else {
            return
        }
        let wasSilent = gatherings[place].until == .never
        gatherings[place].until = found ? now + gatherings[place].patience : .never
        if wasSilent == found {
            System.setLowWater(sockets.slots[index].descriptor, found ? gatherings[place].bytes : 1)
        }
    }

    /// When to look at the next of them although nothing happens.
    var gatheringEnds: Instant { gatherings.reduce(.never) { min($0, $1.until) } }

    /// Reads those for which it is time.
    mutating func lookAtGatherings() {
        guard isMediaTurn, gatheringEnds <= now else { return }
        for gathering in gatherings where gathering.until <= now {
            guard let index = sockets.connection(gathering.id) else {
                gatherings.removeAll { $0.id == gathering.id }
                continue
            }
            sockets.slots[index].isReadable = true
            read(index)
        }
    }
}
