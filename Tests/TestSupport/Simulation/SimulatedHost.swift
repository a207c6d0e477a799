// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// One machine in a simulated network: a program, its connections, its files, and what it said.
public final class SimulatedHost {
    /// A log line and when it was said.
    public struct LogLine: Sendable, Hashable, CustomStringConvertible {
        /// When.
        public var time: Instant
        /// How loud.
        public var level: LogLevel
        /// What.
        public var text: String
        /// All of it in one line.
        public var description: String { "\(Double(time.nanoseconds) / 1e9) \(level) \(text)" }
    }

    /// The name under which others find it.
    public let name: String
    /// Its address, which others find too.
    public private(set) var address: String
    /// Whether a program runs: it was started and neither killed nor finished.
    public internal(set) var isRunning = false
    /// Its files and standard streams; they stay when the program ends.
    public var files: SimulatedFiles {
        get { whole.ownFiles }
        _modify { yield &whole.ownFiles }
    }
    /// What the program logged, oldest first, over all its restarts.
    public internal(set) var logs: [LogLine] = []
    /// A command that the program had run.
    public struct Command: Sendable, Hashable {
        /// What the shell was given.
        public var line: String
        /// What it could read.
        public var input: [UInt8]
    }

    /// Commands that the program had run, oldest first.
    public internal(set) var commands: [Command] = []
    /// How commands end.
    public var commandResult = RunResult.exited(0)
    /// What the program reported last.
    public internal(set) var progress: Progress?
    /// How many times it reported.
    public internal(set) var reports = 0
    /// How the program ended; nil while it runs or when it was killed.
    public internal(set) var ending: Ending?
    /// When the program ended by itself.
    public internal(set) var endedAt: Instant?
    /// How often the program was served; each shard counts its own turns.
    public internal(set) var turns = 0
    /// No fault happens to its connections: a witness of what others may have missed.
    public var isSpared = false
    /// For how long its program, or each of its shards, believes a turn to have kept the processor busy.
    public var turnCost = Duration.zero
    /// Bytes that other hosts' programs received from it, and it from them.
    public internal(set) var bytesSent = 0, bytesReceived = 0
    /// Connections whose few bytes may wait. Here they do not: whoever says so must live with either.
    public internal(set) var gathered: [ConnectionID] = []
    /// The ports it listens on.
    public var ports: [UInt16] { listeners.keys.sorted() }
    /// How many connections its program has.
    public var connectionCount: Int {
        (self === whole ? shards : [self]).reduce(0) { $0 + $1.slots.count { $0.connection != nil } }
    }

    struct Slot {
        var generation: UInt32 = 0
        /// Which connection, and which of its two sides we are.
        var connection: Int?
        var side = 0
    }

    let index: Int
    var program: AnyProgram
    var conditions: Conditions?
    /// Counts restarts: what was planned for an earlier program is dropped.
    var incarnation = 0
    var isVanished = false
    var pausedUntil: Int64 = 0
    var isDirty = false
    var scheduledTimer = Int64.max
    var deadline = Int64.max
    var slots: [Slot] = []
    var listeners: [UInt16: ListenerID] = [:]
    var attempts: Set<ConnectAttempt> = []
    /// A finished program's last writes are still done when the next one has begun; so files are told apart.
    struct OpenFile: Hashable {
        var incarnation: Int
        var file: FileID
    }

    var openFiles: [OpenFile: SimulatedFiles.Handle] = [:]
    var nextPort: UInt16 = 32_768
    private var ownFiles = SimulatedFiles()

    /// The first shard, when this is another one; and its number.
    private(set) weak var first: SimulatedHost?
    private(set) var number = 0
    /// The other shards, when this is the first one.
    private(set) var others: [SimulatedHost] = []
    /// How many connections were dealt to shards.
    var dealt = 0
    /// How shards ended, in order.
    var endings: [Ending] = []
    /// Notes on their way to this shard, by the shard that posted them, with the connection that comes along.
    var inbox: [Int: [(note: any Sendable, moved: (connection: Int, side: Int)?)]] = [:]
    var lastNoteArrival: [Int: Int64] = [:]

    init(name: String, index: Int, program: AnyProgram, conditions: Conditions?) {
        self.name = name
        self.index = index
        self.program = program
        self.conditions = conditions
        address = "10.0.\(index / 250).\(index % 250 + 1)"
    }

    /// Becomes the next shard of a host.
    func join(_ first: SimulatedHost) {
        self.first = first
        address = first.address
        number = first.others.count + 1
        first.others.append(self)
    }

    /// Looks at the program, which must be of this type.
    public func with<P: Program & ~Copyable, Result>(_ type: P.Type, _ body: (inout P) throws -> Result) rethrows
        -> Result
    {
        guard let program = program as? ProgramBox<P> else {
            preconditionFailure("\(name) runs another program than \(type)")
        }
        return try body(&program.program)
    }

    /// Its log as text.
    public var log: String { logs.map { "\($0)\n" }.joined() }

    /// Drops what was logged so far, in a run that is too long to keep it.
    public func forgetLogs() { logs = [] }

