// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The same edges by means of `poll`, which every system has: a direction that was reported is not watched until the
/// loop has come to "would block" again.
final class PollPoller: Poller {
    private var entries: [pollfd] = []
    private var tags: [UInt64] = []
    /// Index in `entries` by descriptor, -1 for those not watched.
    private var positions: [Int] = []

    let needsRearming = true

    func add(_ descriptor: Int32, tag: UInt64, for directions: Readiness) {
        while positions.count <= Int(descriptor) { positions.append(-1) }
        positions[Int(descriptor)] = entries.count
        entries.append(pollfd(fd: -1 - descriptor, events: 0, revents: 0))
        tags.append(tag)
        rearm(descriptor, for: directions)
    }

    func rearm(_ descriptor: Int32, for directions: Readiness) {
        guard let index = position(of: descriptor) else { return }
        if directions.contains(.read) { entries[index].events |= Int16(POLLIN) }
        if directions.contains(.write) { entries[index].events |= Int16(POLLOUT) }
        entries[index].fd = descriptor
    }

    func remove(_ descriptor: Int32) {
        guard let index = position(of: descriptor) else { return }
        positions[Int(descriptor)] = -1
        let last = entries.removeLast()
        let lastTag = tags.removeLast()
        guard index < entries.count else { return }
        entries[index] = last
        tags[index] = lastTag
        positions[Int(last.fd < 0 ? -1 - last.fd : last.fd)] = index
    }

    func wait(nanoseconds: Int64?, _ events: inout [PollEvent]) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        let count = poll(&entries, nfds_t(entries.count), nanoseconds.map(\.roundedUpMilliseconds) ?? -1)
        guard count >= 0 else {
            let error = System.lastError
            if error.code == EINTR || error.code == EAGAIN { return }
            throw error
        }
        guard count > 0 else { return }
        for index in entries.indices where entries[index].revents != 0 {
            let bits = Int32(entries[index].revents)
            entries[index].events &= ~entries[index].revents
            entries[index].revents = 0
            var readiness: Readiness = []
            if bits & Int32(POLLIN) != 0 { readiness.insert(.read) }
            if bits & Int32(POLLOUT) != 0 { readiness.insert(.write) }
            if bits & Int32(POLLERR | POLLHUP | POLLNVAL) != 0 {
                readiness.insert(.failed)
                // This is reported for ever, asked for or not. A negative number hides the entry from `poll`.
                entries[index].events = 0
                entries[index].fd = -1 - entries[index].fd
            }
            events.append(PollEvent(tag: tags[index], readiness: readiness))
        }
    }

    private func position(of descriptor: Int32) -> Int? {
        guard descriptor >= 0, Int(descriptor) < positions.count, positions[Int(descriptor)] >= 0 else { return nil }
        return positions[Int(descriptor)]
    }
}
