// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import Testing

/// What all programs of clients have in common: they serve nobody, and leave at once when they are told to.
@Suite struct ClientProgramTests {
    /// Tells a program what it never asked for; it must hang up on whoever is there, and wish nothing else.
    private func disturb(_ program: inout some Program & ~Copyable) {
        let peer = SocketEndpoint(address: "192.0.2.1", port: 999)
        let stranger = ConnectionID(index: 7, generation: 3)
        let now = Instant(nanoseconds: 0)
        var wishes = Wishes()
        program.listening(ListenerID(0), at: peer, &wishes)
        program.listenFailed(ListenerID(0), reason: "no", &wishes)
        program.connectFailed(ConnectAttempt(99), reason: "no", at: now, &wishes)
        let bytes: [UInt8] = [3, 0, 0]
        program.received(stranger, bytes.span, at: now, &wishes)
        program.closed(stranger, .endOfStream, at: now, &wishes)
        #expect(wishes.take().isEmpty)
        program.accepted(stranger, on: ListenerID(0), from: peer, at: now, &wishes)
        #expect(wishes.take() == [.abort(stranger)])
        program.connected(stranger, for: ConnectAttempt(99), to: peer, at: now, &wishes)
        #expect(wishes.take() == [.abort(stranger)])
    }

    private let url = "rtmp://server/live/x"

    @Test func `play serves nobody`() throws {
        let output = FileRequest.create(path: "x.flv", replacing: false, makingDirectories: false)
        var program = PlayProgram(PlayConfiguration(url: try RTMPURL(url), output: output))
        disturb(&program)
    }

    @Test func `publish serves nobody`() throws {
        var program = PublishProgram(PublishConfiguration(input: "in.flv", urls: [try RTMPURL(url)]))
        disturb(&program)
    }

    @Test func `probe serves nobody`() throws {
        var stream = ProbeProgram(ProbeConfiguration(url: try RTMPURL(url)))
        disturb(&stream)
        var file = InspectProgram(path: "in.flv", form: .text)
        disturb(&file)
    }

    @Test func `repair serves nobody`() {
        var program = RepairProgram(path: "in.flv", output: "out.flv", replacing: false, form: .json)
        disturb(&program)
    }

    @Test(
        arguments: [
            (.interrupt, .interrupted), (.terminate, .terminated), (.outputClosed, .done),
        ] as [(Interruption, RTMPCore.ExitStatus)])
    func `looking at a file ends at once when it is told to`(interruption: Interruption, status: RTMPCore.ExitStatus) {
        var program = InspectProgram(path: "in.flv", form: .text)
        var wishes = Wishes()
        program.start(at: Instant(nanoseconds: 0), &wishes)
        _ = wishes.take()
        program.interrupted(interruption, at: Instant(nanoseconds: 0), &wishes)
        #expect(wishes.take() == [.finish(Ending(status))])
    }

    @Test(arguments: [(.interrupt, .interrupted), (.terminate, .terminated)] as [(Interruption, RTMPCore.ExitStatus)])
    func `a repair that is told to end twice ends at once`(
        interruption: Interruption, status: RTMPCore.ExitStatus
    ) {
        var program = RepairProgram(path: "in.flv", output: "out.flv", replacing: false, form: .text)
        var wishes = Wishes()
        program.start(at: Instant(nanoseconds: 0), &wishes)
        _ = wishes.take()
        program.interrupted(interruption, at: Instant(nanoseconds: 0), &wishes)
        program.interrupted(interruption, at: Instant(nanoseconds: 0), &wishes)
        #expect(wishes.take().contains(.finish(Ending(status))))
    }
}
