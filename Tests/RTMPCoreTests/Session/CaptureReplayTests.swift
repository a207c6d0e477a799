// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

/// Every recorded session, each direction into the session that would have heard it.
///
/// What clients said goes to a server session that accepts everything, what servers said to a client session that
/// publishes or plays as the recorded client did. What they must report comes from `Fixtures/session/events.txt`.
@Suite struct CaptureReplayTests {
    struct Expectation: Sendable, CustomTestStringConvertible {
        var capture: String
        var isFromClient: Bool
        var events: String
        var counts: String
        var hash: String
        var testDescription: String { "\(capture) \(isFromClient ? "client" : "server")" }
    }

    static let expectations: [Expectation] = Fixture.text("session/events.txt").split(separator: "\n")
        .filter { !$0.hasPrefix("#") }
        .map { line in
            let fields = line.split(separator: "|").map(String.init)
            return Expectation(
                capture: fields[0], isFromClient: fields[1] == "client", events: fields[2], counts: fields[3],
                hash: fields[4])
        }

    @Test func `every capture has its expectations`() {
        let expected = Self.expectations.map(\.testDescription)
        #expect(Set(expected) == Set(Fixture.captureNames().flatMap { ["\($0) client", "\($0) server"] }))
    }

    @Test func `a listener to whom cuts matter is found out`() throws {
        let stream = try ReplayStream(Fixture.capture("pub-obs29-adobe-auth-3").client)
        #expect(try stream.differences(CutCounter(), cuts: [4000], longRun: 1) == ["cut at 4000"])
        #expect(try stream.differences(AcceptingServer(), cuts: [4000], longRun: 1) == [])
    }

    @Test(arguments: expectations) func `gives the events that were recorded`(_ expected: Expectation) throws {
        try listen(expected) { listener, stream in try check(listener, stream, expected) }
    }

    @Test(arguments: expectations) func `gives the same through both faces`(_ expected: Expectation) throws {
        try listen(expected, takesInPlace: true) { listener, stream in try check(listener, stream, expected) }
    }

    @Test(arguments: expectations) func `gives the same byte by byte`(_ expected: Expectation) throws {
        try listen(expected, takesInPlace: true) { listener, stream in
            var whole = listener
            var wholeResult = ReplayResult()
            try whole.take(0..<stream.bytes.count, of: stream.bytes, into: &wholeResult)
            var single = listener
            var singleResult = ReplayResult()
            for index in stream.bytes.indices {
                try single.take(index..<(index + 1), of: stream.bytes, into: &singleResult)
            }
            // As one boolean each: a failure must not print the capture.
            let sameEvents = singleResult.events == wholeResult.events
            let sameOutput = singleResult.output == wholeResult.output
            #expect(sameEvents, "\(singleResult.events.count) events instead of \(wholeResult.events.count)")
            #expect(sameOutput, "\(singleResult.output.count) bytes said instead of \(wholeResult.output.count)")
        }
    }

    @Test(arguments: expectations) func `gives the same at every split that matters`(_ expected: Expectation) throws {
        try listen(expected, takesInPlace: true) { listener, stream in
            let splits = Split.chosen(stream.bytes, boundaries: stream.boundaries)
            let cuts = splits.compactMap {
                if case .at(let cut) = $0, Self.isWorthwhile(cut, expected) { cut } else { nil }
            }
            #expect(cuts.count > 1500)
            let differences = try stream.differences(listener, cuts: cuts, longRun: 500)
            #expect(differences == [])
        }
    }

    /// Inside C1 and S1 every cut costs the digests of a whole handshake, which is slow without optimisation. A debug
    /// build tries all of them with one capture of each kind of handshake, and elsewhere every 16th and those near the
    /// ends; a release build tries all with all.
    private static func isWorthwhile(_ cut: Int, _ expected: Expectation) -> Bool {
        #if DEBUG
            let kinds = [
                "pub-ffmpeg9-h264-aac-nginx", "play-ffmpeg9-nginx", "pub-gst122-rtmp2sink-nginx",
                "pub-obs29-h264-aac-nginx",
            ]
            return cut.isMultiple(of: 16) || !(20...1517).contains(cut) || kinds.contains(expected.capture)
        #else
            return true
        #endif
    }

    private func listen(
        _ expected: Expectation, takesInPlace: Bool = false,
        _ body: (any ReplayListener, ReplayStream) throws -> Void
    ) throws {
        let capture = Fixture.capture(expected.capture)
        let stream = try ReplayStream(expected.isFromClient ? capture.client : capture.server)
        if expected.isFromClient {
            try body(AcceptingServer(takesInPlace: takesInPlace), stream)
        } else {
            let purpose: ClientSession.Purpose = expected.capture.hasPrefix("pub-") ? .publish : .play
            try body(ObservingClient(purpose, takesInPlace: takesInPlace), stream)
        }
    }

    private func check<L: ReplayListener>(_ listener: L, _ stream: ReplayStream, _ expected: Expectation) throws {
        var listener = listener
        var words: [String] = []
        var counts: [MediaPacket.Kind: Int] = [:]
        var hash = FNV()
        var position = 0
        var isAtEnd = false
        while true {
            guard let event = try listener.next(from: stream.bytes.span, at: &position) else {
                if isAtEnd { break }
                listener.receiveEnd()
                isAtEnd = true
                continue
            }
            if let packet = L.packet(event) {
                counts[packet.kind, default: 0] += 1
                hash.add(packet)
            } else {
                words.append(L.words(event))
            }
            try listener.decide(event)
        }
        #expect(words.joined(separator: ", ") == expected.events)
        #expect("\(counts[.data] ?? 0) \(counts[.audio] ?? 0) \(counts[.video] ?? 0)" == expected.counts)
        #expect(hash.text == expected.hash)
    }
}

/// A listener that reports how often it was asked.
private struct CutCounter: ReplayListener {
    private var calls = 0

    mutating func next(from input: Span<UInt8>, at position: inout Int) throws(RTMPError) -> Int? {
        guard position < input.count else { return nil }
        position = input.count
        calls += 1
        return calls
    }

    mutating func decide(_ event: Int) {}
    mutating func takeOutput() -> [UInt8] { [] }
    mutating func receiveEnd() {}
    static func packet(_ event: Int) -> MediaPacket? { nil }
    static func words(_ event: Int) -> String { "\(event)" }
}

/// FNV-1a with 64 bits: what the dissector of the expectations could compute in five lines.
private struct FNV {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ packet: MediaPacket) {
        add(packet.typeID.rawValue)
        for number in [packet.timestamp.milliseconds, UInt32(packet.payload.count)] {
            for shift in [24, 16, 8, 0] { add(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
        }
        packet.payload.withUnsafeBufferPointer { for byte in $0 { add(byte) } }
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

    var text: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
