// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Between two turns: for what the loop waits, how long, and what is due without an event.
extension EventLoop where P: ~Copyable {
    /// Waits for something to do. While the program has its media gathered only the rest is watched.
    mutating func wait(until deadline: Instant) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        isMediaTurn = false
        let opens = ending == nil && !pace.isHungry(at: now) ? program.mediaOpens : now
        let isPaced = opens > now
        try poller.collect(
            isPaced ? .control : .everything,
            nanoseconds: waitingTime(until: min(deadline, isPaced ? opens : gatheringEnds)), into: &events)
        now = SystemClock.now
        woke = now
        guard !isPaced || opens <= now else { return }
        if isPaced { try poller.collect(.everything, nanoseconds: 0, into: &events) }
        pace.beginMediaTurn(at: now)
        isMediaTurn = true
    }

    /// The turn is over: counts its work, and gives memory back when there is little of it.
    mutating func account() {
        guard ending == nil else { return }
        now = SystemClock.now
        program.worked(from: woke, to: now)
        guard trimming.isDue(from: woke, to: now) else { return }
        events = []
        System.trimMemory()
        now = SystemClock.now
    }

    /// Sockets that had more to read than their share of the last turn.
    mutating func readAgain() {
        var queued: [ConnectionID] = []
        swap(&queued, &sockets.again)
        for id in queued {
            guard let index = sockets.index(of: id) else { continue }
            sockets.slots[index].isQueued = false
            if sockets.slots[index].role == .listener {
                acceptConnections(index)
            } else {
                read(index)
            }
        }
    }

    mutating func keepTime() {
        while let first = drains.first, first.until <= now || sockets.index(of: first.id) == nil {
            drains.removeFirst()
            if let index = sockets.index(of: first.id) { closeSlot(index) }
        }
        lookAtGatherings()
        if acceptsAgain <= now {
            acceptsAgain = .never
            for listener in listeners.values { listener.slots.forEach { sockets.queueAgain($0) } }
        }
        for (serial, attempt) in attempts where attempt.dueTime <= now { advance(serial) }
    }

    private func waitingTime(until deadline: Instant) -> Int64? {
        if !sockets.again.isEmpty || ending == nil && (needsTurn || !wishes.isEmpty) { return 0 }
        var next = min(deadline, acceptsAgain, trimming.wakesAt, drains.first?.until ?? .never)
        if ending != nil { next = min(next, patience) }
        for attempt in attempts.values { next = min(next, attempt.dueTime) }
        return next == .never ? nil : max((next - now).wholeNanoseconds, 0)
    }
}
