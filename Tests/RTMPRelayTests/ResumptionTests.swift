// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// A file that was cut off is continued from a server that can seek, and left alone where one cannot.
@Suite struct ResumptionTests {
    private static let seconds = 12

    private struct Outcome {
        var ending: Ending?
        var file: [UInt8]
        var starts: [Double]
        var log: [String]
    }

    /// The file that is recorded when nothing goes wrong.
    private static func whole() throws -> [UInt8] {
        try #require(try run(nil, ServerScript(media: SmallStream.live(seconds: seconds))).file)
    }

    /// Dumps from a scripted server, with a file there already.
    private static func run(
        _ file: [UInt8]?, _ script: ServerScript, seed: UInt64 = 1, faults: Faults = .none,
        _ change: (inout PlayConfiguration) -> Void = { _ in }
    ) throws -> Outcome {
        let network = SimulatedNetwork(seed: seed, faults: faults)
        network.add(host: "server", program: ScriptedServer(script))
        network.run(for: .milliseconds(10))
        let output = FileRequest.create(path: "x.flv", replacing: false, makingDirectories: false)
        var configuration = PlayConfiguration(url: try RTMPURL("rtmp://server/vod/x"), output: output)
        configuration.resumes = true
        change(&configuration)
        let player = network.add(host: "player", program: PlayProgram(configuration))
        player.files.contents["x.flv"] = file
        _ = network.runUntil(within: .seconds(300)) { player.ending != nil }
        return Outcome(
            ending: player.ending, file: player.files.contents["x.flv"] ?? [], starts: script.starts,
            log: player.log.map { "\($0)" })
    }

    private static func seekable(_ seconds: Int = seconds) -> ServerScript {
        let script = ServerScript(media: SmallStream.live(seconds: seconds))
        script.seeks = true
        return script
    }

    @Test(arguments: [(Faults.none, 1), (.rough, 2)] as [(Faults, UInt64)])
    func `a file that was cut off anywhere becomes the whole one`(faults: Faults, seed: UInt64) throws {
        let whole = try Self.whole()
        #expect(StrictFLV(whole).faults == [])
        for size in stride(from: 65_600, to: whole.count, by: 1_171) + [whole.count] {
            let outcome = try Self.run(Array(whole[..<size]), Self.seekable(), seed: seed, faults: faults)
            #expect(outcome.ending == Ending(.done), "\(size): \(outcome.log)")
            #expect(outcome.file == whole, "\(size)")
        }
    }

    @Test func `the server is asked for the keyframe before the last one`() throws {
        let whole = try Self.whole()
        let keyframes = StrictFLV(whole).keyframes
        let cut = Array(whole[..<(keyframes[7].offset + 300)])
        #expect(try Self.run(cut, Self.seekable()).starts == [6000])
        #expect(try Self.run(cut, Self.seekable()) { $0.skippedKeyframes = 2 }.starts == [4000])
        #expect(try Self.run(cut, Self.seekable()) { $0.start = .seconds(3) }.starts == [9000])
    }

    @Test func `without a file, or without a frame in it, it is begun`() throws {
        let whole = try Self.whole()
        for file in [nil, [], Array(whole[..<70]), Array(whole[..<65_540])] as [[UInt8]?] {
            let outcome = try Self.run(file, Self.seekable())
            #expect(outcome.ending == Ending(.done), "\(outcome.log)")
            #expect(outcome.file == whole)
            #expect(outcome.starts == [-2000])
        }
    }

    @Test func `a server that cannot seek is told of, and the file stays as it is`() throws {
        let media = SmallStream.live(seconds: 200)
        let script = ServerScript(media: media)
        script.seeks = true
        script.isFast = true
        let whole = try Self.run(nil, script).file
        let cut = Array(whole[..<(whole.count - 5_000)])
        let deaf = ServerScript(media: media)
        deaf.isFast = true
        let outcome = try Self.run(cut, deaf)
        #expect(outcome.ending?.status == .incomplete)
        #expect(outcome.ending?.message?.contains("begins at 0.000 s: it cannot seek there") == true)
        #expect(outcome.file == cut)
    }

