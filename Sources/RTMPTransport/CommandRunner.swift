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

/// Runs command lines on helper threads, which feed them and wait for them, a few at a time.
final class CommandRunner: Sendable {
    private struct Order: Sendable {
        var command: String
        var input: [UInt8]
        var fed: @Sendable () -> Void
        var ended: @Sendable (RunResult) -> Void
    }

    /// So many commands run at a time; a slow one must not fill the machine.
    private static let threadLimit = 4
    private static let queueLimit = 1_000

    /// How many commands do not have all of their input yet.
    private let unfed: Locked<Int>
    private let threads: HelperThreads<Order>

    init() {
        let unfed = Locked(0)
        self.unfed = unfed
        threads = HelperThreads(threadLimit: Self.threadLimit, queueLimit: Self.queueLimit) { order in
            let result = Self.run(order) {
                unfed.withLock { $0 -= 1 }
                order.fed()
            }
            order.ended(result)
        } refuse: { order, refusal in
            unfed.withLock { $0 -= 1 }
            order.ended(
                .failed(
                    refusal == .queueIsFull
                        ? "\(Self.queueLimit) commands are waiting already" : "no thread to run a command with"))
        }
    }

    /// Whether a command still waits for its input, and would not get it if the process ended.
    var isFeeding: Bool { unfed.withLock { $0 > 0 } }

    /// Queues a command.
    func start(
        _ command: String, _ input: [UInt8], fed: @escaping @Sendable () -> Void,
        ended: @escaping @Sendable (RunResult) -> Void
    ) {
        unfed.withLock { $0 += 1 }
        threads.order(Order(command: command, input: input, fed: fed, ended: ended))
    }

    /// Starts a shell, gives it its input and waits for it; says in between that it has its input.
    private static func run(_ order: Order, fed: () -> Void) -> RunResult {
        let child: (process: pid_t, input: Int32)
        do throws(SystemError) {
            child = try System.spawnShell(order.command)
        } catch {
            fed()
            return .failed("cannot start a shell: \(error.text)")
        }
        var count = 0
        while count < order.input.count {
            // A command that does not read its input closes it, and that is no fault.
            guard let written = try? System.writeSome(child.input, order.input.span.extracting(count...)) else { break }
            count += written
        }
        System.close(child.input)
        fed()
        return .exited(System.waitForEnd(of: child.process))
    }
}

extension System {
    /// Starts `/bin/sh -c` with a pipe as its standard input. What it prints goes to standard error: standard output may
    /// carry data. Signals of our terminal do not reach it, so that Ctrl-C does not cut off what it does with a file.
    fileprivate static func spawnShell(_ command: String) throws(SystemError) -> (process: pid_t, input: Int32) {
        let (reading, writing) = try makeInputPipe()
        defer { close(reading) }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, reading, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        #if canImport(Darwin)
            flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGXFSZ] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)

        let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let result = posix_spawn(&process, "/bin/sh", &actions, &attributes, words, environ)
        guard result == 0 else {
            close(writing)
            throw SystemError(code: result)
        }
        return (process, writing)
    }

    /// The exit status of a child, 128 and more for a signal.
    fileprivate static func waitForEnd(of process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            if errno != EINTR { return 0 }
        }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// A pipe that no other command inherits, also none that is started at this moment: it would never see its end.
    private static func makeInputPipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            guard pipe(&ends) == 0 else { throw lastError }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #else
            guard pipe2(&ends, O_CLOEXEC) == 0 else { throw lastError }
        #endif
        return (ends[0], ends[1])
    }
}
