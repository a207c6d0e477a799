// SPDX-License-Identifier: Apache-2.0

/// How an ``EventLoop`` works, where there is a choice.
public struct EventLoopOptions: Sendable {
    /// How the loop waits for sockets.
    public enum Waiting: Sendable, CaseIterable {
        /// epoll on Linux, `poll` elsewhere.
        case best
        /// `poll(2)`, which every system has. It slows down with the number of connections.
        case poll
    }

    /// How the loop waits for sockets.
    public var waiting = Waiting.best
    /// Whether SIGINT and SIGTERM go to the program: the first one as a fact, the second one ends the process at once.
    ///
    /// Make such a loop before other threads, so that they leave the signals to it.
    public var handlesSignals = false
    /// Bytes that may wait to be written to files, all together. A program that bounds what it has under way by the
    /// `wrote` facts never meets this limit.
    public var fileBacklog = FileWorker.defaultBacklog

    /// Limits on the connections that peers make, which several loops may have in common; nil for none but the system's.
    public var admission: Admission?

    /// Who is asked for the addresses of a name; tests answer themselves.
    var lookUp: Resolver.LookUp = { System.resolve($0, port: $1, isNumeric: false) }

    /// The defaults.
    public init() {}

    func makePoller() throws(SystemError) -> any Poller {
        #if os(Linux)
            if waiting == .best { return try EpollPoller() }
        #endif
        return PollPoller()
    }

    func makeSignalSource() throws(SystemError) -> any SignalSource {
        #if os(Linux)
            if waiting == .best { return try SignalDescriptor() }
        #endif
        return try SignalPipe()
    }
}
