// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import TestSupport
import Testing

@Suite struct TypedCommandTests {
    static let stream = MessageStreamID(rawValue: 1)

    @Test func `connect in the spellings that exist`() {
        let plain = ConnectCommand(
            Command(
                "connect", transactionID: 1,
                object: ["app": "live/", "tcUrl": "rtmp://h/live", "flashVer": "X", "type": "nonprivate"],
                arguments: ["extra"]))
        #expect(plain.app == "live/")
        #expect(plain.tcURL == "rtmp://h/live")
        #expect(plain.flashVersion == "X")
        #expect(plain.type == "nonprivate")
        #expect(plain.objectEncoding == .amf0)
        #expect(plain.audioCodecs == nil && plain.videoCodecs == nil)
        #expect(plain.capabilities == EnhancedCapabilities())
        #expect(plain.arguments == ["extra"])
        let strange = ConnectCommand(
            Command(
                "connect",
                object: .ecmaArray(
                    ["app": 5, "tcurl": "'rtmp://h/a'", "objectEncoding": 3, "audioCodecs": 3191, "videoCodecs": -1],
                    count: nil)))
        #expect(strange.app.isEmpty)
        #expect(strange.tcURL == "rtmp://h/a")
        #expect(strange.objectEncoding == .amf3)
        // What librtmp says.
        let most: LegacyAudioCodecs = [
            .uncompressed, .adpcm, .mp3, .nellymoser8kHz, .nellymoser, .aac, .speex, .init(rawValue: 0x18),
        ]
        #expect(strange.audioCodecs?.isSuperset(of: [.aac, .mp3, .speex]) == true)
        #expect(strange.audioCodecs?.subtracting(most) == .init())
        #expect(strange.videoCodecs == nil)
        #expect(ConnectCommand(Command("connect")).app.isEmpty)
    }

    @Test func `announced capabilities read back as announced`() throws {
        let hex = """
            03 0012 766964656f466f75724363496e666f4d6170 03 0001 2a 00 4010000000000000 0004 68766331 00 4008000000000000 000009
            0012 617564696f466f75724363496e666f4d6170 03 0004 4f707573 00 3ff0000000000000 000009
            0006 636170734578 00 402e000000000000 000d 766964656f46756e6374696f6e 00 401c000000000000 000009
            """
        let object = try #require(try AMF0Value(decoding: bytes(hex).span).object)
        let capabilities = EnhancedCapabilities(reading: object)
        #expect(capabilities.video == [.init("*", .forward), .init("hvc1", [.decode, .encode])])
        #expect(capabilities.audio == [.init("Opus", .decode)])
        #expect(capabilities.extensions == [.reconnect, .multitrack, .modEx, .timestampNanoOffset])
        #expect(capabilities.fourCCs == nil)
        #expect(capabilities.videoFunction == [.clientSeek, .highDynamicRange, .metadata])
        var written = AMF0Object()
        capabilities.append(to: &written)
        #expect(written == object)
        #expect(capabilities.takes(video: "av01") == true)
        #expect(capabilities.takes(audio: "fLaC") == false)
        #expect(EnhancedCapabilities().takes(audio: "fLaC") == nil)
    }

    @Test func `codec lists of either kind of array are read`() {
        let strict: AMF0Object = ["fourCcList": ["avc1", 5, "Opus"]]
        #expect(EnhancedCapabilities(reading: strict).fourCCs == ["avc1", "Opus"])
        let loose: AMF0Object = ["fourCcList": .ecmaArray(["0": "av01"], count: 1)]
        #expect(EnhancedCapabilities(reading: loose).fourCCs == ["av01"])
        let odd: AMF0Object = ["capsEx": .number(.nan), "videoFourCcInfoMap": ["hvc1": -1], "audioFourCcInfoMap": 4]
        #expect(EnhancedCapabilities(reading: odd) == EnhancedCapabilities(video: []))
    }

