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
    /// Those for control first, those for media behind them.
    private var entries: [pollfd] = []
    private var controlCount = 0
    private var tags: [UInt64] = []
    /// Index in `entries` by descriptor, -1 for those not watched.
    private var positions: [Int] = []

    let needsRearming = true

    func add(_ descriptor: Int32, tag: UInt64, for directions: Readiness, isOneWay: Bool) {
        while positions.count <= Int(descriptor) { positions.append(-1) }
        positions[Int(descriptor)] = entries.count
        entries.append(pollfd(fd: -1 - descriptor, events: 0, revents: 0))
        tags.append(tag)
        exchange(entries.count - 1, controlCount)
        controlCount += 1
        rearm(descriptor, for: directions)
    }

    func moveToMedia(_ descriptor: Int32, tag: UInt64) {
        guard let index = position(of: descriptor), index < controlCount else { return }
        controlCount -= 1
        exchange(index, controlCount)
    }

    func rearm(_ descriptor: Int32, for directions: Readiness) {
        guard let index = position(of: descriptor) else { return }
        if directions.contains(.read) { entries[index].events |= Int16(POLLIN) }
        if directions.contains(.write) { entries[index].events |= Int16(POLLOUT) }
        entries[index].fd = descriptor
    }

    func remove(_ descriptor: Int32) {
        guard var index = position(of: descriptor) else { return }
        if index < controlCount {
            controlCount -= 1
            exchange(index, controlCount)
            index = controlCount
        }
        exchange(index, entries.count - 1)
        entries.removeLast()
        tags.removeLast()
        positions[Int(descriptor)] = -1
    }

    func release(_ descriptor: Int32) { remove(descriptor) }

    private func exchange(_ left: Int, _ right: Int) {
        entries.swapAt(left, right)
        tags.swapAt(left, right)
        for index in [left, right] {
            let descriptor = entries[index].fd
            positions[Int(descriptor < 0 ? -1 - descriptor : descriptor)] = index
        }
    }

    func collect(_ set: PollSet, nanoseconds: Int64?, into events: inout [PollEvent]) throws(SystemError) {
        let watched = set == .control ? controlCount : entries.count
        let count = poll(&entries, nfds_t(watched), nanoseconds.map(\.roundedUpMilliseconds) ?? -1)
        guard count >= 0 else {
            let error = System.lastError
            if error.code == EINTR || error.code == EAGAIN { return }
            throw error
        }
        guard count > 0 else { return }
        for index in 0..<watched where entries[index].revents != 0 {
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
