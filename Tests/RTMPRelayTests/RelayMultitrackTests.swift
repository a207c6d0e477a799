// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// Streams of several video tracks whose keyframes do not come together.
@Suite struct RelayMultitrackTests {
    private struct Frame {
        var track: UInt8
        var number: Int
        var isKeyframe: Bool
        var time: UInt32
    }

    /// Of 25 frames a second one is a keyframe: of the default track, 10 ms before it of track 1, and 0.4 s later of
    /// track 2.
    private static let frames: [Frame] = {
        var frames: [Frame] = []
        for number in 0..<200 {
            let time = UInt32(number * 40)
            let isKeyframe = number % 25 == 0
            frames.append(Frame(track: 1, number: number, isKeyframe: isKeyframe, time: time + 10))
            frames.append(Frame(track: 0, number: number, isKeyframe: isKeyframe, time: time + 20))
            let isLate = number % 25 == 10 || number == 0
            frames.append(Frame(track: 2, number: number, isKeyframe: isLate, time: time + 30))
        }
        return frames
    }()

    private static let headers = [
        "17 00 000000 01 64001f", "96 00 68766331 01 0101", "96 00 61763031 02 81000c00",
        // Colours of all tracks, as ffmpeg tells them.
        "d4 68766331 02 0009 636f6c6f72496e666f 06", "d4 61763031 02 0009 636f6c6f72496e666f 06",
    ].map { bytes($0) }

    private static func payload(_ track: UInt8, _ number: Int, isKeyframe: Bool) -> [UInt8] {
        let head: [UInt8] =
            switch track {
            case 0: [isKeyframe ? 0x17 : 0x27, 1, 0, 0, 0]
            case 1: [isKeyframe ? 0x96 : 0xA6, 0x03] + Array("hvc1".utf8) + [1]
            default: [isKeyframe ? 0x96 : 0xA6, 0x01] + Array("av01".utf8) + [2]
            }
        return head + [0xAA, UInt8(number)]
    }

    private static func file() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var writer = FLVWriter()
        try writer.write(FLVHeader(hasAudio: false, hasVideo: true), into: &bytes)
        for header in headers { try writer.write(FLVTag(kind: .video, timestamp: 0, payload: header), into: &bytes) }
        for frame in frames {
            let payload = payload(frame.track, frame.number, isKeyframe: frame.isKeyframe)
            try writer.write(FLVTag(kind: .video, timestamp: frame.time, payload: payload), into: &bytes)
        }
        return bytes
    }

    /// The numbers of the frames of each track that a player got.
    private func numbers(_ packets: [MediaPacket]) -> [UInt8: [Int]] {
        var numbers: [UInt8: [Int]] = [:]
        for packet in packets where !Self.headers.contains(packet.payload) {
            let isEnhanced = packet.payload[0] & 0x80 != 0
            numbers[isEnhanced ? packet.payload[6] : 0, default: []].append(Int(packet.payload.last ?? 0))
        }
        return numbers
    }

    private func scene(joiningAfter delay: Duration) throws -> [MediaPacket] {
        let scene = RelayScene()
        scene.relay()
        let publisher = scene.network.add(
            host: "publisher",
            program: PublishProgram(PublishConfiguration(input: "in.flv", urls: [RelayScene.url("relay")])))
        publisher.files.contents["in.flv"] = try Self.file()
        if delay == .zero { scene.network.pause(publisher, for: .seconds(1)) }
        scene.network.run(for: delay)
        let player = scene.player()
        #expect(scene.network.runUntil(within: .seconds(30)) { player.with(WatchingPlayer.self) { $0.isClosed } })
        return scene.packets(player)
    }

    @Test func `who was there from the start misses no frame of any track`() throws {
        let numbers = numbers(try scene(joiningAfter: .zero))
        for track in UInt8(0)...2 { #expect(numbers[track] == Array(0..<200), "track \(track)") }
    }

    @Test func `a late joiner gets every track from a keyframe on`() throws {
        let packets = try scene(joiningAfter: .milliseconds(2_900))
        #expect(packets.prefix(Self.headers.count).map(\.payload) == Self.headers)
        let numbers = numbers(packets)
        #expect(numbers[0] == Array(50..<200))
        // Its keyframe came before that of the default track.
        #expect(numbers[1] == Array(50..<200))
        #expect(numbers[2] == Array(60..<200))
        #expect(
            Self.frames.contains { $0.track == 1 && $0.number == 50 && $0.time == packets[0].timestamp.milliseconds })
    }
}
