// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import CLinux
    #if canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif

    /// Edge-triggered epoll: one registration in a descriptor's life, no system call for it afterwards.
    final class EpollPoller: Poller {
        private static let capacity = 512
        private let descriptor: Int32
        private let ready = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        /// False once the kernel has said that it lacks the wait in nanoseconds (before Linux 5.11).
        private var canWaitNanoseconds = true

        let needsRearming = false

        init() throws(SystemError) {
            descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard descriptor >= 0 else { throw System.lastError }
        }

        deinit {
            System.close(descriptor)
            ready.deallocate()
        }

        func add(_ descriptor: Int32, tag: UInt64, for directions: Readiness) throws(SystemError) {
            var event = epoll_event()
            event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            event.data.u64 = tag
            guard epoll_ctl(self.descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw System.lastError }
        }

        func rearm(_ descriptor: Int32, for directions: Readiness) {}

        func remove(_ descriptor: Int32) {
            // Closing is enough: no descriptor of ours is ever duplicated.
        }

        func wait(nanoseconds: Int64?, _ events: inout [PollEvent]) throws(SystemError) {
            events.removeAll(keepingCapacity: true)
            var count: Int32 = -1
            if let nanoseconds, canWaitNanoseconds {
                count = clinux_epoll_wait_ns(descriptor, ready, Int32(Self.capacity), nanoseconds)
                if count < 0, errno == ENOSYS || errno == EPERM { canWaitNanoseconds = false }
            }
            if nanoseconds == nil || !canWaitNanoseconds {
                count = epoll_wait(
                    descriptor, ready, Int32(Self.capacity), nanoseconds.map(\.roundedUpMilliseconds) ?? -1)
            }
            guard count >= 0 else {
                let error = System.lastError
                if error.code == EINTR { return }
                throw error
            }
            for index in 0..<Int(count) {
                let bits = ready[index].events
                var readiness: Readiness = []
                if bits & EPOLLIN.rawValue != 0 { readiness.insert(.read) }
                if bits & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
                if bits & EPOLLRDHUP.rawValue != 0 { readiness.insert(.ended) }
                if bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness.insert(.failed) }
                events.append(PollEvent(tag: ready[index].data.u64, readiness: readiness))
            }
        }
    }
#endif
