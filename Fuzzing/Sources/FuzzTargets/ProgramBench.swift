// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Where a program's bytes go: each connection has room for so many.
struct FuzzLink: Link, ~Copyable {
    struct Way {
        var id: ConnectionID
        var room = Int.max
        var isBlocked = false
        /// Everything that was ever sent.
        var sent: [UInt8] = []
    }

    var ways: [Way] = []

    mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
        guard let way = ways.firstIndex(where: { $0.id == connection }) else { return 0 }
        let count = take(bytes.count, way)
        bytes.extracting(0..<count).withUnsafeBytes { ways[way].sent.append(contentsOf: $0) }
        return count
    }

    mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int {
        guard let way = ways.firstIndex(where: { $0.id == connection }) else { return 0 }
        check(range.lowerBound >= blocks.start && range.upperBound <= blocks.end, "\(range) is not in the log")
        let count = take(range.count, way)
        ways[way].sent += blocks.bytes(in: range.lowerBound..<(range.lowerBound + count))
        return count
    }

    private mutating func take(_ count: Int, _ way: Int) -> Int {
        check(!ways[way].isBlocked || count == 0, "\(ways[way].id) is written to though it is blocked")
        let taken = min(count, ways[way].room)
        ways[way].room -= taken
        if taken < count { ways[way].isBlocked = true }
        return taken
    }
}

/// Runs a program by hand, and looks after what it wishes.
struct ProgramBench<P: Program & ~Copyable>: ~Copyable {
    var program: P
    var link = FuzzLink()
    var now = Instant(nanoseconds: 1_000_000_000)
    /// Connections that it wants made.
    private(set) var attempts: [ConnectAttempt] = []
    private(set) var isPaused: Set<ConnectionID> = []
    private(set) var ending: Ending?
    /// What is in its files, and what it waits for.
    private(set) var files: [FileID: [UInt8]] = [:]
    private(set) var waiting: [(file: FileID, wish: Wish)] = []
    private(set) var hasFailedFile = false
    /// What became of connections that are gone.
    private(set) var gone: [FuzzLink.Way] = []
    private var wishes = Wishes()
    private var nextConnection = 0

    init(_ program: consuming P) {
        self.program = program
        self.program.start(at: now, &wishes)
        settle()
    }

    // Facts

    mutating func accept() -> ConnectionID {
        let id = open()
        let peer = SocketEndpoint(address: "192.0.2.1", port: 1)
        program.accepted(id, on: ListenerID(0), from: peer, at: now, &wishes)
        settle()
        return id
    }

    /// Answers the oldest wish for a connection.
    mutating func answerAttempt(with isConnected: Bool) -> ConnectionID? {
        guard !attempts.isEmpty, ending == nil else { return nil }
        let attempt = attempts.removeFirst()
        guard isConnected else {
            program.connectFailed(attempt, reason: "nobody there", at: now, &wishes)
            settle()
            return nil
        }
        let id = open()
        program.connected(id, for: attempt, to: SocketEndpoint(address: "192.0.2.2", port: 1935), at: now, &wishes)
        settle()
        return isOpen(id) ? id : nil
    }

    mutating func say(_ bytes: [UInt8], on id: ConnectionID) {
        guard isOpen(id), !bytes.isEmpty, !isPaused.contains(id) else { return }
        program.received(id, bytes.span, at: now, &wishes)
        settle()
    }

    /// From now on the connection takes so many bytes more.
    mutating func setRoom(_ room: Int, on id: ConnectionID) {
        guard let way = link.ways.firstIndex(where: { $0.id == id }) else { return }
        link.ways[way].room = room
        guard room > 0, link.ways[way].isBlocked else { return }
        link.ways[way].isBlocked = false
        program.writable(id)
    }

    mutating func close(_ id: ConnectionID, _ reason: CloseReason) {
        guard isOpen(id) else { return }
        forget(id)
        program.closed(id, reason, at: now, &wishes)
        settle()
    }

    mutating func interrupt(_ interruption: Interruption) {
        guard ending == nil else { return }
        program.interrupted(interruption, at: now, &wishes)
        settle()
    }

