// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Runs a program over real sockets and files, on the thread that calls ``run()``.
///
/// A turn of the loop: wait, tell the program what happened, let it serve its connections, carry out its wishes. Wishes
/// are carried out right after the call that made them, in order. Nothing in a turn blocks: names are looked up and
/// files are read and written on helper threads.
///
/// ```swift
/// var loop = try EventLoop(program, observer: Observer(log: { print($1) }))
/// let ending = loop.run()
/// ```
///
/// A loop belongs to the thread that made it. Making one raises the process's limit of open descriptors and makes the
/// process ignore SIGPIPE; with ``EventLoopOptions/handlesSignals`` it takes SIGINT and SIGTERM for its program.
public struct EventLoop<P: Program & ~Copyable>: ~Copyable {
    var program: P
    var wishes = Wishes()
    var sockets: Sockets
    let observer: Observer
    let poller: any Poller
    let mailbox: Mailbox<LoopMessage<P.Note>>
    /// Set when other loops run shards of the same program.
    var seat: LoopSeat<P.Note>?
    let resolver: Resolver
    let runner: CommandRunner
    let fileWorker: FileWorker
    let admission: Admission?
    let readBuffer: UnsafeMutableRawBufferPointer
    private let signals: (any SignalSource)?
    /// What the last wait brought.
    var events: [PollEvent] = []
    /// The clock, read before facts, before serving and before waiting.
    var now = SystemClock.now
    /// When the last wait ended.
    var woke = SystemClock.now
    var pace = ReadingPace()
    /// Whether media is looked at in this turn.
    var isMediaTurn = false
    var trimming = MemoryTrimming()
    var gatherings: [Gathering] = []
    private var logGate = LogGate()
    /// Something happened that the program has not served yet.
    var needsTurn = false
    private var isCarryingOut = false

    var listeners: [Int: Listener] = [:]
    var attempts: [Int: Attempt] = [:]
    var nextSerial = 0
    /// Descriptors ran out: when to try to accept again.
    var acceptsAgain = Instant.never
    var saidDescriptorsRanOut = false
    /// Connections that wait for their peer's end, oldest first, with the time of patience.
    var drains: [(id: ConnectionID, until: Instant)] = []
    var files: [FileID: FileState] = [:]
    var fileIDs: [FileKey: FileID] = [:]
    /// Set once the program wished to finish; it hears of nothing more.
    var ending: Ending?
    var patience = Instant.never

    /// A loop for `program`, which starts when the loop runs.
    ///
    /// - Throws: when the system has no descriptor or memory left for a loop.
    public init(
        _ program: consuming P, observer: Observer = Observer(), options: EventLoopOptions = EventLoopOptions()
    ) throws(TransportError) {
        try self.init(program, observer: observer, options: options, seat: nil)
    }

    init(
        _ program: consuming P, observer: Observer, options: EventLoopOptions, seat: LoopSeat<P.Note>?
    ) throws(TransportError) {
        Environment.ignoreWriteSignals()
        Environment.raiseDescriptorLimit()
        let poller: any Poller
        let sockets: Sockets
        let mailbox: Mailbox<LoopMessage<P.Note>>
        let fileWorker: FileWorker
        var signals: (any SignalSource)?
        do throws(SystemError) {
            poller = try options.makePoller()
            mailbox = if let seat { seat.group.mailboxes[seat.index] } else { try Mailbox() }
            fileWorker = try FileWorker(backlogLimit: options.fileBacklog) { [mailbox] in mailbox.post(.files($0)) }
            var table = Sockets(poller: poller)
            _ = try table.add(mailbox.descriptor, .mailbox)
            if options.handlesSignals {
                let source = try options.makeSignalSource()
                _ = try table.add(source.descriptor, .signals)
                signals = source
            }
            sockets = table
        } catch {
            throw TransportError("set up an event loop", error)
        }
        self.program = program
        self.poller = poller
        self.sockets = sockets
        self.mailbox = mailbox
        self.seat = seat
        self.fileWorker = fileWorker
        self.signals = signals
        self.observer = observer
        admission = options.admission
        resolver = Resolver(lookUp: options.lookUp)
        runner = CommandRunner()
        readBuffer = .allocate(byteCount: 131_072, alignment: 64)
    }

    deinit { readBuffer.deallocate() }

    /// Runs the program until it wishes to finish, and what it wrote is on its way.
    ///
    /// Files that are still open are written and closed, connections are closed after what was sent; peers and disks
    /// that need more than two seconds for that are left alone.
    ///
    /// - Returns: how the program ended; a file that failed while it was being closed turns success into
    ///   `ExitStatus.inputOutput`.
    public mutating func run() -> Ending {
        now = SystemClock.now
        woke = now
        program.start(at: now, &wishes)
        carryOutWishes()
        while true {
            var deadline = Instant.never
            if ending == nil {
                now = SystemClock.now
                needsTurn = false
                deadline = program.serve(&sockets, at: now, &wishes)
                carryOutWishes()
                tellBroken()
                postToOthers()
            }
            if let ending, isQuiet || now >= patience { return result(ending) }
            account()
            do throws(SystemError) {
                try wait(until: deadline)
            } catch {
                return Ending(.failed, TransportError("wait for events", error).description)
            }
            for event in events { handle(event) }
            readAgain()
            keepTime()
        }
    }

