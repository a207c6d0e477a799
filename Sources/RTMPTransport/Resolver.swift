// SPDX-License-Identifier: Apache-2.0

/// Looks names up on helper threads, because `getaddrinfo` blocks. Nothing is remembered: every question is asked anew.
final class Resolver: Sendable {
    typealias Answer = @Sendable (Result<[SocketAddress], NameFailure>) -> Void

    private struct Question: Sendable {
        var host: String
        var port: UInt16
        var answer: Answer
    }

    private struct State: Sendable {
        var waiting: [Question] = []
        var threads = 0
    }

    /// One dead name server holds a thread for half a minute; the other names must not wait for it.
    private static let threadLimit = 16
    typealias LookUp = @Sendable (_ host: String, _ port: UInt16) -> Result<[SocketAddress], NameFailure>

    private let state = Locked(State())
    private let lookUp: LookUp

    /// Asks the system, or in tests somebody else.
    init(lookUp: @escaping LookUp) { self.lookUp = lookUp }

    /// Calls `answer` with the addresses of `host`, on another thread.
    func resolve(_ host: String, port: UInt16, _ answer: @escaping Answer) {
        let question = Question(host: host, port: port, answer: answer)
        let needsThread = state.withLock { state in
            state.waiting.append(question)
            guard state.threads < Self.threadLimit else { return false }
            state.threads += 1
            return true
        }
        guard needsThread, !startThread({ [state, lookUp] in Self.answerAll(state, lookUp) }) else { return }
        let unanswered = state.withLock { state in
            state.threads -= 1
            // Somebody else's thread will come to it, unless there is none.
            guard state.threads == 0 else { return [Question]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for question in unanswered {
            question.answer(.failure(NameFailure(isUnknown: false, text: "no thread to ask with")))
        }
    }

    private static func answerAll(_ state: Locked<State>, _ lookUp: LookUp) {
        while true {
            let next = state.withLock { state in
                if state.waiting.isEmpty {
                    state.threads -= 1
                    return nil as Question?
                }
                return state.waiting.removeFirst()
            }
            guard let question = next else { return }
            question.answer(lookUp(question.host, question.port))
        }
    }
}
