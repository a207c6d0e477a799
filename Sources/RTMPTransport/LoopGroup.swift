// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Runs one program as several shards, each in an ``EventLoop`` and on a thread of its own.
///
/// Connections that are accepted by any of the loops are dealt to all of them in turn. What shards post to each other
/// goes through the loops' mailboxes: at most one wake-up per loop that is posted to and turn.
///
/// ```swift
/// let ending = try LoopGroup.run(2) { Relay(configuration(of: Shard($0, of: 2))) }
/// ```
public enum LoopGroup {
    /// Runs `count` shards of a program until all have ended; the first one runs on this thread.
    ///
    /// When one ends, or SIGINT or SIGTERM come and are handled, the others are asked to end.
    ///
    /// - Parameters:
    ///   - count: How many loops. Less than two are one, which is an ``EventLoop`` and nothing more.
    ///   - observer: Who hears what the shards say. It is called from all threads, but by one at a time.
    ///   - options: How the loops work. Signals go to all shards.
    ///   - program: Makes a shard by its number, on the thread that will run it.
    /// - Returns: the first ending that was not a proper one; when there is none, that of the shard that ended first.
    /// - Throws: when the system has no descriptor or memory left for a loop.
    public static func run<P: Program & SendableMetatype & ~Copyable>(
        _ count: Int, observer: Observer = Observer(), options: EventLoopOptions = EventLoopOptions(),
        program: @escaping @Sendable (Int) -> P
    ) throws(TransportError) -> Ending {
        guard count > 1 else {
            var loop = try EventLoop(program(0), observer: observer, options: options)
            return loop.run()
        }
        return try run(in: LoopGroupState(count), observer: observer, options: options, program: program)
    }

    static func run<P: Program & SendableMetatype & ~Copyable>(
        in state: LoopGroupState<P.Note>, observer: Observer, options: EventLoopOptions,
        program: @escaping @Sendable (Int) -> P
    ) throws(TransportError) -> Ending {
        let observer = observer.oneAtATime()
        var first = try EventLoop(program(0), observer: observer, options: options, seat: LoopSeat(0, in: state))
        for index in 1..<state.mailboxes.count {
            let started = startThread {
                var options = options
                options.handlesSignals = false
                state.ended(index, runLoop(program(index), index, state, observer, options))
            }
            if !started { state.ended(index, Ending(.failed, "cannot start a thread for a loop; end other programs")) }
        }
        state.ended(0, first.run())
        return state.waitForAll()
    }

    private static func runLoop<P: Program & SendableMetatype & ~Copyable>(
        _ program: consuming P, _ index: Int, _ state: LoopGroupState<P.Note>, _ observer: Observer,
        _ options: EventLoopOptions
    ) -> Ending {
        do throws(TransportError) {
            var loop = try EventLoop(program, observer: observer, options: options, seat: LoopSeat(index, in: state))
            return loop.run()
        } catch {
            return Ending(.failed, "\(error)")
        }
    }
}

/// What the loops of a group share: a way to reach each other, and how they ended.
final class LoopGroupState<Note: Sendable>: Sendable {
    /// One for each loop.
    let mailboxes: [Mailbox<LoopMessage<Note>>]
    private let endings: Mailbox<Ending>
    private let hasEnded = Locked(false)

    init(_ count: Int) throws(TransportError) {
        do throws(SystemError) {
            var mailboxes: [Mailbox<LoopMessage<Note>>] = []
            for _ in 0..<count { mailboxes.append(try Mailbox()) }
            self.mailboxes = mailboxes
            endings = try Mailbox()
        } catch {
            throw TransportError("set up event loops", error)
        }
    }

    deinit {
        // Sockets that were on their way to a loop that had ended.
        for mailbox in mailboxes {
            for message in mailbox.take() { message.closeDescriptors() }
        }
    }

    /// Tells all loops but one.
    func tellOthers(than index: Int, _ interruption: Interruption) {
        for other in mailboxes.indices where other != index { mailboxes[other].post(.interrupted(interruption)) }
    }

    /// One loop has ended, so the others have to.
    func ended(_ index: Int, _ ending: Ending) {
        // Before the others hear of it: those that end because of this one come behind it.
        endings.post(ending)
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst { tellOthers(than: index, .terminate) }
    }

    /// Waits until all loops have ended.
    func waitForAll() -> Ending {
        let poller = PollPoller()
        poller.add(endings.descriptor, tag: 0, for: .read, isOneWay: true)
        var events: [PollEvent] = []
        var all: [Ending] = []
        while true {
            all += endings.take()
            guard all.count < mailboxes.count else { break }
            poller.rearm(endings.descriptor, for: .read)
            do throws(SystemError) {
                try poller.collect(.everything, nanoseconds: nil, into: &events)
            } catch {
                return Ending(.failed, TransportError("wait for event loops", error).description)
            }
        }
        let proper: [ExitStatus] = [.done, .interrupted, .terminated]
        return all.first { !proper.contains($0.status) } ?? all[0]
    }
}

/// A loop's place in its group.
struct LoopSeat<Note: Sendable> {
    let index: Int
    let group: LoopGroupState<Note>
    /// Connections that this loop dealt.
    private var dealt = 0

    init(_ index: Int, in group: LoopGroupState<Note>) {
        self.index = index
        self.group = group
    }

    /// The loop that the next connection goes to.
    mutating func deal() -> Int {
        dealt &+= 1
        return (dealt &- 1) % group.mailboxes.count
    }
}

extension Observer {
    /// The same observer behind a lock.
    fileprivate func oneAtATime() -> Observer {
        let observer = Locked(self)
        return Observer(
            log: { level, line in observer.withLock { $0.log(level, line) } },
            report: { progress in observer.withLock { $0.report(progress) } })
    }
}
