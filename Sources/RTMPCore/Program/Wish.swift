// SPDX-License-Identifier: Apache-2.0

/// What a program wants from whoever runs it. Wishes are carried out in order, after the call that made them.
public enum Wish: Sendable, Hashable {
    /// Open a listener; answered by `listening` or `listenFailed`.
    case listen(ListenerID, ListenAddress)
    /// Close a listener.
    case stopListening(ListenerID)
    /// Resolve a name and connect to it, trying its addresses in turn; answered by `connected` or `connectFailed`.
    case connect(ConnectAttempt, NetworkAddress, timeout: Duration)
    /// Give up an attempt that is not answered yet.
    case cancelConnect(ConnectAttempt)
    /// Close after what was sent has left: our side at once, the whole when the peer closed its side or after 2 s.
    case close(ConnectionID)
    /// Close at once, whatever is still on its way.
    case abort(ConnectionID)
    /// Stop delivering bytes from a peer, until `resumeReading`. The peer is held back by TCP.
    case pauseReading(ConnectionID)
    /// Deliver bytes from a peer again.
    case resumeReading(ConnectionID)
    /// Half-open peers must be found out although nothing is sent to them (a publisher): use keep-alive probes.
    case keepAlive(ConnectionID)
    /// The connection carries media from now on: it may be left alone until ``Program/mediaOpens``. The peer of a source
    /// sends media; from all others that were accepted little is read at a time.
    case media(ConnectionID, isSource: Bool)
    /// Fewer than `bytes` from the peer may be left where they are until more have come, or so long after the last ones: to
    /// be woken for them costs more than they are worth.
    case gather(ConnectionID, bytes: Int, within: Duration)
    /// Open a file; answered by ``FileFact/opened(path:isSeekable:size:)`` or ``FileFact/failed(_:)``.
    case open(FileID, FileRequest)
    /// Append bytes to a file; answered by ``FileFact/wrote(_:)`` once they are written.
    case write(FileID, [UInt8])
    /// Overwrite bytes of a file at an offset from its start. On a pipe this does nothing.
    case overwrite(FileID, at: Int, [UInt8])
    /// Cut a file off behind so many bytes and go on writing there; the way out of ``FileFact/stuck(at:_:)``.
    case cut(FileID, to: Int)
    /// Have what was written so far survive a power cut. It may take long.
    case sync(FileID)
    /// Read up to so many bytes from a file; answered by ``FileFact/read(_:)`` or ``FileFact/end``.
    case read(FileID, upTo: Int)
    /// Go on reading from this offset from the start of the file.
    case seek(FileID, to: Int)
    /// Close a file after everything wished before; answered by ``FileFact/closed``.
    case closeFile(FileID)
    /// Give a file that is open for writing another name in the same file system; answered by ``FileFact/renamed(to:)``.
    ///
    /// `replacing` false fails when there is a file of that name. What was synced keeps its new name in a power cut.
    case rename(FileID, to: String, replacing: Bool)
    /// Say which files are in a directory, and with `recursive` also in those below it; answered by
    /// ``FileFact/listed(_:)``, nothing where there is no such directory. The identifier is a new one, and used up then.
    case list(FileID, directory: String, recursive: Bool)
    /// Remove files; answered by ``FileFact/removed(_:_:)``. The identifier is a new one, and used up then.
    case remove(FileID, [String])
    /// Have the shell run a command line with this on its standard input, beside everything else; answered by
    /// `ran(_:_:at:_:)` when it has ended.
    case run(RunID, command: String, input: [UInt8])
    /// Say something to the operator. One line, without time and newline.
    case log(LogLevel, String)
    /// Show how things go.
    case report(Progress)
    /// The program is done.
    case finish(Ending)
}

/// The wishes of one turn, in order.
public struct Wishes: Sendable {
    /// What was wished so far.
    public private(set) var items: [Wish] = []

    /// No wishes.
    public init() {}

    /// Whether nothing was wished.
    public var isEmpty: Bool { items.isEmpty }

    /// Wishes one thing more.
    public mutating func append(_ wish: Wish) { items.append(wish) }

    /// Takes all wishes out, in order.
    public mutating func take() -> [Wish] {
        var taken: [Wish] = []
        swap(&taken, &items)
        return taken
    }

    /// Wishes a log line.
    public mutating func log(_ level: LogLevel, _ line: String) { items.append(.log(level, line)) }
}

/// How loud a log line is.
public enum LogLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Details for somebody who looks for a fault.
    case debug
    /// What happened.
    case info
    /// Something that the operator may want to change.
    case warning
    /// Something that did not work.
    case error

    /// Orders by loudness.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// How a program ended.
public struct Ending: Sendable, Hashable {
    /// The exit status of the process.
    public var status: ExitStatus
    /// What to tell the operator, when there is something to tell.
    public var message: String?

    /// An ending with its status and message.
    public init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message
    }
}

/// Exit statuses: those of BSD `sysexits` where they fit, so that scripts can tell failures apart.
public struct ExitStatus: RawRepresentable, Sendable, Hashable {
    /// What the process hands to its parent.
    public var rawValue: Int32
    /// A status by its number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Done: the stream ended properly, the wished duration was reached, or the reader went away.
    public static let done = Self(rawValue: 0)
    /// Failed for a reason that has no status of its own.
    public static let failed = Self(rawValue: 1)
    /// The result is usable but incomplete: the connection was lost.
    public static let incomplete = Self(rawValue: 2)
    /// The command line is wrong.
    public static let usage = Self(rawValue: 64)
    /// The input is not what it should be.
    public static let badInput = Self(rawValue: 65)
    /// The peer cannot be reached, or sent no media in time.
    public static let unavailable = Self(rawValue: 69)
    /// The output cannot be created.
    public static let cannotCreate = Self(rawValue: 73)
    /// Reading or writing failed; what was written is valid.
    public static let inputOutput = Self(rawValue: 74)
    /// The peer does not speak the protocol.
    public static let protocolError = Self(rawValue: 76)
    /// Refused by the peer, or wrong credentials.
    public static let refused = Self(rawValue: 77)
    /// Ended by SIGINT after a clean finish.
    public static let interrupted = Self(rawValue: 130)
    /// Ended by SIGTERM after a clean finish.
    public static let terminated = Self(rawValue: 143)
}
