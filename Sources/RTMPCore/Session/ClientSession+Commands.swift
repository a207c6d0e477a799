// SPDX-License-Identifier: Apache-2.0

import AMF

/// What follows from which message of the server.
extension ClientSession {
    mutating func handleCommand(_ message: RawMessage) throws(RTMPError) -> Event? {
        let command = try connection.command(in: message)
        switch command.name.lowercased() {
        case "_result": return result(command)
        case "_error": return error(command)
        case "onstatus": return status(command, on: message.streamID)
        case "onbwdone":
            checkBandwidth()
            return nil
        case "_onbwcheck":
            try? connection.answer(command, with: [0])  // FMS measures how long this takes.
            return nil
        case "ping":
            connection.send(Command("pong", transactionID: command.transactionID), on: .command)
            return nil  // Servers of Justin.tv asked so, and librtmp still knows.
        case "onfcpublish", "onfcunpublish", "onfcsubscribe", "_onbwdone":
            return nil  // Said beside the onStatus that counts, and by ffmpeg as a bare name.
        case "onfcunsubscribe":
            return finished(.playUnpublishNotify)
        case "close":
            return finished(.connectClosed)
        default:
            if configuration.answersUnknownCalls { connection.fail(command, "no such procedure") }
            return .unhandled(.command(command), on: message.streamID)
        }
    }

    private mutating func result(_ command: Command) -> Event? {
        if connection.isAwaited(command) { return .answer(command) }
        switch state {
        case .connecting:
            if let status = command.status, status.isError { return refuse(status) }
            state = .connected
            let result = ConnectResult(command)
            if configuration.objectEncoding == .amf3 { connection.objectEncoding = result.objectEncoding }
            return .connected(result)
        case .creating(let wish, let transactionID):
            // No other call of ours is answered with a number, so one that pairs its answers wrongly is understood too.
            guard let stream = command.streamNumber, command.transactionID == transactionID || !isCheck(command)
            else { return nil }
            ask(wish, on: stream)
            return nil
        default:
            return nil
        }
    }

    private mutating func error(_ command: Command) -> Event? {
        if connection.isAwaited(command) { return .answer(command) }
        let status = command.status ?? Status(.callFailed, "")
        switch state {
        case .connecting:
            return refuse(status)
        case .creating(_, let transactionID) where command.transactionID == transactionID:
            state = .refused
            return .rejected(status)
        case .asking(let wish, let stream, let transactionID) where command.transactionID == transactionID:
            state = .ended(wish, stream)
            return .rejected(status)
        default:
            return nil  // FMS does not find the stream to release, others know no FCPublish or _checkbw.
        }
    }

    private mutating func status(_ command: Command, on stream: MessageStreamID) -> Event? {
        let status = command.status ?? Status("", "")
        switch status.code {
        case .connectReconnectRequest:
            return .reconnectRequested(tcURL: status.details["tcUrl"]?.string)
        case .playStop, .playComplete, .playUnpublishNotify:
            if let event = finished(status.code) { return event }
        case .seekFailed, .seekInvalidTime:
            break
        default:
            // Servers send it on any stream, and some leave out the code of the one answer that can be meant.
            if status.isError, let event = refuseNow(status) { return event }
            if let event = begin(status) { return event }
        }
        return .status(status, on: stream)
    }

    /// The event when `status` says that what was asked for begins, or that a stream that had ended is back.
    private mutating func begin(_ status: Status) -> Event? {
        guard !status.isError else { return nil }
        switch (state, status.code) {
        case (.asking(let wish, let stream, _), .publishStart) where wish.isPublish,
            (.asking(let wish, let stream, _), "") where wish.isPublish:
            state = .active(wish, stream)
            return .publishing(stream)
        case (.asking(let wish, let stream, _), .playStart), (.asking(let wish, let stream, _), .playPublishNotify),
            (.asking(let wish, let stream, _), ""), (.ended(let wish, let stream), .playStart),
            (.ended(let wish, let stream), .playPublishNotify):
            guard !wish.isPublish else { return nil }
            state = .active(wish, stream)
            return .playing(stream)
        default:
            return nil
        }
    }

    private mutating func refuseNow(_ status: Status) -> Event? {
        switch state {
        case .connecting: return refuse(status)
        case .creating:
            state = .refused
            return .rejected(status)
        case .asking(let wish, let stream, _), .active(let wish, let stream):
            state = .ended(wish, stream)
            return .rejected(status)
        default: return nil
        }
    }

    private mutating func refuse(_ status: Status) -> Event {
        state = .refused
        return .rejected(status)
    }

    mutating func finished(_ code: StatusCode) -> Event? {
        switch state {
        case .asking(let wish, let stream, _), .active(let wish, let stream):
            state = .ended(wish, stream)
            return .ended(code)
        default:
            return nil
        }
    }

    private mutating func ask(_ wish: Wish, on stream: MessageStreamID) {
        let transactionID = newTransaction()
        state = .asking(wish, stream, transactionID: transactionID)
        var arguments: [AMF0Value]
        switch wish {
        case .publish(let name, let kind):
            arguments = [.string(AMFString(name)), .string(AMFString(kind.rawValue))]
            connection.send(
                Command("publish", transactionID: transactionID, arguments: arguments), on: .streamCommand,
                stream: stream)
        case .play(let name, let start, let duration):
            hasSampleAccess = false
            arguments = [.string(AMFString(name)), .number(start)]
            if let duration { arguments.append(.number(duration)) }
            connection.send(
                Command("play", transactionID: transactionID, arguments: arguments), on: .streamCommand,
                stream: stream)
            connection.send(.setBufferLength(stream, milliseconds: configuration.bufferMilliseconds))
        }
    }

    private mutating func checkBandwidth() {
        guard bandwidthCheck == .unasked else { return }
        let transactionID = newTransaction()
        bandwidthCheck = .asked(transactionID: transactionID)
        connection.send(Command("_checkbw", transactionID: transactionID), on: .command)
    }

    private func isCheck(_ command: Command) -> Bool {
        bandwidthCheck == .asked(transactionID: command.transactionID)
    }
}

extension Command {
    /// The stream that a server made, if the first argument can be one.
    fileprivate var streamNumber: MessageStreamID? {
        guard case .number(let number)? = arguments.first, let value = number.wholeUInt32, value > 0 else {
            return nil
        }
        return MessageStreamID(rawValue: value)
    }
}

extension ChunkStreamID {
    /// Commands of a client for one stream: what ffmpeg, librtmp and Flash use.
    static let streamCommand = Self(rawValue: 8)
}
