// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import CLinux
    import Glibc
#elseif canImport(Musl)
    import CLinux
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// SIGINT and SIGTERM as something to wait for.
///
/// The first of them asks the program to end. From then on the system's own action is back, so that a second one ends
/// the process at once, even when the loop is stuck.
protocol SignalSource: AnyObject {
    /// Ready for reading when a signal came.
    var descriptor: Int32 { get }
    /// The signal that came, nil when none did. After a signal the source is spent.
    func take() -> Interruption?
}

private let watched = [SIGINT, SIGTERM]

private func interruption(_ number: Int32) -> Interruption { number == SIGINT ? .interrupt : .terminate }

#if os(Linux)
    /// `signalfd`: the signals are blocked in this thread, and in those that it makes.
    final class SignalDescriptor: SignalSource {
        let descriptor: Int32
        private var before = sigset_t()

        init() throws(SystemError) {
            var set = sigset_t()
            sigemptyset(&set)
            for number in watched { sigaddset(&set, number) }
            pthread_sigmask(SIG_BLOCK, &set, &before)
            descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
            guard descriptor >= 0 else {
                let error = System.lastError
                pthread_sigmask(SIG_SETMASK, &before, nil)
                throw error
            }
        }

        deinit {
            System.close(descriptor)
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }

        func take() -> Interruption? {
            var info = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            guard read(descriptor, &info, size) == size else { return nil }
            var set = sigset_t()
            sigemptyset(&set)
            for number in watched { sigaddset(&set, number) }
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
            return interruption(Int32(bitPattern: info.ssi_signo))
        }
    }
#endif

/// A handler that writes to a pipe: works on every system and with any thread.
final class SignalPipe: SignalSource {
    let descriptor: Int32
    private let writer: Int32
    private var before: [sigaction] = []

    init() throws(SystemError) {
        (descriptor, writer) = try System.makePipe()
        signalPipe = writer
        for number in watched {
            var action = sigaction()
            #if canImport(Darwin)
                action.__sigaction_u.__sa_handler = noteSignal
            #else
                action.__sigaction_handler.sa_handler = noteSignal
            #endif
            // SA_RESETHAND: the second one finds the system's own action.
            action.sa_flags = Int32(truncatingIfNeeded: SA_RESTART) | Int32(truncatingIfNeeded: SA_RESETHAND)
            var old = sigaction()
            sigaction(number, &action, &old)
            before.append(old)
        }
    }

    deinit {
        for (number, old) in zip(watched, before) {
            var old = old
            sigaction(number, &old, nil)
        }
        signalPipe = -1
        System.close(descriptor)
        System.close(writer)
    }

    func take() -> Interruption? {
        var number: UInt8 = 0
        guard read(descriptor, &number, 1) == 1 else { return nil }
        for other in watched { signal(other, SIG_DFL) }
        return interruption(Int32(number))
    }
}

/// Where the handler writes. Set before the handler is installed; a plain 32-bit store and load, which is all that a
/// signal handler may use.
nonisolated(unsafe) private var signalPipe: Int32 = -1

private nonisolated func noteSignal(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalPipe, &byte, 1)
    errno = saved
}
