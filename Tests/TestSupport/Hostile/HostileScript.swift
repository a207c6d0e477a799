// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// What one hostile peer sends, step by step, over one connection.
struct HostileScript {
    /// What to do next.
    struct Step {
        var bytes: [UInt8] = []
        /// When to take the next step; nil: never again.
        var pause: Duration?
        var isLast = false
    }

    let kind: HostileKind
    /// The stream that others publish honestly, and its app.
    let app: String
    let stream: String
    private var random: SeededGenerator
    private var step = 0
    private var writer = ChunkWriter()
    private var bytes: [UInt8] = []

    init(_ kind: HostileKind, app: String, stream: String, seed: UInt64) {
        self.kind = kind
        self.app = app
        self.stream = stream
        random = SeededGenerator(seed: seed)
    }

    /// The next step of the connection.
    mutating func next() -> Step {
        bytes = []
        let pause = write(step)
        step += 1
        return Step(bytes: bytes, pause: pause, isLast: kind == .connectStorm || kind == .resetStorm)
    }

    /// Writes what step `step` sends.
    /// - Returns: the time until the next step.
    private mutating func write(_ step: Int) -> Duration? {
        switch kind {
        case .silence, .connectStorm: return nil
        case .resetStorm:
            bytes = [3] + random.bytes(1_536)
            return nil
        case .byteByByte:
            bytes = step == 0 ? [3] : random.bytes(1)
            return .milliseconds(50)
        case .halfHandshake:
            bytes = [3] + random.bytes(700)
            return nil
        case .garbage:
            bytes = random.bytes(20_000)
            return .milliseconds(100)
        case .http: bytes = Array("GET /live/show HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        case .tls: bytes = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + random.bytes(500)
        case .rtmpe: bytes = [6] + random.bytes(1_536)
        case .echo:
            // A handshake whose second half never comes.
            bytes = [3] + random.bytes(1_536 + 1_535)
        default:
            if step == 0 { shakeHands() }
            return speak(step)
        }
        return nil
    }

    private mutating func shakeHands() { bytes = [3, 0, 0, 0, 0, 0, 0, 0, 0] + random.bytes(1_528 + 1_536) }

    // Behind the handshake

    private mutating func speak(_ step: Int) -> Duration? {
        switch kind {
        case .garbageChunks:
            bytes += random.bytes(4_000)
            return .milliseconds(20)
        case .chunkStreams:
            openChunkStreams(step)
            return .milliseconds(5)
        case .chunkSizeZero: control(.setChunkSize, 0)
        case .chunkSizeHuge:
            if step == 0 {
                control(.setChunkSize, 0x7FFF_FFFF)
                head(length: 0xFF_FFFF, type: 20)
            }
            bytes += random.bytes(500)
            return .milliseconds(20)
        case .unfinished:
            // Within each chunk stream's limit, and above that of all of them.
            if step == 0 { control(.setChunkSize, 60_000) }
            head(length: 60_000, type: 20, on: UInt8(3 + step % 50))
            bytes += random.bytes(59_000)
            return .milliseconds(5)
        case .deepValues:
            connect()
            var deep = AMF0Value.null
            for _ in 0..<80 { deep = .object(["a": deep]) }
            call(["createStream", 2, deep])
        case .wideValues:
            connect()
            body([UInt8](repeating: 5, count: 70_000), type: .command)
        case .giantCounts: giantCounts(step)
        case .createStreams:
            if step == 0 { connect() }
            for number in 0..<20 { call(["createStream", .number(Double(step * 20 + number)), .null]) }
            return .milliseconds(5)
        case .longNames:
            connect(app: String(repeating: "n", count: 5_000))
        case .unreadAnswers:
            if step == 0 { accepted("play") }
            for number in 0..<200 { call(["_checkbw", .number(Double(number + 9)), .null]) }
            return .milliseconds(10)
        case .smallWindow:
            if step == 0 {
                accepted("play")
                control(.windowAcknowledgementSize, 1)
            }
            for number in 0..<100 {
                var payload: [UInt8] = [0, 0, UInt8(truncatingIfNeeded: step), UInt8(number)]
                payload.append(2)
                body(payload, type: .setPeerBandwidth)
            }
            return .milliseconds(10)
        case .unknownMessages:
            if step == 0 { accepted("play") }
            for _ in 0..<20 {
                body(
                    random.bytes(random.integer(in: 0..<200)), type: MessageTypeID(rawValue: UInt8(random.next() & 31)))
            }
            return .milliseconds(10)
        default: return publishOrPlay(step)
        }
        return nil
    }

    private mutating func openChunkStreams(_ step: Int) {
        for number in 0..<1_000 {
            let id = 64 + (step * 1_000 + number) % 65_536
            // Three bytes name the chunk stream; a message of a thousand bytes begins there and does not go on.
            bytes += [1, UInt8(truncatingIfNeeded: id - 64), UInt8(truncatingIfNeeded: (id - 64) >> 8)]
            bytes += [0, 0, 0, 0, 3, 0xE8, 9, 1, 0, 0, 0]
            bytes += [UInt8](repeating: 0x27, count: 128)
        }
    }

    private mutating func giantCounts(_ step: Int) {
        if step == 0 { connect() }
        let claims: [[UInt8]] = [
            [8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0x61, 5], [10, 0xFF, 0xFF, 0xFF, 0xFF, 5, 5],
            [12, 0xFF, 0xFF, 0xFF, 0xFF, 0x61], [2, 0xFF, 0xFF, 0x61], [0x11, 9, 0xFF, 0xFF, 0xFF, 0xFF, 1],
            [0x11, 0x0C, 0x7F, 0xFF, 0xFF, 0xFF], [0x11, 0x0D, 0xBF, 0xFF, 0xFF, 0xFF, 0],
        ]
        var payload: [UInt8] = []
        for value in [.string(AMFString("x\(step)")), .number(Double(step))] as [AMF0Value] {
            try? value.encode(into: &payload)
        }
        body(payload + claims[step % claims.count], type: .command)
    }

    // Behind publish or play

    private mutating func publishOrPlay(_ step: Int) -> Duration? {
        switch kind {
        case .halfOpenPublisher:
            if step == 0 { accepted("publish") }
            return nil
        case .manyTracks:
            if step == 0 { accepted("publish") }
            // Sequence starts of ever more tracks, each of them long.
            for number in 0..<8 {
                let track = UInt8(truncatingIfNeeded: step * 8 + number)
                let head: [UInt8] = [0x96, 0x00, 0x61, 0x76, 0x63, 0x31, track]
                body(head + random.bytes(16_000), type: .video, stream: 1, on: 7)
            }
            return .milliseconds(20)
        case .manyNames:
            if step == 0 { accepted("publish") }
            for number in 0..<8 {
                var payload: [UInt8] = []
                let name = AMF0Value.string(AMFString("name \(step * 8 + number)"))
                let filler = AMF0Value.string(AMFString(String(repeating: "f", count: 20_000)))
                for value in ["@setDataFrame", name, filler] { try? value.encode(into: &payload) }
                body(payload, type: .data, stream: 1, on: 5)
            }
            return .milliseconds(20)
        case .chunkStreamsLater:
            if step == 0 { accepted("publish") }
            openChunkStreams(step)
            return .milliseconds(20)
        case .bigUnfinished:
            // Nearly sixteen megabytes each, on ever more chunk streams.
            if step == 0 {
                accepted("publish")
                control(.setChunkSize, 0x7FFF_FFFF)
            }
            if step % 128 == 0 { head(length: 0xFF_FFFF, type: 9, stream: 1, on: UInt8(10 + step / 128 % 40)) }
            if step % 128 != 127 { bytes += [UInt8](repeating: 0x27, count: 130_000) }
            return .milliseconds(20)
        case .timestamps:
            if step == 0 { accepted("publish") }
            for _ in 0..<10 {
                let time = RTMPTimestamp(UInt32(truncatingIfNeeded: random.next()))
                body([0x17, 1, 0, 0, 0] + random.bytes(300), type: .video, stream: 1, on: 7, timestamp: time)
                body([0xAF, 1] + random.bytes(100), type: .audio, stream: 1, on: 6, timestamp: time)
            }
            return .milliseconds(20)
        case .aggregates:
            if step == 0 { accepted("publish") }
            var tags: [UInt8] = []
            for _ in 0..<500 { tags += [8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0xAF, 0, 0, 0, 12] }
            body(tags + random.bytes(7), type: .aggregate, stream: 1, on: 6)
            return .milliseconds(20)
        case .keyframes:
            // A stream of nothing but keyframes, each with another configuration in front.
            if step == 0 { accepted("publish") }
            for number in 0..<4 {
                let header: [UInt8] = [0x17, 0, 0, 0, 0] + random.bytes(40)
                let time = RTMPTimestamp(UInt32(step * 4 + number))
                body(header, type: .video, stream: 1, on: 7, timestamp: time)
                body([0x17, 1, 0, 0, 0] + random.bytes(4_000), type: .video, stream: 1, on: 7, timestamp: time)
            }
            return .milliseconds(20)
        case .deafPlayer:
            if step == 0 { accepted("play", stream) }
            return nil
        case .pauses:
            if step == 0 { accepted("play", stream) }
            for isPaused in [true, false] {
                call(["pause", 0, .null, .boolean(isPaused), 0], stream: 1)
                call(["receiveVideo", 0, .null, .boolean(!isPaused)], stream: 1)
            }
            return .milliseconds(20)
        case .replays:
            // Streams that nobody publishes, played and left and played.
            if step == 0 { accepted("play") }
            call(["closeStream", 0, .null], stream: 1)
            call(["play", 0, .null, .string(AMFString("nothing \(random.next() % 100_000)")), -2000], stream: 1)
            return .milliseconds(20)
        case .manyPlays:
            if step == 0 {
                connect()
                for number in 2...60 { call(["createStream", .number(Double(number)), .null]) }
            }
            guard step < 59 else { return nil }
            call(["play", 0, .null, .string(AMFString(stream)), -2000], stream: UInt32(step + 1))
            return .milliseconds(20)
        case .thief:
            accepted("publish", stream)
        case .unfinishedPublishers:
            if step == 0 { accepted("publish") }
            head(length: 200_000, type: 9, stream: 1, on: 7)
            bytes += random.bytes(128)
            return .milliseconds(50)
        default: break
        }
        return nil
    }

    // Pieces

    private mutating func connect(app: String? = nil) {
        let app = app ?? self.app
        call(["connect", 1, ["app": .string(AMFString(app)), "tcUrl": .string(AMFString("rtmp://h/\(app)"))]])
    }

    /// Connects, makes a stream, and publishes or plays it.
    private mutating func accepted(_ command: AMF0Value, _ name: String? = nil) {
        connect()
        call(["createStream", 2, .null])
        let name = name ?? "hostile \(kind.rawValue) \(random.next())"
        call([command, 3, .null, .string(AMFString(name)), command == "play" ? -2000 : "live"], stream: 1)
    }

    private mutating func call(_ values: [AMF0Value], stream: UInt32 = 0) {
        var payload: [UInt8] = []
        for value in values { try? value.encode(into: &payload) }
        body(payload, type: .command, stream: stream)
    }

    private mutating func control(_ type: MessageTypeID, _ value: UInt32) {
        let payload = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        // Not by the writer, which would obey.
        bytes += [2, 0, 0, 0, 0, 0, 4, type.rawValue, 0, 0, 0, 0] + payload
    }

    private mutating func body(
        _ payload: [UInt8], type: MessageTypeID, stream: UInt32 = 0, on chunkStream: UInt32 = 3,
        timestamp: RTMPTimestamp = .zero
    ) {
        let message = RawMessage(
            typeID: type, streamID: MessageStreamID(rawValue: stream), timestamp: timestamp, payload: payload)
        guard type != .setChunkSize else { return }
        try? writer.write(message, on: ChunkStreamID(rawValue: chunkStream), fullHeader: true, into: &bytes)
    }

    /// The header of a message whose payload the caller writes, or does not.
    private mutating func head(length: Int, type: UInt8, stream: UInt8 = 0, on chunkStream: UInt8 = 3) {
        bytes += [chunkStream, 0, 0, 0]
        bytes += [16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        bytes += [type, stream, 0, 0, 0]
    }
}
