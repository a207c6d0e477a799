// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay

/// Who is at the other end of a connection that the relay accepted.
private enum Guest: UInt8 {
    /// Publishes, and may misbehave.
    case publisher
    /// Plays and says nothing else: what it is sent can be compared.
    case player
    /// Plays as well, but calls things and sends odd bytes.
    case caller
    /// Connected, or not even that.
    case stranger

    /// What it says first.
    var hello: [UInt8] {
        switch self {
        case .publisher: Guest.publisherHello
        case .player, .caller: Guest.playerHello
        case .stranger: Guest.strangerHello
        }
    }

    private static let strangerHello = hello(nil)
    private static let publisherHello = hello("publish")
    private static let playerHello = hello("play")

    private static func hello(_ command: String?) -> [UInt8] {
        var bytes = [3] + [UInt8](repeating: 0, count: 3_072)
        guard let command else { return bytes }
        var writer = ChunkWriter()
        func write(_ command: Command, on stream: UInt32) {
            must("hello") {
                let message = try RTMPMessage.command(command).encoded(on: MessageStreamID(rawValue: stream))
                try writer.write(message, on: ChunkStreamID(rawValue: 3), into: &bytes)
            }
        }
        write(Command("connect", transactionID: 1, object: .object(["app": "live"])), on: 0)
        write(Command("createStream", transactionID: 2), on: 0)
        write(Command(command, transactionID: 0, object: .null, arguments: ["a"]), on: 1)
        return bytes
    }
}

private struct Connection {
    var id: ConnectionID
    var guest: Guest
    var writer = ChunkWriter()
    var clock: UInt32 = 0
    /// The rest of a message that others have come between, and the number of its frame.
    var rest: [UInt8] = []
    /// Whether bytes were sent that are no messages.
    var isOdd = false
    var number: UInt32?
    /// Whether it was ever short of room.
    var isSlow = false
}

/// The relay with four connections that do what the input says, and with hosts that it pushes to or pulls from.
private struct RelayBench: ~Copyable {
    var bench: ProgramBench<Relay>
    var connections: [Connection] = []
    var players: [Connection] = []
    /// Hosts that the relay connected to, each with somebody who accepts everything.
    var hosts: [(id: ConnectionID, session: ServerSession, heard: Int)] = []
    /// Frames by their numbers, which stand in their payloads, and in which order they were finished.
    var frames: [UInt32: RawMessage] = [:]
    var places: [UInt32: Int] = [:]
    /// Frames behind odd bytes, or with other bytes in their middle: they may arrive otherwise than they were meant.
    var spoiled: Set<UInt32> = []
    var sayings = Sayings()
    /// What of ``sayings`` may have been passed on, once all is said.
    var passable: Set<[UInt8]> = []
    var fed = 0

    init(_ configuration: RelayConfiguration, _ guests: [Guest]) {
        bench = ProgramBench(Relay(configuration))
        for guest in guests { connections.append(greet(guest)) }
        bench.serve()
    }

    mutating func greet(_ guest: Guest) -> Connection {
        let connection = Connection(id: bench.accept(), guest: guest)
        say(guest.hello, connection.id)
        return connection
    }

    mutating func say(_ bytes: [UInt8], _ id: ConnectionID) {
        fed += bytes.count
        sayings.note(bytes, on: id)
        bench.say(bytes, on: id)
    }

    mutating func step(_ input: inout FuzzInput) {
        let operation = input.byte()
        let index = Int(operation >> 6)
        let variant = operation >> 4 & 3
        let connection = connections[index]
        switch operation & 15 {
        case 0, 1:
            guard connection.guest == .publisher else { return }
            publish(&input, index, isLong: variant == 3, isCut: variant == 2)
        case 2, 3:
            guard connection.guest != .player else { return }
            var bytes: [UInt8] = []
            writePeerMessage(&input, by: &connections[index].writer, into: &bytes)
            spoil(connection)
            say(bytes, connection.id)
        case 4:
            spoil(connection)
            connections[index].isOdd = true
            let bytes = input.bytes(Int(input.byte()))
            if connection.guest != .player { say(bytes, connection.id) }
        case 5, 6: bench.wait(.milliseconds(input.uint16() / (variant == 0 ? 64 : 4)))
        case 7:
            let room = variant == 0 ? Int.max : Int(input.byte()) << (variant * 2)
            if room < .max { connections[index].isSlow = true }
            bench.setRoom(room, on: connection.id)
            bench.serve()
        case 8:
            bench.close(connection.id, variant & 1 == 0 ? .endOfStream : .failed("reset"))
            if connection.guest == .player { players.append(connection) }
            connections[index] = greet(Guest(rawValue: variant) ?? .stranger)
        case 9: answerAttempt(with: variant != 0)
        case 10: hosts.indices.forEach { answer(ofHost: $0, &input, isHostile: variant & 1 != 0) }
        case 11: if let host = hosts.first { bench.close(host.id, .endOfStream) }
        case 12: for _ in 0...variant { bench.workOnFile({ _ in [] }, failing: input.byte() == 0xFF) }
        case 13: bench.program.worked(from: bench.now, to: bench.now + .milliseconds(Int(input.byte())))
        default: bench.serve()
        }
    }

