// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

/// The snippets of `RTMPCore.docc`, word for word where a test can hold them, and checked to be there.
@Suite struct DocumentationTests {
    /// Takes in what a publisher sent. Returns what to send back.
    func answer(_ bytes: [UInt8], in session: inout ServerSession) throws -> [UInt8] {
        session.receive(bytes.span)
        while let event = try session.nextEvent() {
            switch event {
            case .connect(let request, let connect):
                print("wants to connect to \(connect.app)")
                try session.accept(request)
            case .publish(let request, let publish):
                if publish.name.isEmpty {
                    try session.reject(request, code: .publishBadName, description: "A stream needs a name.")
                } else {
                    try session.accept(request)
                }
            case .play(let request, _):
                try session.reject(request, code: .playFailed, description: "There is nothing to play here.")
            case .media(let packet, on: let stream):
                print("\(stream): \(packet.kind) of \(packet.payload.count) bytes at \(packet.timestamp)")
            case .streamClosed(let stream):
                print("\(stream) has ended")
            default:
                break
            }
        }
        return session.takeOutput()
    }

    func publishOnePacket() throws -> [MediaPacket] {
        var random = SplitMix64(seed: 1)
        var server = ServerSession(random: &random)
        var client = ClientSession(configuration: .init(purpose: .publish), random: &random)
        var received: [MediaPacket] = []

        try client.connect(to: RTMPURL("rtmp://example.org/live/show"))
        while client.hasOutput || server.hasOutput {
            server.receive(client.takeOutput().span)
            while let event = try server.nextEvent() {
                switch event {
                case .connect(let request, _), .publish(let request, _): try server.accept(request)
                case .media(let packet, on: _): received.append(packet)
                default: break
                }
            }
            client.receive(server.takeOutput().span)
            while let event = try client.nextEvent() {
                switch event {
                case .connected:
                    try client.publish("show")
                case .publishing(let stream):
                    try client.setMetadata(["width": 1280, "height": 720], on: stream)
                    try client.send(MediaPacket(.audio, timestamp: 0, payload: [0xAF, 0x00, 0x11, 0x90]), on: stream)
                    client.finish()
                case .rejected(let status):
                    throw status
                default:
                    break
                }
            }
        }
        return received
    }

    func handle(_ bytes: Span<UInt8>, in session: inout ServerSession) throws {
        var position = 0
        while let event = try session.next(from: bytes, at: &position) {
            if case .media(let packet, on: _) = event { print(packet.kind) }
        }
    }

    @Test func `the first page answers a publish`() throws {
        let capture = Fixture.capture("pub-obs29-adobe-auth-3")
        var random = SeededGenerator(seed: 1)
        var session = ServerSession(random: &random)
        let said = try answer(capture.client, in: &session)
        #expect(said.count > 3073)
        #expect(session.isAccepted)
        var lent = ServerSession(random: &random)
        try handle(capture.client.span, in: &lent)
        #expect(lent.hasOutput)
    }

    @Test func `two sessions publish a packet`() throws {
        let packets = try publishOnePacket()
        #expect(packets.map(\.kind) == [.data, .audio])
    }

    @Test(arguments: ["RTMPCore", "Sessions"]) func `the snippets are the ones compiled here`(_ name: String) {
        let page = DocumentationPage(name, of: "RTMPCore")
        #expect(!page.snippets.isEmpty && page.missing() == [])
    }
}
