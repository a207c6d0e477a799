// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import CLinux
    #if canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif

    /// Edge-triggered epoll: one registration in a descriptor's life, or two when it comes to carry media, and no system
    /// call for it afterwards.
    ///
    /// The set of the media contains that of control, so that one wait covers both. It is made when it is first needed:
    /// programs without media pay one system call per wait.
    final class EpollPoller: Poller {
        private static let capacity = 512
        /// Tag of the control set in the media set; no slot has it.
        private static let controlTag = UInt64.max

        private let control: Int32
        private var media: Int32 = -1
        private let ready = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        /// False once the kernel has said that it lacks the wait in nanoseconds (before Linux 5.11).
        private var canWaitNanoseconds = true

        let needsRearming = false

        init() throws(SystemError) {
            control = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard control >= 0 else { throw System.lastError }
        }

        deinit {
            System.close(control)
            if media >= 0 { System.close(media) }
            ready.deallocate()
        }

        func add(
            _ descriptor: Int32, tag: UInt64, for directions: Readiness, isOneWay: Bool
        ) throws(SystemError) {
            // Taking a message out of an event descriptor is an edge of its output.
            let events = isOneWay ? EPOLLIN.rawValue | EPOLLET.rawValue : Self.bothWays
            try add(descriptor, tag: tag, to: control, for: events)
        }

        func moveToMedia(_ descriptor: Int32, tag: UInt64) throws(SystemError) {
            if media < 0 { try makeMedia() }
            try add(descriptor, tag: tag, to: media, for: Self.bothWays)
            var event = epoll_event()
            epoll_ctl(control, EPOLL_CTL_DEL, descriptor, &event)
        }

        private func makeMedia() throws(SystemError) {
            let made = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard made >= 0 else { throw System.lastError }
            var event = epoll_event()
            // Not at the edge: it is ready for as long as one of its own is.
            event.events = EPOLLIN.rawValue
            event.data.u64 = Self.controlTag
            guard epoll_ctl(made, EPOLL_CTL_ADD, control, &event) == 0 else {
                let error = System.lastError
                System.close(made)
                throw error
            }
            media = made
        }

        private static var bothWays: UInt32 {
            EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        }

        private func add(
            _ descriptor: Int32, tag: UInt64, to set: Int32, for events: UInt32
        ) throws(SystemError) {
            var event = epoll_event()
            event.events = events
            event.data.u64 = tag
            guard epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw System.lastError }
        }

        func rearm(_ descriptor: Int32, for directions: Readiness) {}

        func remove(_ descriptor: Int32) {
            // Closing is enough: no descriptor of ours is ever duplicated.
        }

        func release(_ descriptor: Int32) {
            var event = epoll_event()
            if media >= 0, epoll_ctl(media, EPOLL_CTL_DEL, descriptor, &event) == 0 { return }
            epoll_ctl(control, EPOLL_CTL_DEL, descriptor, &event)
        }

        func collect(_ set: PollSet, nanoseconds: Int64?, into events: inout [PollEvent]) throws(SystemError) {
            if set == .control || media < 0 {
                _ = try drain(control, nanoseconds, into: &events)
            } else if try drain(media, nanoseconds, into: &events) {
                _ = try drain(control, 0, into: &events)
            }
        }

        /// Appends all that is ready in a set.
        /// - Returns: whether the control set is.
        private func drain(
            _ set: Int32, _ nanoseconds: Int64?, into events: inout [PollEvent]
        ) throws(SystemError) -> Bool {
            var hasControl = false
            var nanoseconds = nanoseconds
            // Whoever is left over here would wait for the whole of the next window.
            for _ in 0..<64 {
                let count = try wait(set, nanoseconds)
                for index in 0..<count {
                    if ready[index].data.u64 == Self.controlTag {
                        hasControl = true
                    } else {
                        events.append(PollEvent(ready[index]))
                    }
                }
                if count < Self.capacity { break }
                nanoseconds = 0
            }
            return hasControl
        }

        private func wait(_ set: Int32, _ nanoseconds: Int64?) throws(SystemError) -> Int {
            var count: Int32 = -1
            if let nanoseconds, canWaitNanoseconds {
                count = clinux_epoll_wait_ns(set, ready, Int32(Self.capacity), nanoseconds)
                if count < 0, errno == ENOSYS || errno == EPERM { canWaitNanoseconds = false }
            }
            if nanoseconds == nil || !canWaitNanoseconds {
                count = epoll_wait(set, ready, Int32(Self.capacity), nanoseconds.map(\.roundedUpMilliseconds) ?? -1)
            }
            if count >= 0 { return Int(count) }
            let error = System.lastError
            if error.code == EINTR { return 0 }
            throw error
        }
    }

    extension PollEvent {
        fileprivate init(_ event: epoll_event) {
            let bits = event.events
            var readiness: Readiness = []
            if bits & EPOLLIN.rawValue != 0 { readiness.insert(.read) }
            if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
            if bits & EPOLLRDHUP.rawValue != 0 { readiness.insert(.ended) }
            if bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness.insert(.failed) }
            self.init(tag: event.data.u64, readiness: readiness)
        }
    }
#endif