    /// Carries wishes out until none is left. A wish may lead to a fact and that to wishes, but not for ever: a program
    /// that never comes to rest gets on with it in the next turn.
    mutating func carryOutWishes() {
        // A fact that a wish leads to at once comes by here too: its wishes take their turn in the loop below.
        guard !isCarryingOut, !wishes.isEmpty else { return }
        isCarryingOut = true
        defer { isCarryingOut = false }
        for _ in 0..<64 where !wishes.isEmpty && ending == nil {
            for wish in wishes.take() { carryOut(wish) }
        }
    }

    /// The program heard something, maybe after it served: it serves again before the loop waits.
    mutating func serveSoon() { needsTurn = true }

    private mutating func carryOut(_ wish: Wish) {
        switch wish {
        case .listen(let listener, let address): listen(listener, address)
        case .stopListening(let listener): stopListening(listener)
        case .connect(let attempt, let address, let timeout): connect(attempt, to: address, timeout: timeout)
        case .cancelConnect(let attempt): cancelConnect(attempt)
        case .close(let id): close(id)
        case .abort(let id): abort(id)
        case .pauseReading(let id): pauseReading(id)
        case .resumeReading(let id): resumeReading(id)
        case .keepAlive(let id): keepAlive(id)
        case .media(let id, let isSource):
            if let index = sockets.connection(id) { sockets.moveToMedia(index, isSource: isSource) }
        case .gather(let id, let bytes, let patience): gather(id, bytes, within: patience)
        case .open(let file, let request): open(file, request)
        case .write(let file, let bytes): order(file, .write(bytes))
        case .overwrite(let file, let offset, let bytes): order(file, .overwrite(at: offset, bytes))
        case .cut(let file, let size): order(file, .cut(to: size))
        case .sync(let file): order(file, .sync)
        case .read(let file, let limit): order(file, .read(upTo: limit))
        case .seek(let file, let offset): order(file, .seek(to: offset))
        case .closeFile(let file): order(file, .close)
        case .rename(let file, let name, let replacing): order(file, .rename(to: name, replacing: replacing))
        case .list(let file, let directory, let recursive):
            orderOnce(file, .list(directory: directory, recursive: recursive))
        case .remove(let file, let paths): orderOnce(file, .remove(paths))
        case .run(let run, let command, let input): start(run, command, input)
        case .log(let level, let line): log(level, line)
        case .report(let progress): observer.report(progress)
        case .finish(let ending): finish(ending)
        }
    }

    private mutating func log(_ level: LogLevel, _ line: String) {
        let (isAdmitted, leftOut) = logGate.admit(level, at: now)
        guard isAdmitted else { return }
        if leftOut > 0 { observer.log(.warning, "\(leftOut) lines were left out: too much happened at once") }
        observer.log(level, line)
    }

    private mutating func handle(_ event: PollEvent) {
        let id = ConnectionID(tag: event.tag)
        guard let index = sockets.index(of: id) else { return }
        switch sockets.slots[index].role {
        case .connection, .draining: connectionReady(index, event.readiness)
        case .listener: acceptConnections(index)
        case .attempt: attemptReady(index)
        case .mailbox:
            let messages = mailbox.take()
            sockets.markDrained(index)
            for message in messages { handle(message) }
        case .signals:
            if let interruption = signals?.take() {
                seat?.group.tellOthers(than: seat?.index ?? 0, interruption)
                interrupt(interruption)
            }
            sockets.markDrained(index)
        case .free: break
        }
    }

    private mutating func handle(_ message: LoopMessage<P.Note>) {
        switch message {
        case .resolved(let serial, let result): resolved(serial, result)
        case .files(let news):
            for news in news { handle(news.fact, of: news.key) }
        case .accepted(let descriptor, let listener, let peer): take(descriptor, on: listener, from: peer)
        case .postings(from: let shard, let postings): handle(postings, from: shard)
        case .interrupted(let interruption): interrupt(interruption)
        case .fed: break
        case .ran(let run, let result):
            guard ending == nil else { return }
            program.ran(run, result, at: now, &wishes)
            carryOutWishes()
            serveSoon()
        }
    }

    private func start(_ run: RunID, _ command: String, _ input: [UInt8]) {
        let mailbox = mailbox
        runner.start(command, input, fed: { mailbox.post(.fed) }, ended: { mailbox.post(.ran(run, $0)) })
    }
}