    private mutating func spoil(_ connection: Connection) {
        if let number = connection.number, !connection.rest.isEmpty { spoiled.insert(number) }
    }

    /// A frame with its number in it. Nobody finds the mark behind it by chance.
    ///
    /// A cut one waits after its first chunk for the next one but one.
    private mutating func publish(_ input: inout FuzzInput, _ index: Int, isLong: Bool, isCut: Bool) {
        let kind = input.byte()
        let number = UInt32(frames.count)
        let head: [UInt8] =
            switch kind & 7 {
            case 0: [0x17, 1, 0, 0, 0]
            case 1, 2, 3: [0x27, 1, 0, 0, 0]
            case 4, 5: [0xAF, 1]
            case 6: [0x17, 0, 0, 0, 0, kind]
            default: [0xAF, 0, kind]
            }
        var payload = head
        let isFrame = kind & 7 < 6
        if isFrame {
            for word in [number, number &* 0x9E37_79B9 ^ 0x5BD1_E995] {
                payload += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
            }
            payload += [UInt8](repeating: kind, count: isLong ? input.uint16() : Int(input.byte()))
        }
        let typeID: MessageTypeID = head[0] & 15 == 15 ? .audio : .video
        connections[index].clock &+= UInt32(kind >> 3)
        let message = RawMessage(
            typeID: typeID, streamID: MessageStreamID(rawValue: 1), timestamp: RTMPTimestamp(connections[index].clock),
            payload: payload)
        if isFrame { frames[number] = message }
        // Odd bytes may have changed what short headers behind them mean, the length for one.
        if isFrame, connections[index].isOdd { spoiled.insert(number) }
        var bytes: [UInt8] = []
        let isBetween = !connections[index].rest.isEmpty
        must("publish") {
            let stream = ChunkStreamID(rawValue: isBetween ? 4 : 6)
            try connections[index].writer.write(message, on: stream, into: &bytes)
        }
        // Of a message of several chunks all but the first have one byte of header.
        let chunks = (payload.count + 127) / 128
        if isCut, !isBetween, chunks > 1 {
            let first = bytes.count - payload.count - (chunks - 1) + 128
            connections[index].rest = Array(bytes[first...])
            connections[index].number = isFrame ? number : nil
            bytes.removeSubrange(first...)
        } else if isFrame {
            places[number] = places.count
        }
        say(bytes, connections[index].id)
        guard isBetween, isCut else { return }
        if let number = connections[index].number { places[number] = places.count }
        say(connections[index].rest, connections[index].id)
        connections[index].rest = []
    }

    private mutating func answerAttempt(with isConnected: Bool) {
        guard let id = bench.answerAttempt(with: isConnected) else { return }
        var random = SplitMix64(seed: 5)
        hosts.append((id, ServerSession(random: &random), 0))
    }

    /// A host takes in what it was sent and says yes to it; then it says what the input says.
    private mutating func answer(ofHost index: Int, _ input: inout FuzzInput, isHostile: Bool) {
        let id = hosts[index].id
        guard bench.isOpen(id) else { return }
        let sent = Array(bench.sent(on: id).dropFirst(hosts[index].heard))
        hosts[index].heard += sent.count
        hosts[index].session.receive(sent.span)
        must("a host takes what the relay says") {
            while let event = try hosts[index].session.nextEvent() {
                switch event {
                case .connect(let request, _), .publish(let request, _): try hosts[index].session.accept(request)
                case .play(let request, let play):
                    try hosts[index].session.accept(request)
                    try hosts[index].session.send(
                        MediaPacket(.video, timestamp: 40, payload: [0x17, 1, 0, 0, 0, 9]), on: play.stream)
                default: break
                }
            }
        }
        say(hosts[index].session.takeOutput(), id)
        guard isHostile else { return }
        var writer = ChunkWriter()
        var bytes: [UInt8] = []
        writePeerMessage(&input, by: &writer, into: &bytes)
        say(bytes, id)
    }

    // What must hold

    /// Nothing of what peers sent makes the relay keep much more than that. A block and a spare one are the least.
    mutating func checkMemory() {
        let limit = 2 * fed + 4 * 65_536 * 2 * Block.capacity / 1_024
        check(bench.program.memorySize <= limit, "\(bench.program.memorySize) bytes kept of \(fed)")
    }

