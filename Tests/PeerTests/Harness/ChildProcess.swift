// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program that a test runs, with everything that it prints on standard error (and, unless it goes to a file, on
/// standard output).
///
/// Nothing here waits without an end, and nothing polls: two threads feed one condition.
final class ChildProcess: @unchecked Sendable {
    enum Signal {
        case interrupt, terminate, kill

        fileprivate var number: Int32 {
            switch self {
            case .interrupt: SIGINT
            case .terminate: SIGTERM
            case .kill: SIGKILL
            }
        }
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    let name: String
    let commandLine: String
    private let condition = NSCondition()
    private var pid: pid_t = 0
    private var printed: [UInt8] = []
    private var status: Int32?
    /// Whether everything it printed was read: a program may end before that.
    private var hasPrintedAll = false

    /// Starts a program. `output` is a file for its standard output, `input` one for its standard input.
    init(
        _ path: String, _ arguments: [String], name: String? = nil, input: String? = nil, output: String? = nil,
        directory: String
    ) throws {
        self.name = name ?? URL(filePath: path).lastPathComponent
        commandLine = ([path] + arguments).joined(separator: " ")
        var pipeEnds: [Int32] = [0, 0]
        guard pipe(&pipeEnds) == 0 else { throw Failure(description: "pipe: errno \(errno)") }
        for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        } else {
            posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
        }
        posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 2)

        // Where it exists, setpriv makes sure that nothing outlives a test process that crashes.
        var command = [path] + arguments
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") {
            command = ["/usr/bin/setpriv", "--pdeathsig", "KILL"] + command
        }
        var environment = ProcessInfo.processInfo.environment
        environment["HOME"] = directory  // no registry caches and no settings of the user
        environment["GST_REGISTRY"] = directory + "/../gstreamer-registry.bin"
        environment["NO_COLOR"] = "1"
        let argv = command.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        let result = posix_spawn(&pid, command[0], &actions, nil, argv, envp)
        close(pipeEnds[1])
        guard result == 0 else {
            close(pipeEnds[0])
            throw Failure(description: "cannot start \(commandLine): errno \(result)")
        }
        let (pid, readEnd) = (pid, pipeEnds[0])
        Thread.detachNewThread { self.collect(readEnd) }
        Thread.detachNewThread { self.reap(pid) }
    }

    private func collect(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            condition.withLock {
                printed.append(contentsOf: buffer[..<count])
                condition.broadcast()
            }
        }
        close(descriptor)
        condition.withLock {
            hasPrintedAll = true
            condition.broadcast()
        }
    }

    private func reap(_ pid: pid_t) {
        // First only look, so that the pid stays ours until the lock is held: `signal` never hits a stranger.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        condition.withLock {
            var raw: Int32 = 0
            while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
            let signal = raw & 0x7F
            status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
            condition.broadcast()
        }
    }

    /// Everything printed so far.
    var output: String { condition.withLock { String(decoding: printed, as: UTF8.self) } }

    /// Whether it still runs.
    var isRunning: Bool { condition.withLock { status == nil } }

    /// Sends a signal if it still runs.
    func signal(_ signal: Signal) {
        condition.withLock { if status == nil { _ = kill(pid, signal.number) } }
    }

    /// Its exit status, 128 and more for a signal.
    /// - Throws: what it printed, when it does not end in time; it is killed then.
    @discardableResult
    func wait(seconds: Double = 25) throws -> Int32 {
        let limit = Date(timeIntervalSinceNow: seconds)
        let ended: Int32? = condition.withLock {
            while status == nil || !hasPrintedAll, condition.wait(until: limit) {}
            return status
        }
        guard let ended else {
            signal(.kill)
            throw Failure(description: "\(name) did not end within \(seconds) s\n\(report)")
        }
        return ended
    }

    /// The first match of `pattern` in what it prints; waits until it comes.
    /// - Throws: what it printed, when it ends before or does not print it in time.
    @discardableResult
    func expect(_ pattern: String, seconds: Double = 20, count: Int = 1) throws -> Substring {
        let expression = try Regex(pattern).anchorsMatchLineEndings()
        let limit = Date(timeIntervalSinceNow: seconds)
        var text = ""
        while true {
            let (grown, hasEnded) = condition.withLock {
                let known = text.utf8.count
                while printed.count == known, status == nil || !hasPrintedAll {
                    guard condition.wait(until: limit) else { break }
                }
                return (String(decoding: printed, as: UTF8.self), printed.count == known)
            }
            text = grown
            let matches = text.matches(of: expression)
            if matches.count >= count { return text[matches[count - 1].range] }
            if hasEnded {
                throw Failure(description: "\(name) does not print /\(pattern)/ (\(count))\n\(report)")
            }
        }
    }

    /// Its command line, its state and the end of what it printed.
    var report: String {
        condition.withLock {
            let state = status.map { "exit status \($0)" } ?? "running"
            return "$ \(commandLine)\n[\(state)]\n\(String(decoding: printed.suffix(4_000), as: UTF8.self))"
        }
    }
}
