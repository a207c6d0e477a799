// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import CLinux
    import Glibc
#elseif canImport(Musl)
    import CLinux
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts a thread that nobody joins. Signals are left to other threads.
///
/// - Returns: whether it started.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    guard let thread = makeThread(body) else { return false }
    pthread_detach(thread)
    return true
}

/// Runs `body` on a thread of its own and waits until that has ended; on this one when there is none to be had.
func runOnOtherThread(_ body: @escaping @Sendable () -> Void) {
    if let thread = makeThread(body) { pthread_join(thread, nil) } else { body() }
}

private func makeThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    // A new thread inherits the mask of the one that makes it.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let start = Unmanaged.passRetained(ThreadStart(body: body))
    #if canImport(Darwin)
        var thread: pthread_t?
    #else
        var thread = pthread_t()
    #endif
    guard pthread_create(&thread, nil, runThread, start.toOpaque()) == 0 else {
        start.release()
        return nil
    }
    return thread
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

// A global function and not a closure: a closure formed in code that belongs to an actor would belong to it too, and
// trap on the new thread.
#if canImport(Darwin)
    private nonisolated func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
        return nil
    }
#else
    private nonisolated func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
        return nil
    }
#endif