    /// Puts one side of a connection into a free slot.
    func open(_ connection: Int, side: Int) -> ConnectionID {
        let slot = slots.firstIndex { $0.connection == nil } ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot].connection = connection
        slots[slot].side = side
        slots[slot].generation += 1
        return ConnectionID(index: slot, generation: slots[slot].generation)
    }

    func slot(of id: ConnectionID) -> Slot? {
        guard id.index < slots.count, slots[id.index].generation == id.generation else { return nil }
        return slots[id.index]
    }

    /// Forgets a connection: no fact about it comes any more.
    func close(_ id: ConnectionID) {
        if slot(of: id) != nil { slots[id.index].connection = nil }
    }
}

/// A fact that holds no bytes of a connection.
enum Fact {
    case start
    case listening(ListenerID, SocketEndpoint)
    case listenFailed(ListenerID, String)
    case accepted(ConnectionID, ListenerID, SocketEndpoint)
    case connected(ConnectionID, ConnectAttempt, SocketEndpoint)
    case connectFailed(ConnectAttempt, String)
    case writable(ConnectionID)
    case closed(ConnectionID, CloseReason)
    case file(FileID, FileFact)
    case ran(RunID, RunResult)
    case interrupted(Interruption)
    case note(any Sendable, from: Int)
    case adopted(ConnectionID, any Sendable, from: Int)
}

/// A program of any type.
class AnyProgram {
    func tell(_ fact: Fact, at now: Instant, _ wishes: inout Wishes) { preconditionFailure("abstract") }
    func receive(_ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes) {
        preconditionFailure("abstract")
    }
    func serve(_ link: inout SimulatedLink, at now: Instant, _ wishes: inout Wishes) -> Instant {
        preconditionFailure("abstract")
    }
    func takePostings() -> [AnyPosting] { preconditionFailure("abstract") }
    func worked(from start: Instant, to end: Instant) { preconditionFailure("abstract") }
}

final class ProgramBox<P: Program & ~Copyable>: AnyProgram {
    var program: P

    init(_ program: consuming P) { self.program = program }

    override func tell(_ fact: Fact, at now: Instant, _ wishes: inout Wishes) {
        switch fact {
        case .start: program.start(at: now, &wishes)
        case .listening(let listener, let address): program.listening(listener, at: address, &wishes)
        case .listenFailed(let listener, let reason): program.listenFailed(listener, reason: reason, &wishes)
        case .accepted(let connection, let listener, let peer):
            program.accepted(connection, on: listener, from: peer, at: now, &wishes)
        case .connected(let connection, let attempt, let peer):
            program.connected(connection, for: attempt, to: peer, at: now, &wishes)
        case .connectFailed(let attempt, let reason):
            program.connectFailed(attempt, reason: reason, at: now, &wishes)
        case .writable(let connection): program.writable(connection)
        case .closed(let connection, let reason): program.closed(connection, reason, at: now, &wishes)
        case .file(let file, let fact): program.file(file, fact, at: now, &wishes)
        case .ran(let run, let result): program.ran(run, result, at: now, &wishes)
        case .interrupted(let interruption): program.interrupted(interruption, at: now, &wishes)
        case .note(let note, from: let shard):
            guard let note = note as? P.Note else { preconditionFailure("a note of another program") }
            program.note(note, from: shard, at: now, &wishes)
        case .adopted(let connection, let note, from: let shard):
            guard let note = note as? P.Note else { preconditionFailure("a note of another program") }
            program.adopted(connection, with: note, from: shard, at: now, &wishes)
        }
    }

    override func takePostings() -> [AnyPosting] {
        program.takePostings().map { AnyPosting(shard: $0.shard, note: $0.note, connection: $0.connection) }
    }

    override func receive(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {
        program.received(connection, bytes, at: now, &wishes)
    }

    override func serve(_ link: inout SimulatedLink, at now: Instant, _ wishes: inout Wishes) -> Instant {
        program.serve(&link, at: now, &wishes)
    }

    override func worked(from start: Instant, to end: Instant) { program.worked(from: start, to: end) }
}

/// The way to the connections of one host.
struct SimulatedLink: Link, ~Copyable {
    let network: SimulatedNetwork
    let host: SimulatedHost

    mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
        guard let (pipe, room) = network.room(for: bytes.count, on: connection, of: host) else { return 0 }
        bytes.extracting(0..<room).withUnsafeBytes { pipe.append($0) }
        network.transmit(on: connection, of: host)
        return room
    }

    mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
        let offered = min(range.upperBound, blocks.end) - max(range.lowerBound, blocks.start)
        guard offered > 0, let (pipe, room) = network.room(for: offered, on: connection, of: host) else { return 0 }
        let start = max(range.lowerBound, blocks.start)
        blocks.forEachPiece(in: start..<(start + room)) { piece in
            pipe.append(piece)
            return true
        }
        network.transmit(on: connection, of: host)
        return room
    }
}

extension SimulatedHost: CustomReflectable {
    /// The name alone: a failed expectation would otherwise copy the program field by field, which a program forbids.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
