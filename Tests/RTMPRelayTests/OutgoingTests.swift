// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct OutgoingTests {
    /// Takes so many bytes a call, and keeps them.
    struct Pipe: Link, ~Copyable {
        var room = Int.max
        var taken: [UInt8] = []

        mutating func send(_ connection: ConnectionID, _ bytes: Span<UInt8>) -> Int {
            let count = min(room, bytes.count)
            for index in 0..<count { taken.append(bytes[index]) }
            return count
        }

        mutating func send(_ connection: ConnectionID, _ blocks: borrowing BlockList, _ range: Range<Int>) -> Int { 0 }
    }

    /// An outgoing connection and the server at its other end, wired by arrays.
    struct Wired: ~Copyable {
        var outgoing: Outgoing
        var server: ServerSession
        var pipe = Pipe()
        var wishes = Wishes()
        var now = Instant(nanoseconds: 0)
        var attempts = 0
        let connection = ConnectionID(index: 3, generation: 1)
        var outcomes: [Outgoing.Outcome] = []
        var events: [ServerSession.Event] = []

        init(_ purpose: Outgoing.Purpose) throws {
            var random = SeededGenerator(seed: 5)
            server = ServerSession(configuration: .init(), random: &random)
            outgoing = Outgoing(
                try RTMPURL("rtmp://host/live/secret"), purpose,
                session: ClientSession.Configuration(purpose: purpose == .publish ? .publish : .play), seed: 1)
        }

        mutating func connect() {
            attempts += 1
            outgoing.open(ConnectAttempt(attempts), &wishes)
            if let outcome = outgoing.connected(connection, at: now, &wishes) { outcomes.append(outcome) }
        }

        /// Lets bytes pass both ways until nothing moves, or until the server gets an event that `stops` names.
        mutating func exchange(stopping stops: (ServerSession.Event) -> Bool = { _ in false }) throws {
            var isMoving = true
            while isMoving {
                isMoving = false
                _ = outgoing.flush(&pipe, &wishes)
                let bytes = pipe.taken
                pipe.taken = []
                var position = 0
                isMoving = !bytes.isEmpty
                while let event = try server.next(from: bytes.span, at: &position) {
                    events.append(event)
                    if stops(event) { continue }
                    switch event {
                    case .connect(let request, _), .publish(let request, _), .play(let request, _):
                        try server.accept(request)
                    default: break
                    }
                }
                receive(server.takeOutput(), &isMoving)
            }
        }

        mutating func receive(_ bytes: [UInt8], _ isMoving: inout Bool) {
            guard !bytes.isEmpty else { return }
            isMoving = true
            var position = 0
            while let outcome = outgoing.nextOutcome(from: bytes.span, at: &position, now: now, &wishes) {
                outcomes.append(outcome)
            }
        }

        mutating func wait(_ duration: Duration) {
            now = now + duration
            if let outcome = outgoing.due(at: now, numbering: &attempts, &wishes) { outcomes.append(outcome) }
        }

        /// The last reason for being down.
        var reason: DownReason? {
            if case .down(let reason) = outcomes.last { reason } else { nil }
        }
    }

    @Test func `publishing comes up and sends what it is given`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        try wired.exchange()
        guard case .up(let stream) = wired.outcomes.last else {
            Issue.record("\(wired.outcomes)")
            return
        }
        #expect(wired.outcomes.count == 1)
        #expect(wired.outgoing.streamID == stream)
        #expect(stream == MessageStreamID(rawValue: 1))
        #expect(wired.outgoing.chunkSize == 60_000)
        let packet = MediaPacket(.video, timestamp: RTMPTimestamp(40), payload: SmallStream.video(1, isKeyframe: true))
        try wired.outgoing.send(packet)
        try wired.exchange()
        #expect(wired.events.contains { if case .media(packet, on: stream) = $0 { true } else { false } })
    }

    @Test func `the session has announced the log's chunk size when publishing comes up`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        try wired.exchange()
        // One chunk of 50,000 bytes, as the relay's log holds it.
        var bytes: [UInt8] = []
        let payload = [UInt8](repeating: 0x17, count: 50_000)
        ChunkWriter.appendFull(
            typeID: .video, streamID: MessageStreamID(rawValue: 1), timestamp: RTMPTimestamp(7), payload: payload.span,
            chunkStream: ChunkStreamID(rawValue: 7), chunkSize: 60_000, into: &bytes)
        var position = 0
        var media: MediaPacket?
        while let event = try wired.server.next(from: bytes.span, at: &position) {
            if case .media(let packet, _) = event { media = packet }
        }
        #expect(media?.payload == payload)
    }

    @Test func `playing delivers media and the proper end`() throws {
        var wired = try Wired(.play(start: -2000))
        wired.connect()
        try wired.exchange()
        let stream = MessageStreamID(rawValue: 1)
        let packet = MediaPacket(.audio, timestamp: RTMPTimestamp(5), payload: SmallStream.audio(1))
        try wired.server.send(packet, on: stream)
        wired.server.endPlay(stream)
        try wired.exchange()
        #expect(wired.outcomes.contains { if case .media(packet) = $0 { true } else { false } })
        let ends = wired.outcomes.filter { if case .ended = $0 { true } else { false } }
        #expect(!ends.isEmpty)
        #expect(wired.outgoing.connection != nil)
    }

    @Test func `a refused stream is down with the peer's status, and closed`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        var rejected: ServerSession.RequestID?
        try wired.exchange { event in
            if case .publish(let request, _) = event {
                rejected = request
                return true
            }
            return false
        }
        try wired.server.reject(try #require(rejected), code: .publishBadName, description: "in use")
        try wired.exchange()
        guard case .refused(let status) = wired.reason else {
            Issue.record("\(wired.outcomes)")
            return
        }
        #expect(status.code == .publishBadName)
        #expect(wired.reason?.exitStatus == .refused)
        #expect(wired.outgoing.isStopped)
        #expect(wired.wishes.items.last == .abort(wired.connection))
    }

    @Test func `no sentence shows the name`() throws {
        let url = try RTMPURL("rtmp://user:word@host:1936/live/secret?token=abc")
        let status = Status(.publishBadName, "tokens\nand \u{1B}[31mcolours")
        let error = RTMPError(.invalidLength, at: 9, in: "test")
        let phases: [Outgoing.Phase] = [.handshake, .connect, .request, .finishing]
        let reasons: [DownReason] =
            [.unreachable("connection refused"), .refused(status), .protocolError(error), .lost("reset")]
            + phases.flatMap { [.noAnswer($0), .closedDuring($0)] }
        for reason in reasons {
            for purpose in [Outgoing.Purpose.publish, .play(start: -2000)] {
                let sentence = reason.sentence(purpose, url)
                #expect(sentence.contains("host:1936/live"))
                #expect(!sentence.contains("secret") && !sentence.contains("abc") && !sentence.contains("word"))
                #expect(!sentence.unicodeScalars.contains { $0.value < 0x20 })
            }
        }
    }

    @Test func `exit statuses tell failures apart`() {
        let status = Status(.publishBadName, "")
        let error = RTMPError(.invalidLength, at: 9, in: "test")
        #expect(DownReason.unreachable("").exitStatus == .unavailable)
        #expect(DownReason.noAnswer(.handshake).exitStatus == .unavailable)
        #expect(DownReason.closedDuring(.handshake).exitStatus == .protocolError)
        #expect(DownReason.closedDuring(.connect).exitStatus == .refused)
        #expect(DownReason.refused(status).exitStatus == .refused)
        #expect(DownReason.protocolError(error).exitStatus == .protocolError)
        #expect(DownReason.lost("").exitStatus == .incomplete)
    }

    @Test func `garbage instead of a handshake is a protocol error`() throws {
        var wired = try Wired(.play(start: -2000))
        wired.connect()
        var isMoving = false
        wired.receive(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8) + [UInt8](repeating: 0x20, count: 5000), &isMoving)
        guard case .protocolError = wired.reason else {
            Issue.record("\(wired.outcomes)")
            return
        }
        #expect(wired.outgoing.isStopped)
    }

    @Test func `a silent peer is given up after ten seconds, in every phase`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        #expect(wired.outgoing.deadline == Instant(nanoseconds: 10_000_000_000))
        wired.wait(.milliseconds(9_999))
        #expect(wired.outcomes.isEmpty)
        wired.wait(.milliseconds(1))
        #expect(wired.reason == .noAnswer(.handshake))

        wired = try Wired(.publish)
        wired.connect()
        try wired.exchange { if case .publish = $0 { true } else { false } }
        wired.wait(.seconds(10))
        #expect(wired.reason == .noAnswer(.request))
        #expect(wired.reason?.exitStatus == .unavailable)
    }

    @Test func `patience for the answer has no end when it is asked for`() throws {
        var wired = try Wired(.play(start: -2000))
        wired.outgoing.timeouts.answer = nil
        wired.connect()
        try wired.exchange { if case .play = $0 { true } else { false } }
        #expect(wired.outgoing.deadline == .never)
    }

    @Test func `being closed is told apart by when it happens`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        var outcome = wired.outgoing.closed(.endOfStream, at: wired.now, &wired.wishes)
        #expect(reason(outcome) == .closedDuring(.handshake))

        wired = try Wired(.publish)
        wired.connect()
        try wired.exchange { if case .connect = $0 { true } else { false } }
        outcome = wired.outgoing.closed(.endOfStream, at: wired.now, &wired.wishes)
        #expect(reason(outcome) == .closedDuring(.connect))

        wired = try Wired(.publish)
        wired.connect()
        try wired.exchange()
        outcome = wired.outgoing.closed(.failed("connection reset by peer"), at: wired.now, &wired.wishes)
        #expect(reason(outcome) == .lost("connection reset by peer"))
        #expect(wired.outgoing.isStopped)
    }

    @Test func `attempts follow each other with growing waits`() throws {
        var wired = try Wired(.publish)
        wired.attempts = 1
        wired.outgoing.open(ConnectAttempt(1), &wired.wishes)
        var waits: [Double] = []
        for number in 2...8 {
            #expect(wired.outgoing.attempt == ConnectAttempt(number - 1))
            #expect(wired.outgoing.connectFailed(reason: "refused") == .unreachable("refused"))
            let at = wired.outgoing.retry(at: wired.now)
            #expect(wired.outgoing.deadline == at)
            waits.append((at - wired.now) / .seconds(1))
            _ = wired.wishes.take()
            wired.wait(at - wired.now)
            let address = NetworkAddress(host: "host", port: 1935)
            #expect(wired.wishes.items == [.connect(ConnectAttempt(number), address, timeout: .seconds(10))])
        }
        for (wait, expected) in zip(waits, [1, 2, 4, 8, 16, 30, 30] as [Double]) {
            #expect(abs(wait - expected) <= expected * 0.2 + 0.001)
        }
    }

    @Test func `thirty seconds of service make the next wait a second again`() throws {
        for (seconds, expected) in [(29, 4.0), (30, 1.0)] {
            var wired = try Wired(.publish)
            for _ in 0..<2 {
                wired.outgoing.open(ConnectAttempt(1), &wired.wishes)
                _ = wired.outgoing.connectFailed(reason: "refused")
                _ = wired.outgoing.retry(at: wired.now)
            }
            wired.connect()
            try wired.exchange()
            wired.now = wired.now + .seconds(seconds)
            _ = wired.outgoing.closed(.endOfStream, at: wired.now, &wired.wishes)
            let wait = (wired.outgoing.retry(at: wired.now) - wired.now) / .seconds(1)
            #expect(abs(wait - expected) <= expected * 0.2 + 0.001)
        }
    }

    @Test func `finishing sends the end of the stream and closes when it was taken`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        try wired.exchange()
        _ = wired.wishes.take()
        wired.outgoing.finish(at: wired.now, &wired.wishes)
        wired.pipe.room = 10
        #expect(!wired.outgoing.flush(&wired.pipe, &wired.wishes))
        #expect(wired.wishes.isEmpty)
        wired.pipe.room = .max
        #expect(!wired.outgoing.flush(&wired.pipe, &wired.wishes), "blocked until it is writable")
        wired.outgoing.writable()
        #expect(wired.outgoing.flush(&wired.pipe, &wired.wishes))
        #expect(wired.wishes.items == [.close(wired.connection)])
        #expect(wired.outgoing.isStopped)
        let bytes = wired.pipe.taken
        var position = 0
        var ends = 0
        while let event = try wired.server.next(from: bytes.span, at: &position) {
            if case .streamClosed = event { ends += 1 }
        }
        #expect(ends == 1)
    }

    @Test func `a peer that does not take the end is dropped after ten seconds`() throws {
        var wired = try Wired(.publish)
        wired.connect()
        try wired.exchange()
        wired.outgoing.finish(at: wired.now, &wired.wishes)
        wired.wait(.seconds(10))
        #expect(wired.wishes.items.last == .abort(wired.connection))
        #expect(wired.outgoing.isStopped)
    }

    @Test func `finishing drops what is not up yet`() throws {
        var wired = try Wired(.publish)
        wired.outgoing.open(ConnectAttempt(1), &wired.wishes)
        wired.outgoing.finish(at: wired.now, &wired.wishes)
        #expect(wired.wishes.items.last == .cancelConnect(ConnectAttempt(1)))
        #expect(wired.outgoing.isStopped)
        _ = wired.outgoing.retry(at: wired.now)
        wired.outgoing.finish(at: wired.now, &wired.wishes)
        #expect(wired.outgoing.isStopped && wired.outgoing.deadline == .never)
    }

    private func reason(_ outcome: Outgoing.Outcome?) -> DownReason? {
        if case .down(let reason) = outcome { reason } else { nil }
    }
}
