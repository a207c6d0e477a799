// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// A client and a server that talked to each other as far as was asked: states from which hostile bytes go on.
struct SessionPair {
    var server: ServerSession
    var client: ClientSession
    /// Read what each says from its first chunk on, as any peer would.
    var fromServer = ChunkReader(offset: Handshake.size)
    var fromClient = ChunkReader(offset: Handshake.size)

    /// How far the two have come.
    enum Stage: CaseIterable {
        case start, handshake, connected, publishing, playing
    }

    /// Made once: both sides are values, so that every input starts from a copy.
    static let all: [SessionPair] = Stage.allCases.map { SessionPair($0) }

    init(_ stage: Stage) {
        var random = SplitMix64(seed: 7)
        server = ServerSession(random: &random)
        var configuration = ClientSession.Configuration(purpose: stage == .playing ? .play : .publish)
        configuration.swf = SWFVerification(decompressed: [UInt8]("FWS".utf8).span)
        client = ClientSession(configuration: configuration, random: &random)
        fromServer.isAccepted = true
        fromClient.isAccepted = true
        must("connect") { try client.connect(to: RTMPURL("rtmp://localhost/live/a")) }
        guard stage != .start else { return }
        var said = client.takeOutput()
        var allSaid = said
        var heard: [UInt8] = []
        var through = 0
        for _ in 0..<6 {
            must("server") {
                // Of what comes behind the handshake nothing is let through when no more is wanted.
                if stage == .handshake { said = Array(said.prefix(Handshake.size - through)) }
                through += said.count
                server.receive(said.span)
                while let event = try server.nextEvent() {
                    switch event {
                    case .connect(let request, _), .publish(let request, _), .play(let request, _):
                        try server.accept(request)
                    default: break
                    }
                }
            }
            let answer = server.takeOutput()
            heard += answer
            must("client") {
                client.receive(answer.span)
                while let event = try client.nextEvent() {
                    guard case .connected = event else { continue }
                    if stage == .publishing { try client.publish("a") }
                    if stage == .playing { try client.play("a") }
                }
            }
            said = client.takeOutput()
            allSaid += said
            if stage == .handshake, server.isOpen { break }
        }
        fromClient.take(Array(allSaid.dropFirst(Handshake.size)), isFirst: false)
        fromServer.take(Array(heard.dropFirst(Handshake.size)), isFirst: false)
        check(server.isOpen && client.phase != .handshake, "the client stopped during \(client.phase)")
        check(stage != .publishing || client.phase == .publishing, "the client stopped during \(client.phase)")
        check(stage != .playing || client.phase == .playing, "the client stopped during \(client.phase)")
    }
}

extension ChunkReader {
    /// Reads what one of our own sides wrote.
    fileprivate mutating func take(_ bytes: [UInt8], isFirst: Bool) {
        var position = isFirst ? min(Handshake.size, bytes.count) : 0
        must("read what a session wrote") {
            while let message = try next(from: bytes.span, at: &position) {
                _ = try RTMPMessage(decoding: message)
            }
        }
    }
}

/// What a session gave for some bytes.
private struct SessionResult<Event: Equatable>: Equatable {
    var events: [Event] = []
    var error: RTMPError?
}

/// A byte that chooses the state to begin in, a byte of flags, the sizes of pieces, and what the client says then.
func fuzzServer(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let pair = SessionPair.all[Int(input.byte()) % SessionPair.all.count]
    let flags = input.byte()
    let sizes = input.bytes(Int(input.byte() & 15))
    let said = peerBytes(&input, asMessages: flags & 1 != 0)
    let whole = run(pair.server, [said], flags: flags, reader: pair.fromServer, isStart: !pair.server.isOpen)
    let cut = run(
        pair.server, pieces(of: said, sizes), flags: flags, reader: pair.fromServer, isStart: !pair.server.isOpen)
    // Numbers that are none do not equal themselves.
    check(whole == cut || "\(whole)" == "\(cut)", "cut: \(cut), whole: \(whole)")
}

private func run(
    _ session: ServerSession, _ pieces: [[UInt8]], flags: UInt8, reader: ChunkReader, isStart: Bool,
    inPlace: Bool = false
) -> SessionResult<ServerSession.Event> {
    var session = session
    var reader = reader
    var result = SessionResult<ServerSession.Event>()
    var output: [UInt8] = []
    do throws(RTMPError) {
        for piece in pieces {
            var position = 0
            if !inPlace { session.receive(piece.span) }
            while let event = try inPlace ? session.copied(from: piece.span, at: &position) : session.nextEvent() {
                result.events.append(event)
                serve(event, &session, flags)
            }
            output += session.takeOutput()
        }
        session.receiveEnd()
        while let event = try session.nextEvent() { result.events.append(event) }
        check(result.events.last == .closed, "the end is not reported")
    } catch {
        result.error = error
        check((try? session.nextEvent()) == nil, "a failed session goes on")
    }
    output += session.takeOutput()
    // Nobody gets us to send much more than he sends.
    let received = pieces.reduce(0) { $0 + $1.count }
    check(output.count <= 16_384 + 48 * received, "\(output.count) bytes sent for \(received)")
    reader.take(output, isFirst: isStart)
    return result
}

