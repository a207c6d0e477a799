// SPDX-License-Identifier: Apache-2.0

public import AMF

/// Calls of the owner's own, answers to those of the peer, and messages of any kind.
extension ServerSession {
    /// The AMF in which commands are sent, agreed on in connect.
    public var objectEncoding: ObjectEncoding { connection.objectEncoding }

    /// Calls a procedure of the client. The answer, if one comes, is the event ``Event/answer(_:)``.
    ///
    /// - Returns: the transaction that the answer will carry.
    /// - Throws: ``UsageError`` before connect was accepted, when too many calls are not answered, or when a value has no
    ///   form on the wire.
    @discardableResult
    public mutating func call(
        _ name: String, object: AMF0Value = .null, arguments: [AMF0Value] = [],
        on stream: MessageStreamID = .netConnection
    ) throws(UsageError) -> Double {
        guard isConnected else { throw UsageError(.wrongState, in: "call before connect") }
        let transactionID = lastTransaction + 1
        try connection.call(
            Command(name, transactionID: transactionID, object: object, arguments: arguments), stream: stream)
        lastTransaction = transactionID
        return transactionID
    }

    /// Answers a call that came as ``Event/unhandled(_:on:)``, when ``Configuration/answersUnknownCalls`` leaves that to
    /// the owner. Does nothing when the call asks for no answer.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - values: What the procedure gives; for an error usually the value of a ``Status``.
    ///   - isError: Whether the procedure failed.
    /// - Throws: ``UsageError/Code/invalidMessage`` when a value has no form on the wire.
    public mutating func answer(
        _ call: Command, with values: [AMF0Value], isError: Bool = false
    ) throws(UsageError) {
        try connection.answer(call, with: values, isError: isError)
    }

    /// Sends a message of any kind but those that steer the connection (RTMP §5.4.1 to §5.4.5): shared objects, user
    /// control events, commands and data of the owner's own. The session does not look at it. Packets of a stream go by
    /// ``send(_:on:fullHeader:)``.
    ///
    /// - Throws: ``UsageError`` before connect was accepted, for those kinds, or when the message has no form on the wire.
    public mutating func send(
        _ message: RTMPMessage, on stream: MessageStreamID = .netConnection, at timestamp: RTMPTimestamp = .zero
    ) throws(UsageError) {
        guard isConnected else { throw UsageError(.wrongState, in: "send before connect") }
        try connection.send(message, stream: stream, timestamp: timestamp)
    }
}
