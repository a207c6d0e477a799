// SPDX-License-Identifier: Apache-2.0

import AMF

/// The bytes are the values of one message.
func fuzzAMF0(_ bytes: [UInt8]) {
    let prefix = AMF0Value.decodePrefix(bytes.span)
    check(prefix.consumed <= bytes.count, "consumed \(prefix.consumed) of \(bytes.count)")
    roundTrip(prefix.values)
    for value in prefix.values { use(value) }
    guard let values = try? AMF0Value.decodeAll(bytes.span) else { return }
    roundTrip(values)
    check(prefix.values.count <= values.count, "the tolerant reader reads more than there is")
}

/// Values that were decoded from one message are encoded, and then are what they were.
func roundTrip(_ values: [AMF0Value]) {
    var encoded: [UInt8] = []
    must("encode") { try AMF0Value.encodeAll(values, into: &encoded) }
    let again = must("decode what was encoded") { try AMF0Value.decodeAll(encoded.span) }
    check(again == values, "\(values) became \(again)")
    check(again.hashValue == values.hashValue, "equal values hash differently")
    var twice: [UInt8] = []
    must("encode again") { try AMF0Value.encodeAll(again, into: &twice) }
    check(twice == encoded, "encoding is not stable")
}

/// Asks a value for everything that it can be taken for.
private func use(_ value: AMF0Value) {
    _ = (value.string, value.number, value.int, value.boolean, value.array?.count, value.isNull)
    _ = value["app"]
    guard let object = value.object else { return }
    for property in object.properties.prefix(8) { use(property.value) }
}

/// The bytes are the AMF3 values of one message.
func fuzzAMF3(_ bytes: [UInt8]) {
    if let value = try? AMF3Value(decoding: bytes.span) {
        var encoded: [UInt8] = []
        must("encode") { try value.encode(into: &encoded) }
        let again = must("decode what was encoded") { try AMF3Value(decoding: encoded.span) }
        check(again == value, "\(value) became \(again)")
    }
    guard let values = try? AMF3Value.decodeAll(bytes.span) else { return }
    var encoded: [UInt8] = []
    must("encode") { try AMF3Value.encodeAll(values, into: &encoded) }
    let again = must("decode what was encoded") { try AMF3Value.decodeAll(encoded.span) }
    check(again == values, "\(values) became \(again)")
    check(again.hashValue == values.hashValue, "equal values hash differently")
    for value in values {
        _ = (value.string, value.number, value.int, value.boolean, value["app"], value.properties?.count)
        roundTrip([.avmPlus(must("alone") { try standingAlone(value) })])
    }
}

/// The value without references to what came before it in its message, if it had such.
private func standingAlone(_ value: AMF3Value) throws -> AMF3Value {
    var encoded: [UInt8] = []
    try value.encode(into: &encoded)
    return (try? AMF3Value(decoding: encoded.span)) ?? .null
}
