// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import Material
import RTMPCore

/// What a publisher says about its stream.
private let metadata: [(String, Double)] = [
    ("duration", 0), ("fileSize", 0), ("width", 1920), ("height", 1080), ("videocodecid", 7), ("videodatarate", 2500),
    ("framerate", 30), ("audiocodecid", 10), ("audiodatarate", 128), ("audiosamplerate", 48_000),
    ("audiosamplesize", 16), ("audiochannels", 2),
]

/// AMF0 and AMF3: metadata, which every publisher sends, decoded and encoded.
func amfCases() -> [Entry] {
    let object0 = AMF0Object(
        metadata.map { AMF0Object.Property(name: AMFString($0.0), value: .number($0.1)) }
            + [AMF0Object.Property(name: "encoder", value: "obs-output module (libobs version 30.0.0)")])
    let amf0: [AMF0Value] = ["@setDataFrame", "onMetaData", .ecmaArray(object0, count: nil)]
    let object3 = AMF3Object(
        dynamic: metadata.map { AMF3Property(name: AMF3String(AMFString($0.0)), value: .double($0.1)) })
    let amf3: [AMF3Value] = [.object(object3)]
    var bytes0: [UInt8] = []
    var bytes3: [UInt8] = []
    let encode0 = {
        bytes0.removeAll(keepingCapacity: true)
        must { () throws(AMFError) in try AMF0Value.encodeAll(amf0, into: &bytes0) }
    }
    let encode3 = {
        bytes3.removeAll(keepingCapacity: true)
        must { () throws(AMFError) in try AMF3Value.encodeAll(amf3, into: &bytes3) }
    }
    encode0()
    encode3()
    let (given0, given3) = (bytes0, bytes3)
    return [
        Entry("AMF0 decoding, metadata") {
            Case(unit: .time(count: 1), copied: given0.count) {
                consume(must { () throws(AMFError) in try AMF0Value.decodeAll(given0.span) })
            }
        },
        Entry("AMF0 encoding, metadata") { Case(unit: .time(count: 1), copied: given0.count, ours: encode0) },
        Entry("AMF3 decoding, metadata") {
            Case(unit: .time(count: 1), copied: given3.count) {
                consume(must { () throws(AMFError) in try AMF3Value.decodeAll(given3.span) })
            }
        },
        Entry("AMF3 encoding, metadata") { Case(unit: .time(count: 1), copied: given3.count, ours: encode3) },
    ]
}

/// FLV files: tags as large as a live stream's.
func flvCases() -> [Entry] {
    let stream = LiveStream()
    let tags = (0..<400).map { number in
        let packet = stream.packet(number)
        return FLVTag(
            kind: packet.kind == .audio ? .audio : .video, timestamp: packet.timestamp.milliseconds,
            payload: packet.payload)
    }
    var file: [UInt8] = []
    let write = {
        file.removeAll(keepingCapacity: true)
        let writer = FLVWriter()
        must { () throws(FLVError) in
            var writer = writer
            try writer.write(FLVHeader(hasAudio: true, hasVideo: true), into: &file)
            for tag in tags { try writer.write(tag, into: &file) }
        }
    }
    write()
    let given = file
    return [
        Entry("FLV reading") {
            Case(unit: .rate(bytes: given.count), copied: given.count) {
                let count = must { () throws(FLVError) in try countTags(given) }
                precondition(count == tags.count, "FLV reader")
            }
        },
        Entry("FLV writing") { Case(unit: .rate(bytes: given.count), copied: given.count, ours: write) },
    ]
}

/// How many tags a file has that is read in pieces of 64 KiB.
private func countTags(_ file: [UInt8]) throws(FLVError) -> Int {
    var reader = FLVReader()
    var count = 0
    for start in stride(from: 0, to: file.count, by: 64 << 10) {
        reader.receive(file.span.extracting(start..<min(start + 64 << 10, file.count)))
        while let element = try reader.nextElement() { if case .tag = element { count += 1 } }
    }
    return count
}

/// A server's side of both kinds of handshake.
func handshakeCases() -> [Entry] {
    [(Handshake.Scheme.plain, "plain"), (.digest, "with digests")].map { scheme, name in
        Entry("handshake of a server, \(name)") {
            var random = SplitMix64(seed: 9)
            var client = Handshake(role: .client, scheme: scheme, random: &random)
            let hello = client.takeOutput()
            // C2 is not looked into.
            let said = hello + [UInt8](repeating: 0, count: Handshake.size - hello.count)
            return Case(unit: .time(count: 1), copied: said.count) {
                var server = Handshake(role: .server, random: &random)
                let isComplete = must { () throws(RTMPError) in
                    var position = 0
                    return try server.next(from: said.span, at: &position)
                }
                precondition(isComplete && server.takeOutput().count == Handshake.size, "handshake")
            }
        }
    }
}

/// The value, or the end: nothing here can go wrong unless the benchmark is.
func must<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Value {
    do throws(Failure) { return try body() } catch { fatalError("\(error)") }
}
