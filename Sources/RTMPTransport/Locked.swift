// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value behind a lock.
///
/// It is a `pthread_mutex_t` and not `Synchronization.Mutex`, because the thread sanitizer cannot see into the latter
/// on Linux and reports races that are none.
///
/// `@unchecked Sendable` is true because `value` is touched only in `withLock`, between lock and unlock of a mutex
/// that lives at one address from `init` to `deinit`; a `Value` that goes in or out is handed over (`sending`).
final class Locked<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<R>(_ body: (inout Value) -> sending R) -> sending R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
