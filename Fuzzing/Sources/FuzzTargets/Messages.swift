// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// A message type, a timestamp, and the body.
func fuzzMessages(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let typeID = MessageTypeID(rawValue: input.byte())
    let stream = MessageStreamID(rawValue: UInt32(typeID.rawValue >> 6))
    let raw = RawMessage(
        typeID: typeID, streamID: stream, timestamp: RTMPTimestamp(input.uint32()), payload: Array(input.rest))
    switch typeID {
    case .aggregate: aggregate(raw)
    case .sharedObject, .sharedObjectAMF3: sharedObject(raw)
    default: break
    }
    guard let message = try? RTMPMessage(decoding: raw) else { return }
    let encoded = must("encode \(message)") { try message.encoded(on: raw.streamID, at: raw.timestamp) }
    check(encoded.streamID == raw.streamID && encoded.timestamp == raw.timestamp, "place changed")
    let again = must("decode what was encoded") { try RTMPMessage(decoding: encoded) }
    // A transaction may have a number that is none, which does not equal itself.
    let inAMF3 = must("encode in AMF3") { try message.encoded(on: raw.streamID, at: raw.timestamp, as: .amf3) }
    _ = must("decode AMF3") { try RTMPMessage(decoding: inAMF3) }
    check(
        again == message || (try? again.encoded(on: raw.streamID, at: raw.timestamp)) == encoded,
        "\(message) became \(again)")
    if case .command(let command) = message { use(command, on: stream) }
}

private func use(_ command: Command, on stream: MessageStreamID) {
    _ = (command.status, "\(command)", command.isNamed("connect"))
    _ = "\(ConnectResult(command))"
    let connect = ConnectCommand(command)
    checkCapabilities(connect.properties)
    let publish = PublishCommand(command, on: stream)
    let play = PlayCommand(command, on: stream)
    _ = "\(connect) \(String(describing: publish)) \(String(describing: play))"
    if let play2 = Play2Command(command, on: stream) {
        check(Play2Command(play2.command(), on: stream) == play2, "\(play2) changed")
    }
    if let name = publish?.name { checkStreamName(app: connect.app, name: name) }
    if let from = play?.from, case .recording(let milliseconds) = from { check(milliseconds >= 0, "\(milliseconds)") }
    if let status = command.status, let again = Status(status.value) {
        check(again.code == status.code && again.text == status.text, "\(status) became \(again)")
    }
}

/// What a peer announces can be announced again, and then is the same.
private func checkCapabilities(_ object: AMF0Object) {
    let capabilities = EnhancedCapabilities(reading: object)
    _ = (capabilities.takes(video: "hvc1"), capabilities.takes(audio: "Opus"))
    var written = AMF0Object()
    capabilities.append(to: &written)
    let again = EnhancedCapabilities(reading: written)
    check(again == capabilities, "\(capabilities) became \(again)")
    let merged = capabilities.merged(over: .forwardsEverything)
    check(merged.extensions != nil && merged.fourCCs != nil, "\(merged)")
}

private func aggregate(_ message: RawMessage) {
    var reader = AggregateReader(message)
    var parts: [RawMessage] = []
    while let part = reader.next() { parts.append(part) }
    guard let first = parts.first else { return }
    check(first.timestamp == message.timestamp, "the first part has another time")
    let whole = must("aggregate") { try RawMessage(aggregating: parts) }
    var again = AggregateReader(whole)
    var parts2: [RawMessage] = []
    while let part = again.next() { parts2.append(part) }
    check(parts == parts2 && !again.isDamaged, "parts changed")
}

private func sharedObject(_ message: RawMessage) {
    guard let object = try? SharedObject(decoding: message) else { return }
    let encoded = must("encode") { try object.encoded(at: message.timestamp) }
    let again = must("decode what was encoded") { try SharedObject(decoding: encoded) }
    check(again == object, "\(object) became \(again)")
}
