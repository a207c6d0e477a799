// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

/// What clients in the field say, and what they are told. The captures are replayed in `CaptureReplayTests`.
@Suite struct ServerDialectTests {
    @Test func `connect is answered in the order that ffmpeg needs`() throws {
        var test = try ServerUnderTest()
        try test.peer.setChunkSize(4096)  // As OBS does, before anything else.
        try test.peer.call("connect", 1, object: ["app": "live"])
        try test.run()
        #expect(
            test.heard == [
                "0: window 2500000", "0: bandwidth 2500000 2", "0: chunk size 60000",
                "0: _result 1 status NetConnection.Connect.Success",
            ])
        #expect(test.session.isConnected && !test.session.isAccepted)
    }

    @Test func `the publish of ffmpeg and OBS`() throws {
        var test = try ServerUnderTest.connected()
        try test.peer.call("releaseStream", 2, "key")
        try test.peer.call("FCPublish", 3, "key")
        try test.peer.call("createStream", 4)
        try test.peer.call("_checkbw", 5)
        try test.peer.call("publish", 6, "key", "live", on: 1, chunkStream: 8)
        try test.run()
        #expect(
            test.heard == [
                "0: _result 2", "0: _result 3", "0: onFCPublish 0 status NetStream.Publish.Start", "0: _result 4 1",
                "0: _result 5", "0: begin 1", "1: onStatus 0 status NetStream.Publish.Start",
            ])
        test.forget()
        try test.peer.call("FCUnpublish", 6, "key")
        try test.peer.call("deleteStream", 7, 1)
        try test.run()
        #expect(test.events == [.streamClosed(.one)])
        #expect(
            test.heard == [
                "0: _result 6", "0: onFCUnpublish 0 status NetStream.Unpublish.Success",
                "1: onStatus 0 status NetStream.Unpublish.Success",
            ])
    }

    @Test func `the publish of GStreamer, which gives no transactions and deletes by name`() throws {
        var test = try ServerUnderTest.connected()
        try test.peer.call("releaseStream", 0, "key")
        try test.peer.call("FCPublish", 0, "key")
        try test.peer.call("createStream", 2)
        try test.peer.call("publish", 0, "key", "live", on: 1)
        try test.run()
        #expect(
            test.heard == [
                "0: onFCPublish 0 status NetStream.Publish.Start", "0: _result 2 1", "0: begin 1",
                "1: onStatus 0 status NetStream.Publish.Start",
            ])
        test.forget()
        try test.peer.call("deleteStream", 0, "key")
        try test.run()
        #expect(test.events == [.streamClosed(.one)])
    }

    static let endings: [(String, [AMF0Value], UInt32)] = [
        ("FCUnpublish", ["key"], 0), ("FCUnpublish", ["key?other=query"], 0), ("FCUnpublish", [], 0),
        ("deleteStream", [1], 0), ("deleteStream", ["key"], 0), ("deleteStream", ["other"], 0), ("deleteStream", [], 0),
        ("deleteStream", [0], 0), ("closeStream", [], 1), ("closeStream", [], 0), ("publish", [false], 1),
        ("FCUNPUBLISH", ["key"], 0),
    ]

    @Test(arguments: endings) func `every way to end a stream ends it once`(
        _ name: String, _ arguments: [AMF0Value], _ stream: UInt32
    ) throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("publish", 0, "key", on: 1)
        try test.run()
        test.forget()
        var body: [UInt8] = []
        try Command(name, arguments: arguments).encode(into: &body)
        try test.peer.say(.command, on: stream, body)
        try test.peer.call("FCUnpublish", 0, "key")
        try test.peer.call("deleteStream", 0, 1)
        try test.run()
        #expect(test.events == [.streamClosed(.one)])
        #expect(test.heard.filter { $0 == "1: onStatus 0 status NetStream.Unpublish.Success" }.count == 1)
    }

    @Test func `ends that mean another stream end nothing`() throws {
        var test = try ServerUnderTest.connected(streams: 2)
        try test.peer.call("publish", 0, "key", on: 1)
        try test.run()
        test.forget()
        try test.peer.call("FCUnpublish", 0, "other")
        try test.peer.call("deleteStream", 0, 2)
        try test.peer.call("deleteStream", 0, 7)
        try test.peer.call("deleteStream", 0, .number(.nan))
        try test.run()
        #expect(test.events.isEmpty)
    }

    @Test func `a name can be published again on the same connection`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        for round in 1...3 {
            test.forget()
            try test.peer.call("publish", 0, "key", on: 1)
            try test.peer.say(.audio, on: 1, [0xAF, 1, UInt8(round)])
            try test.peer.call("FCUnpublish", 0, "key")
            try test.run()
            #expect(test.events.count == 3)
            #expect(test.events.dropFirst().first == .media(Self.audio([0xAF, 1, UInt8(round)]), on: .one))
        }
        test.forget()
        try test.peer.call("publish", 0, "key", on: 1)
        try test.peer.call("publish", 0, "other", on: 1)
        try test.run()
        #expect(test.events.count == 3 && test.events[1] == .streamClosed(.one))
    }

    @Test func `Flash publishes without a word before`() throws {
        var test = try ServerUnderTest.connected()
        try test.peer.call("publish", 0, "key", on: 5)
        try test.peer.say(.video, on: 5, [0x17])
        try test.run()
        #expect(test.heard.contains("5: onStatus 0 status NetStream.Publish.Start"))
        #expect(test.events.last == .media(MediaPacket(.video, timestamp: 0, payload: [0x17]), on: .init(rawValue: 5)))
    }

    @Test func `media on another stream belong to the only publisher`() throws {
        var test = try ServerUnderTest.connected(streams: 2)
        try test.peer.say(.audio, on: 1, [1])  // Before publish: ignored.
        try test.peer.call("publish", 0, "key", on: 1)
        for stream: UInt32 in [0, 1, 2, 0x0100_0000] { try test.peer.say(.audio, on: stream, [1]) }
        try test.peer.say(.audio, on: 1, [])
        try test.peer.say(.video, on: 1, [])
        try test.run()
        #expect(test.events.dropFirst().elementsEqual(Array(repeating: .media(Self.audio([1]), on: .one), count: 4)))
        test.forget()
        try test.peer.call("publish", 0, "second", on: 2)
        try test.peer.say(.audio, on: 0, [1])
        try test.peer.say(.audio, on: 2, [2])
        try test.run()
        #expect(test.events.dropFirst() == [.media(Self.audio([2]), on: .two)])
    }

    @Test func `data keep every byte, in both encodings`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("publish", 0, "key", on: 1)
        let odd = bytes("02 000a 6f6e4d65746144617461 08 00000063 0001 61 00 7ff8000000000001 ff")
        try test.peer.say(.data, on: 1, timestamp: 9, odd)
        try test.peer.say(.dataAMF3, on: 1, timestamp: 9, [0] + odd)
        try test.run()
        #expect(
            test.events.dropFirst() == [
                .media(MediaPacket(.data, timestamp: 9, payload: odd), on: .one),
                .media(MediaPacket(.dataAMF3, timestamp: 9, payload: [0] + odd), on: .one),
            ])
    }

    @Test func `aggregates are taken apart`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("publish", 0, "key", on: 1)
        let body = bytes("08 000003 000064 00 000000 af01aa 0000000e 09 000005 000078 00 000000 2701000000 00000010")
        try test.peer.say(.aggregate, on: 1, timestamp: 5000, body + bytes("08 000000 000080 00 000000 0000000b"))
        try test.peer.say(.audio, on: 1, timestamp: 5030, [1])
        try test.run()
        #expect(
            test.events.dropFirst() == [
                .media(MediaPacket(.audio, timestamp: 5000, payload: bytes("af01aa")), on: .one),
                .media(MediaPacket(.video, timestamp: 5020, payload: bytes("2701000000")), on: .one),
                .media(MediaPacket(.audio, timestamp: 5030, payload: [1]), on: .one),
            ])
    }

    @Test func `commands of message type 17 are commands`() throws {
        var test = try ServerUnderTest()
        var body: [UInt8] = [0]
        try Command("connect", transactionID: 1, object: ["app": "live"]).encode(into: &body)
        try test.peer.say(.commandAMF3, body)
        try test.peer.say(.commandAMF3, bytes("02 000c 63726561746553747265616d 00 4010000000000000 05"))
        try test.run()
        #expect(test.heard.suffix(2) == ["0: _result 1 status NetConnection.Connect.Success", "0: _result 4 1"])
    }

    @Test func `what a player asks`() throws {
        var test = try ServerUnderTest.connected(streams: 1)
        try test.peer.call("getStreamLength", 3, "show")
        try test.peer.call("FCSubscribe", 4, "show")
        try test.peer.call("play", 0, "show", -2, on: 1)
        try test.peer.say(.setBufferLength(.one, milliseconds: 300))
        try test.run()
        #expect(test.heard.prefix(2) == ["0: _result 3 0", "0: onFCSubscribe 0 status NetStream.Play.Start"])
        guard case .play(_, let play) = test.events.first else {
            Issue.record("\(test.events)")
            return
        }
        #expect(play.name == "show" && play.from == .any)
        #expect(test.events.last == .bufferLength(.one, milliseconds: 300))
        test.forget()
        try test.peer.call("pause", 0, true, 1500, on: 1)
        try test.peer.call("pause", 0, false, 1500, on: 1)
        try test.peer.call("seek", 0, 7000, on: 1)
        try test.peer.call("receiveVideo", 0, false, on: 1)
        try test.peer.call("receiveAudio", 0, true, on: 0)
        try test.peer.call("closeStream", 0, on: 1)
        try test.peer.call("pause", 0, true, 1500, on: 1)
        try test.run()
        #expect(
            test.events == [
                .pause(.one, isPaused: true, milliseconds: 1500), .pause(.one, isPaused: false, milliseconds: 1500),
                .seek(.one, milliseconds: 7000), .receive(.one, audio: nil, video: false),
                .receive(.one, audio: true, video: nil), .streamClosed(.one),
            ])
        #expect(test.heard.isEmpty)
    }

    @Test func `how long a stream is may be the owner's to say`() throws {
        var configuration = ServerSession.Configuration()
        configuration.answersStreamLength = false
        var test = try ServerUnderTest.connected(configuration, streams: 1)
        try test.peer.call("getStreamLength", 3, "show")
        try test.run()
        #expect(test.heard.isEmpty)
        guard case .unhandled(.command(let command), on: _) = test.events.first else {
            Issue.record("\(test.events)")
            return
        }
        #expect(command.name == "getStreamLength" && command.arguments == ["show"])
    }

    @Test func `unknown things are told and harm nobody`() throws {
        var test = try ServerUnderTest.connected()
        try test.peer.call("haivision", 8, "x")
        try test.peer.call("haivision", 0, "x")
        try test.peer.say(MessageTypeID(rawValue: 7), [1, 2])
        try test.peer.say(.sharedObject, [0])
        try test.peer.say(.userControl, chunkStream: 2, bytes("0063 00000001"))
        try test.peer.say(.userControl, chunkStream: 2, [0])
        try test.peer.say(.command, [])
        try test.run()
        #expect(test.heard == ["0: _error 8 error NetConnection.Call.Failed"])
        #expect(test.events.count == 6)
        #expect(
            test.events.dropFirst(2).prefix(3) == [
                .unhandled(.other(MessageTypeID(rawValue: 7), [1, 2]), on: .netConnection),
                .unhandled(.other(.sharedObject, [0]), on: .netConnection),
                .unhandled(.userControl(.other(99, [0, 0, 0, 1])), on: .netConnection),
            ])
    }

    @Test func `connect comes first, and once`() throws {
        var test = try ServerUnderTest()
        try test.peer.call("createStream", 2)
        try test.peer.call("publish", 0, "key", on: 1)
        try test.run()
        #expect(test.heard == ["0: _error 2 error NetConnection.Call.Failed"])
        #expect(test.events.isEmpty)
        test = try ServerUnderTest.connected()
        try test.peer.call("connect", 3, object: ["app": "other"])
        try test.run()
        #expect(test.heard == ["0: _error 3 error NetConnection.Call.Failed"])
        #expect(test.events.isEmpty)
    }

    @Test func `commands wait while connect is undecided`() throws {
        var test = try ServerUnderTest()
        var request: ServerSession.RequestID?
        test.serve = { session, event in
            if case .connect(let id, _) = event { request = id } else { try session.acceptRequest(in: event) }
        }
        try test.peer.call("connect", 1, object: ["app": "live"])
        try test.peer.call("createStream", 2)
        try test.peer.call("publish", 3, "key", on: 1)
        try test.run()
        #expect(test.events.count == 1 && test.heard.isEmpty)
        try test.session.accept(#require(request))
        try test.run()
        #expect(test.events.count == 2)
        #expect(
            test.heard.suffix(3) == ["0: _result 2 1", "0: begin 1", "1: onStatus 0 status NetStream.Publish.Start"])
    }

    private static func audio(_ payload: [UInt8]) -> MediaPacket { MediaPacket(.audio, timestamp: 0, payload: payload) }
}
