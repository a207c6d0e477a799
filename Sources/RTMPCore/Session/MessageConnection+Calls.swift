// SPDX-License-Identifier: Apache-2.0

import AMF

/// Calls of both directions, in both kinds of session.
extension MessageConnection {
    /// Makes a call whose answer the owner waits for.
    mutating func call(_ command: Command, stream: MessageStreamID) throws(UsageError) {
        guard calls.count < limits.value.outstandingCalls else {
            throw UsageError(.tooManyCalls, in: "\(calls.count) calls are not answered")
        }
        try send(.command(command), stream: stream, timestamp: .zero)
        calls.append(command.transactionID)
    }

    /// Whether the owner waits for this answer; it does so once.
    mutating func isAwaited(_ answer: Command) -> Bool {
        guard let index = calls.firstIndex(of: answer.transactionID) else { return false }
        calls.remove(at: index)
        return true
    }

    /// Answers a call, if it asks for that.
    mutating func answer(_ call: Command, with values: [AMF0Value], isError: Bool = false) throws(UsageError) {
        guard call.transactionID.isFinite, call.transactionID != 0 else { return }
        let answer = Command(
            isError ? "_error" : "_result", transactionID: call.transactionID, arguments: values)
        try send(.command(answer), stream: .netConnection, timestamp: .zero)
    }

    /// Answers a call with an error, if it asks for an answer.
    mutating func fail(_ call: Command, _ reason: String) {
        try? answer(call, with: [Status(.callFailed, reason).value], isError: true)
    }
}
