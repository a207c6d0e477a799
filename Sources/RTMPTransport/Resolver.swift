// SPDX-License-Identifier: Apache-2.0

/// Looks names up on helper threads, because `getaddrinfo` blocks. Nothing is remembered: every question is asked anew.
final class Resolver: Sendable {
    typealias Answer = @Sendable (Result<[SocketAddress], NameFailure>) -> Void
    typealias LookUp = @Sendable (_ host: String, _ port: UInt16) -> Result<[SocketAddress], NameFailure>

    private struct Question: Sendable {
        var host: String
        var port: UInt16
        var answer: Answer
    }

    private let threads: HelperThreads<Question>

    /// Asks the system, or in tests somebody else.
    init(lookUp: @escaping LookUp) {
        // One dead name server holds a thread for half a minute; the other names must not wait for it.
        threads = HelperThreads(threadLimit: 16) { question in
            question.answer(lookUp(question.host, question.port))
        } refuse: { question, _ in
            question.answer(.failure(NameFailure(isUnknown: false, text: "no thread to ask with")))
        }
    }

    /// Calls `answer` with the addresses of `host`, on another thread.
    func resolve(_ host: String, port: UInt16, _ answer: @escaping Answer) {
        threads.order(Question(host: host, port: port, answer: answer))
    }
}
