// SPDX-License-Identifier: Apache-2.0

/// Does work that blocks, in the order in which it comes, a few pieces at a time, on threads that end when nothing is
/// left to do.
final class HelperThreads<Work: Sendable>: Sendable {
    /// Why work is not done.
    enum Refusal: Sendable {
        /// So much waits already that more would be too much.
        case queueIsFull
        /// The system has no thread to do it on.
        case noThread
    }

    private struct State: Sendable {
        var waiting: [Work] = []
        var threads = 0
    }

    private enum Decision { case refuse, wait, begin }

    private let state = Locked(State())
    private let threadLimit: Int
    private let queueLimit: Int
    private let perform: @Sendable (Work) -> Void
    private let refuse: @Sendable (Work, Refusal) -> Void

    /// - Parameters:
    ///   - threadLimit: So many pieces are done at a time.
    ///   - queueLimit: So many may wait.
    ///   - perform: Does a piece, on a helper thread.
    ///   - refuse: Hears of what is not done, on the thread that ordered it.
    init(
        threadLimit: Int, queueLimit: Int = .max, perform: @escaping @Sendable (Work) -> Void,
        refuse: @escaping @Sendable (Work, Refusal) -> Void
    ) {
        self.threadLimit = threadLimit
        self.queueLimit = queueLimit
        self.perform = perform
        self.refuse = refuse
    }

    /// Has something done.
    func order(_ work: Work) {
        let decision = state.withLock { state in
            guard state.waiting.count < queueLimit else { return Decision.refuse }
            state.waiting.append(work)
            guard state.threads < threadLimit else { return .wait }
            state.threads += 1
            return .begin
        }
        switch decision {
        case .refuse: refuse(work, .queueIsFull)
        case .wait: break
        case .begin:
            if !startThread({ [state, perform] in Self.performAll(state, perform) }) { giveUp() }
        }
    }

    private func giveUp() {
        let left = state.withLock { state in
            state.threads -= 1
            // Another thread will come to it, unless there is none.
            guard state.threads == 0 else { return [Work]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for work in left { refuse(work, .noThread) }
    }

    private static func performAll(_ state: Locked<State>, _ perform: (Work) -> Void) {
        while true {
            let next = state.withLock { state in
                if state.waiting.isEmpty {
                    state.threads -= 1
                    return nil as Work?
                }
                return state.waiting.removeFirst()
            }
            guard let next else { return }
            perform(next)
        }
    }
}