    mutating func finish() {
        bench.interrupt(.terminate)
        for _ in 0..<8 where bench.ending == nil { bench.wait(.seconds(1)) }
        check(bench.ending != nil, "the relay does not end")
        passable = sayings.passable()
        for host in hosts { _ = messages(on: host.id) }
        for connection in connections where connection.guest != .player { _ = messages(on: connection.id) }
        let logs = (players + connections.filter { $0.guest == .player }).map { (isSlow: $0.isSlow, frames(of: $0)) }
        for (index, log) in logs.enumerated() {
            for (other, otherFrames) in logs[..<index] where !other && !log.isSlow { compare(log.1, otherFrames) }
        }
    }

    private func messages(on id: ConnectionID) -> [RawMessage] {
        let bytes = bench.sent(on: id)
        var reader = ChunkReader()
        reader.isAccepted = true
        var position = min(bytes.count, Handshake.size)
        var messages: [RawMessage] = []
        must("read what the relay sent") {
            while let message = try reader.next(from: bytes.span, at: &position) {
                // What others said is passed on as it is, and what the relay says itself makes sense.
                if !passable.contains(Sayings.key(message)) { _ = try RTMPMessage(decoding: message) }
                messages.append(message)
            }
        }
        return messages
    }

    /// The numbers of the frames that a player got: whole, in order, and each once.
    private func frames(of player: Connection) -> [UInt32] {
        var numbers: [UInt32] = []
        for message in messages(on: player.id) where message.typeID == .video || message.typeID == .audio {
            let head = message.typeID == .video ? 5 : 2
            guard message.payload.count >= head + 8 else { continue }
            let words = [0, 4].map { word in
                (0..<4).reduce(UInt32(0)) { $0 | UInt32(message.payload[head + word + $1]) << (8 * UInt32($1)) }
            }
            guard words[1] == words[0] &* 0x9E37_79B9 ^ 0x5BD1_E995 else { continue }
            check(
                frames[words[0]]?.payload == message.payload
                    || spoiled.contains(words[0]) && passable.contains(Sayings.key(message)),
                "frame \(words[0]) is damaged")
            check(place(numbers.last) < place(words[0]), "\(words[0]) behind \(numbers)")
            numbers.append(words[0])
        }
        return numbers
    }

    /// In which place a frame was finished. Odd bytes may have finished one that was never sent to its end.
    private func place(_ number: UInt32?) -> Int { number.map { places[$0] ?? Int.max / 2 } ?? -1 }

    /// From the later one's first keyframe on, two players that took everything got the same.
    private func compare(_ one: [UInt32], _ two: [UInt32]) {
        func isKeyframe(_ number: UInt32) -> Bool { frames[number]?.payload.first == 0x17 }
        guard let first = one.first(where: isKeyframe), let second = two.first(where: isKeyframe) else { return }
        let start = max(place(first), place(second))
        let (left, right) = (one.drop { place($0) < start }, two.drop { place($0) < start })
        let count = min(left.count, right.count)
        check(left.prefix(count) == right.prefix(count), "one player got \(one), another \(two)")
    }
}

/// A byte of options, one that says who is there, then what happens: operations with what each of them needs.
func fuzzRelay(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    var configuration = RelayConfiguration()
    configuration.listeners = [ListenAddress(host: nil, port: 1935)]
    configuration.hasGOPCache = flags & 1 == 0
    configuration.maxMerge = flags & 2 == 0 ? .zero : .milliseconds(40)
    configuration.takeover = flags & 4 == 0 ? .stale : .always
    configuration.hold = flags & 8 == 0 ? .seconds(1) : .seconds(0)
    if flags & 16 != 0 { configuration.logLimit = 4 * Block.capacity }
    if flags & 32 != 0 { configuration.maxLag = .milliseconds(100) }
    if flags & 64 != 0, let url = try? RTMPURL("rtmp://elsewhere/live") {
        configuration.pushes = [RelayConfiguration.Rule(path: "live/a", url: url)]
    }
    if flags & 128 != 0 {
        configuration.recordDirectory = "records"
        if let url = try? RTMPURL("rtmp://elsewhere/live") {
            configuration.pulls = [RelayConfiguration.Rule(path: "live/b", url: url)]
        }
    }
    let others = input.byte()
    let guests: [Guest] = [.publisher, .player, Guest(rawValue: others & 3), Guest(rawValue: others >> 2 & 3)]
        .compactMap { $0 }
    var bench = RelayBench(configuration, guests)
    var steps = 0
    while !input.isEmpty, steps < 200, bench.fed < 400_000 {
        steps += 1
        bench.step(&input)
        bench.checkMemory()
    }
    bench.finish()
}