    @Test func `descriptions keep queries to themselves`() {
        let texts = [
            "\(ConnectCommand(Command("connect", object: ["app": "live?k=hidden", "tcUrl": "rtmp://h/live?k=hidden"])))",
            "\(PublishCommand(stream: Self.stream, name: "show?k=hidden"))",
            String(reflecting: PlayCommand(stream: Self.stream, name: "show?k=hidden")),
        ]
        for text in texts { #expect(!text.contains("hidden") && text.contains("***"), "\(text)") }
    }

    static let kinds: [(AMF0Value?, PublishCommand.Kind)] = [
        (nil, .live), (.null, .live), ("live", .live), ("LIVE", .live), ("live?a=b", .live), ("record", .record),
        ("Append", .append), ("appendWithGap", .append), ("other", .live), (7, .live),
    ]

    @Test(arguments: kinds) func `kinds of publishing`(_ word: AMF0Value?, _ kind: PublishCommand.Kind) {
        let command = Command("publish", arguments: ["n?x=1&y"] + (word.map { [$0] } ?? []))
        #expect(
            PublishCommand(command, on: Self.stream) == PublishCommand(stream: Self.stream, name: "n?x=1&y", kind: kind)
        )
    }

    @Test func `false instead of a name means stop`() {
        #expect(PublishCommand(Command("publish", arguments: [false]), on: Self.stream) == nil)
        #expect(PlayCommand(Command("play", arguments: [false]), on: Self.stream) == nil)
        #expect(PublishCommand(Command("publish"), on: Self.stream)?.name == "")
    }

    static let starts: [(Double, PlayCommand.Start)] = [
        (-2000, .any), (-2, .any), (-1000, .live), (-1, .live), (0, .recording(milliseconds: 0)),
        (3000, .recording(milliseconds: 3000)), (-5, .any),
    ]

    @Test(arguments: starts) func `starts in both units`(_ start: Double, _ meaning: PlayCommand.Start) {
        #expect(PlayCommand(stream: Self.stream, name: "n", start: start).from == meaning)
    }

    @Test func `play reads what is there`() throws {
        let full = Command("play", arguments: ["n", -1000, 2500, false])
        #expect(
            PlayCommand(full, on: Self.stream)
                == PlayCommand(stream: Self.stream, name: "n", start: -1000, duration: 2500, reset: false))
        let bare = try #require(PlayCommand(Command("play", arguments: ["n"]), on: Self.stream))
        #expect(bare.from == .any && bare.duration == -1 && bare.reset)
        let odd = Command("play", arguments: ["n", .number(.nan), .number(.infinity), 2])
        #expect(PlayCommand(odd, on: Self.stream) == PlayCommand(stream: Self.stream, name: "n"))
    }

    @Test func `a status reads back, and gaps in it are filled`() throws {
        let status = Status(.publishBadName, "in use", details: ["ex": ["code": 302]])
        #expect(status.level == .error)
        #expect(Status(status.value) == status)
        #expect("\(status)" == "NetStream.Publish.BadName: in use")
        let bare = try #require(Status(["clientid": "x"] as AMF0Value))
        #expect(bare.level == .status && bare.code.rawValue.isEmpty && bare.details["clientid"] == "x")
        #expect(Status(["level": "ERROR"] as AMF0Value)?.isError == true)
        #expect(Status(AMF0Value.null) == nil)
        #expect(StatusCode.playInsufficientBandwidth.usualLevel == .warning)
        #expect(StatusCode.playStart.usualLevel == .status)
    }

    @Test func `the answer to connect gathers both objects`() {
        let result = ConnectResult(
            Command(
                "_result", transactionID: 1, object: ["fmsVer": "FMS/1", "capsEx": 1],
                arguments: [["code": "NetConnection.Connect.Success", "fourCcList": ["*"]]]))
        #expect(result.serverVersion == "FMS/1")
        #expect(result.status.code == .connectSuccess)
        #expect(result.capabilities == EnhancedCapabilities(fourCCs: ["*"], extensions: .reconnect))
        #expect(result.objectEncoding == .amf0)
        #expect(ConnectResult(Command("_result")).status.code == .connectSuccess)
    }
}