    /// Does what the program has waited longest for from a file, or lets it fail.
    mutating func workOnFile(_ content: (Int) -> [UInt8], failing: Bool) {
        guard !waiting.isEmpty, ending == nil else { return }
        let (file, wish) = waiting.removeFirst()
        let fact: FileFact
        if failing {
            fact = .failed(FileFailure(.inputOutput, reason: "broken"))
            waiting.removeAll { $0.file == file }
            hasFailedFile = true
        } else {
            switch wish {
            case .open(_, .read(path: let path)): fact = .opened(path: path, isSeekable: true, size: 0)
            case .open(_, .create(path: let path, replacing: _, makingDirectories: _)):
                files[file] = []
                fact = .opened(path: path, isSeekable: true, size: 0)
            case .write(_, let bytes):
                files[file]? += bytes
                fact = .wrote(bytes.count)
            case .overwrite(_, at: let offset, let bytes):
                overwrite(file, offset, bytes)
                return
            case .read(_, upTo: let count):
                let bytes = content(count)
                fact = bytes.isEmpty ? .end : .read(bytes)
            case .closeFile: fact = .closed
            default: return
            }
        }
        program.file(file, fact, at: now, &wishes)
        settle()
    }

    private mutating func overwrite(_ file: FileID, _ offset: Int, _ bytes: [UInt8]) {
        let count = files[file]?.count ?? 0
        check(offset >= 0 && offset + bytes.count <= count, "\(bytes.count) bytes at \(offset) of \(count)")
        files[file]?.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }

    /// Lets that much time pass, as a loop would.
    mutating func wait(_ duration: Duration) {
        let end = now + duration
        var next = serve()
        var turns = 0
        // A program that asks for one turn after another in a long time is none to be fuzzed for long.
        while ending == nil, next <= end, turns < 200 {
            now = max(now, next)
            next = serve()
            turns += 1
        }
        now = end
        serve()
    }

    @discardableResult
    mutating func serve() -> Instant {
        guard ending == nil else { return .never }
        var deadline = now
        var turns = 0
        while ending == nil, deadline <= now {
            check(turns < 64, "served again and again")
            turns += 1
            deadline = program.serve(&link, at: now, &wishes)
            settle()
        }
        return deadline
    }

    // Wishes

    func isOpen(_ id: ConnectionID) -> Bool { ending == nil && link.ways.contains { $0.id == id } }

    /// What was sent on a connection, whether or not it is still there.
    func sent(on id: ConnectionID) -> [UInt8] {
        (link.ways.first { $0.id == id } ?? gone.first { $0.id == id })?.sent ?? []
    }

    private mutating func open() -> ConnectionID {
        nextConnection += 1
        // As in the runners, places are used again.
        let index = (0...link.ways.count).first { index in !link.ways.contains { $0.id.index == index } } ?? 0
        let id = ConnectionID(index: index, generation: UInt32(nextConnection))
        link.ways.append(FuzzLink.Way(id: id))
        return id
    }

    private mutating func forget(_ id: ConnectionID) {
        guard let way = link.ways.firstIndex(where: { $0.id == id }) else { return }
        gone.append(link.ways.remove(at: way))
        isPaused.remove(id)
    }

    private mutating func settle() {
        while !wishes.isEmpty {
            for wish in wishes.take() where ending == nil { carryOut(wish) }
        }
    }

    private mutating func carryOut(_ wish: Wish) {
        switch wish {
        case .listen(let listener, _):
            program.listening(listener, at: SocketEndpoint(address: "127.0.0.1", port: 1935), &wishes)
        case .connect(let attempt, _, timeout: _): attempts.append(attempt)
        case .cancelConnect(let attempt): attempts.removeAll { $0 == attempt }
        case .close(let id), .abort(let id): forget(id)
        case .pauseReading(let id): isPaused.insert(id)
        case .resumeReading(let id): isPaused.remove(id)
        case .open(let file, _), .write(let file, _), .overwrite(let file, at: _, _), .read(let file, upTo: _),
            .closeFile(let file):
            waiting.append((file, wish))
        case .log(_, let line): checkLine(line)
        case .finish(let ending):
            if let message = ending.message { checkLine(message) }
            self.ending = ending
        // What a runner does about these a program cannot see.
        default: break
        }
    }

    /// Whatever a peer says, the log has one line for each event, and no line moves the cursor of a terminal.
    private func checkLine(_ line: String) {
        let isPlain = !line.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        check(isPlain && line.utf8.count < 8_192, "log line \(line.debugDescription)")
    }
}