    @Test func `a short way back is gone through, seek or not`() throws {
        let whole = try Self.whole()
        let outcome = try Self.run(
            Array(whole[..<(whole.count - 2_000)]), ServerScript(media: SmallStream.live(seconds: Self.seconds)))
        #expect(outcome.ending == Ending(.done))
        #expect(outcome.file == whole)
    }

    @Test func `another stream is not put behind the file`() throws {
        let whole = try Self.whole()
        let cut = Array(whole[..<(whole.count - 2_000)])
        var media = SmallStream.live(seconds: Self.seconds, size: 21)
        var outcome = try Self.run(cut, ServerScript(media: media))
        #expect(outcome.ending?.status == .incomplete)
        #expect(outcome.ending?.message?.contains("x.flv is not continued: the stream ended before") == true)
        #expect(outcome.file == cut)

        // The same up to the last keyframe, and then something else.
        media = SmallStream.live(seconds: Self.seconds)
        let time = try #require(StrictFLV(cut, rules: .interrupted).tags.last).time
        for index in media.indices
        where Int64(media[index].packet.timestamp.milliseconds) == time && media[index].packet.kind == .video {
            media[index].packet.payload[6] ^= 1
        }
        outcome = try Self.run(cut, ServerScript(media: media))
        #expect(outcome.ending?.status == .incomplete)
        #expect(outcome.ending?.message?.contains("the stream differs from the file at") == true)
        #expect(StrictFLV(outcome.file).faults == [])
    }

    @Test func `what is no recording of ours is not touched`() throws {
        for file in [Array("#!/bin/sh\n# not a film at all, and 13 bytes".utf8), Fixture.bytes("flv/h264_aac.flv")] {
            let outcome = try Self.run(file, Self.seekable())
            #expect(outcome.ending?.status == .cannotCreate)
            #expect(outcome.ending?.message?.contains("x.flv cannot be continued") == true)
            #expect(outcome.file == file)
        }
    }

    @Test func `a recording whose connection is lost is not played from its start into the same file`() throws {
        let media = SmallStream.live(seconds: 4)
        let script = ServerScript(media: media, end: .close)
        script.saysRecorded = true
        let outcome = try Self.run(nil, script) { $0.reconnects = true }
        #expect(outcome.ending?.status == .incomplete)
        #expect(outcome.ending?.message?.hasSuffix("the file ends there; --resume goes on with it") == true)
        #expect(script.requests == ["x"])
        #expect(StrictFLV(outcome.file).faults == [])
    }

    @Test func `limits count what was there before`() throws {
        let whole = try Self.whole()
        let outcome = try Self.run(Array(whole[..<(whole.count / 2)]), Self.seekable()) { $0.duration = .seconds(10) }
        #expect(outcome.ending == Ending(.done))
        let file = StrictFLV(outcome.file)
        #expect(file.faults == [])
        #expect(abs((file.number("duration") ?? 0) - 10) < 0.1)
    }

    @Test func `a full disk cuts back what was continued`() throws {
        let whole = try Self.whole()
        let cut = Array(whole[..<(whole.count - 6_000)])
        let network = SimulatedNetwork(seed: 3)
        network.add(host: "server", program: ScriptedServer(Self.seekable()))
        network.run(for: .milliseconds(10))
        let output = FileRequest.create(path: "x.flv", replacing: false, makingDirectories: false)
        var configuration = PlayConfiguration(url: try RTMPURL("rtmp://server/vod/x"), output: output)
        configuration.resumes = true
        let player = network.add(host: "player", program: PlayProgram(configuration))
        player.files.contents["x.flv"] = cut
        player.files.capacity = whole.count - 3_000
        _ = network.runUntil(within: .seconds(300)) { player.ending != nil }
        #expect(player.ending?.status == .inputOutput)
        let file = StrictFLV(try #require(player.files.contents["x.flv"]))
        #expect(file.faults == [])
        #expect(file.bytes.count > whole.count - 3_300)
    }
}