/// An owner that says yes, or no, to everything.
private func serve(_ event: ServerSession.Event, _ session: inout ServerSession, _ flags: UInt8) {
    do throws(UsageError) {
        switch event {
        case .connect(let request, _), .publish(let request, _):
            if flags & 2 == 0 {
                try session.accept(request)
            } else {
                try session.reject(request, code: .publishBadName, description: "no")
            }
        case .play(let request, let play):
            try session.accept(request)
            try session.send(MediaPacket(.video, timestamp: 40, payload: [0x17, 1, 0, 0, 0, 9]), on: play.stream)
            if flags & 4 != 0 { session.endPlay(play.stream) }
        case .play2(let request, let play2):
            if flags & 2 == 0 {
                try session.accept(request)
            } else {
                try session.reject(request, code: .playFailed, description: "no")
            }
            try session.send(MediaPacket(.video, timestamp: 40, payload: [0x17, 1, 0, 0, 0, 9]), on: play2.stream)
        case .media(_, on: let stream):
            if flags & 8 != 0 { session.endPublish(stream) }
        case .unhandled(let message, _):
            if case .command(let command) = message { checkStreamName(app: "live", name: command.name) }
        default: break
        }
    } catch {
        // Two requests may come in one piece, the second of which closes the first's stream.
        check(error.code == .unknownRequest || error.code == .unknownStream, "\(error)")
    }
}

/// A byte that chooses the state to begin in, a byte of flags, the sizes of pieces, and what the server says then.
func fuzzClient(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let pair = SessionPair.all[Int(input.byte()) % SessionPair.all.count]
    let flags = input.byte()
    let sizes = input.bytes(Int(input.byte() & 15))
    let said = peerBytes(&input, asMessages: flags & 1 != 0)
    let isStart = pair.client.phase == .handshake
    let whole = run(pair.client, [said], flags: flags, reader: pair.fromClient, isStart: isStart)
    let cut = run(
        pair.client, pieces(of: said, sizes), flags: flags, reader: pair.fromClient, isStart: isStart,
        inPlace: flags & 16 != 0)
    // Numbers that are none do not equal themselves.
    check(whole == cut || "\(whole)" == "\(cut)", "cut: \(cut), whole: \(whole)")
}

private func run(
    _ session: ClientSession, _ pieces: [[UInt8]], flags: UInt8, reader: ChunkReader, isStart: Bool,
    inPlace: Bool = false
) -> SessionResult<ClientSession.Event> {
    var session = session
    var reader = reader
    var result = SessionResult<ClientSession.Event>()
    var output: [UInt8] = []
    do throws(RTMPError) {
        for piece in pieces {
            var position = 0
            if !inPlace { session.receive(piece.span) }
            while let event = try inPlace ? session.copied(from: piece.span, at: &position) : session.nextEvent() {
                result.events.append(event)
                use(event, &session, flags)
            }
            output += session.takeOutput()
        }
        session.receiveEnd()
        while let event = try session.nextEvent() { result.events.append(event) }
        check(result.events.last == .closed, "the end is not reported")
    } catch {
        result.error = error
        check((try? session.nextEvent()) == nil, "a failed session goes on")
    }
    output += session.takeOutput()
    // Nobody gets us to send much more than he sends.
    let received = pieces.reduce(0) { $0 + $1.count }
    check(output.count <= 16_384 + 48 * received, "\(output.count) bytes sent for \(received)")
    reader.take(output, isFirst: isStart)
    return result
}

/// An owner that goes on as far as it is let.
private func use(_ event: ClientSession.Event, _ session: inout ClientSession, _ flags: UInt8) {
    must("owner") {
        switch event {
        case .connected: try flags & 2 == 0 ? session.publish("b?c=d") : session.play("b?c=d")
        case .publishing(let stream):
            try session.setMetadata(.ecmaArray(["width": 640], count: nil), on: stream)
            try session.send(MediaPacket(.audio, timestamp: 0x100_0000, payload: [0xAF, 1, 2]), on: stream)
        case .ended, .rejected:
            session.finish()
            if flags & 4 != 0, session.phase == .connected { try session.play("again") }
        default: break
        }
    }
}

extension ServerSession {
    /// The next event through the face that leaves media where they are.
    fileprivate mutating func copied(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Event? {
        switch try nextInPlace(from: input, at: &position) {
        case .event(let event): event
        case .media(let message, on: let stream): .media(MediaPacket(message, in: input), on: stream)
        case nil: nil
        }
    }
}

extension ClientSession {
    /// The next event through the face that leaves media where they are.
    fileprivate mutating func copied(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Event? {
        switch try nextInPlace(from: input, at: &position) {
        case .event(let event): event
        case .media(let message, on: let stream): .media(MediaPacket(message, in: input), on: stream)
        case nil: nil
        }
    }
}

private func pieces(of bytes: [UInt8], _ sizes: [UInt8]) -> [[UInt8]] {
    var rest = bytes[...]
    var pieces: [[UInt8]] = []
    for size in sizes {
        pieces.append(Array(rest.prefix(Int(size))))
        rest = rest.dropFirst(Int(size))
    }
    return pieces + [Array(rest)]
}
