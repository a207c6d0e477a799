// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct PlayProgramTests {
    /// A scripted server and a player of it.
    private final class Stage {
        let network: SimulatedNetwork
        let script: ServerScript
        let server: SimulatedHost
        var player: SimulatedHost?

        init(_ script: ServerScript, seed: UInt64 = 1, faults: Faults = .none) {
            network = SimulatedNetwork(seed: seed, faults: faults)
            self.script = script
            server = network.add(host: "server", program: ScriptedServer(script))
            network.run(for: .milliseconds(10))
        }

        @discardableResult
        func play(
            url: String = "rtmp://server/live/x", path: String = "x.flv",
            _ change: (inout PlayConfiguration) -> Void = { _ in }, files: (inout SimulatedFiles) -> Void = { _ in }
        ) throws -> SimulatedHost {
            let output = FileRequest.create(path: path, replacing: false, makingDirectories: false)
            var configuration = PlayConfiguration(url: try RTMPURL(url), output: output)
            change(&configuration)
            let player = network.add(host: "player", program: PlayProgram(configuration))
            files(&player.files)
            self.player = player
            return player
        }

        /// Runs until the player has ended, and says how.
        func ending(within limit: Duration = .seconds(300)) throws -> Ending {
            let player = try #require(player)
            _ = network.runUntil(within: limit) { player.ending != nil }
            return try #require(player.ending, "the player has not ended: \(player.log)")
        }

        /// The tags of the player's file.
        func tags(_ path: String = "x.flv") throws -> [FLVTag] {
            try SmallStream.tags(try #require(player?.files.contents[path]))
        }
    }

    @Test(arguments: [(Faults.none, 1), (.rough, 2), (.rough, 3)] as [(Faults, UInt64)])
    func `a stream that ends properly is a whole file`(faults: Faults, seed: UInt64) throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 5, from: 90_000)), seed: seed, faults: faults)
        try stage.play()
        #expect(try stage.ending() == Ending(.done))
        let expected = SmallStream.packets(seconds: 5, from: 90_000).dropFirst()
        let tags = try stage.tags()
        #expect(tags.map(\.payload) == expected.map(\.payload))
        #expect(tags.map(\.timestamp) == expected.map { $0.timestamp.milliseconds - 90_000 })
        #expect(stage.script.requests == ["x"])
        stage.network.run(for: .seconds(5))
        #expect(stage.script.open == 0)
    }

    @Test(arguments: [("x.flv", true), ("-", false)])
    func `what a file gets is gathered, and a pipe does not wait`(path: String, isGathered: Bool) throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 5)))
        let player = try stage.play(path: path)
        var waits = false
        let isDone = stage.network.runUntil(within: .seconds(30)) {
            let now = stage.network.now
            waits = waits || player.with(PlayProgram.self) { $0.mediaOpens > now }
            return player.ending != nil
        }
        #expect(isDone && waits == isGathered)
    }

    @Test func `the head of the file says how long it is`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 5)))
        let player = try stage.play()
        _ = try stage.ending()
        let file = try #require(player.files.contents["x.flv"])
        var reader = FLVReader()
        reader.receive(file.span)
        var metadata: FLVMetadata?
        while let element = try reader.nextElement(), metadata == nil {
            if case .tag(let tag) = element { metadata = FLVMetadata(decoding: tag.payload.span) }
        }
        #expect(StrictFLV(file).faults == [])
        #expect(abs(try #require(metadata?.duration) - 5) < 0.001)
        #expect(metadata?.width == 640)
        #expect(metadata?.fileSize == Double(file.count))
    }

    @Test func `standard output gets the same stream`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 2)))
        let player = try stage.play(path: "-")
        #expect(try stage.ending() == Ending(.done))
        #expect(try SmallStream.tags(player.files.output).count == 102)
    }

    @Test func `timestamps stay when they are to be kept`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 1, from: 0xFFFF_FF00)))
        try stage.play { $0.keepTimestamps = true }
        #expect(try stage.ending() == Ending(.done))
        let expected = SmallStream.packets(seconds: 1, from: 0xFFFF_FF00).dropFirst()
        #expect(try stage.tags().map(\.timestamp) == expected.map(\.timestamp.milliseconds))
    }

    @Test func `a file that exists is refused before anybody is connected to`() throws {
        let stage = Stage(ServerScript())
        let player = try stage.play(files: { $0.contents["x.flv"] = [1, 2, 3] })
        #expect(try stage.ending().status == .cannotCreate)
        #expect(stage.script.connections == 0)
        #expect(player.files.contents["x.flv"] == [1, 2, 3])
    }

    @Test func `a file that exists is replaced when that is asked for`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 1)))
        try stage.play(
            { $0.recording.place = .file(.create(path: "x.flv", replacing: true, makingDirectories: false)) },
            files: { $0.contents["x.flv"] = [1, 2, 3] })
        #expect(try stage.ending() == Ending(.done))
        #expect(try stage.tags().count == 52)
    }

    @Test func `a directory that is not there is said when media comes`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 3)))
        try stage.play(path: "none/x.flv")
        let ending = try stage.ending()
        #expect(ending.status == .cannotCreate)
        #expect(ending.message?.contains("none/x.flv") == true)
    }

    @Test func `nobody at the address`() throws {
        let stage = Stage(ServerScript())
        let player = try stage.play(url: "rtmp://nowhere/live/secret")
        let ending = try stage.ending()
        #expect(ending.status == .unavailable)
        #expect(ending.message?.contains("nowhere") == true)
        #expect(ending.message?.contains("secret") == false)
        #expect(player.files.contents.isEmpty)
    }

    @Test func `a refused stream leaves no file`() throws {
        let script = ServerScript()
        script.streamAnswer = .reject(.playStreamNotFound)
        let stage = Stage(script)
        let player = try stage.play()
        #expect(try stage.ending().status == .refused)
        #expect(player.files.contents.isEmpty)
    }

    @Test func `a refused connect`() throws {
        let script = ServerScript()
        script.connectAnswer = .reject(.connectRejected)
        let stage = Stage(script)
        try stage.play()
        #expect(try stage.ending().status == .refused)
    }

    @Test func `garbage instead of a handshake`() throws {
        let script = ServerScript()
        script.greeting = [UInt8](repeating: 0x48, count: 8000)
        let stage = Stage(script)
        try stage.play()
        #expect(try stage.ending().status == .protocolError)
    }

    @Test func `silence in the handshake`() throws {
        let script = ServerScript()
        script.greeting = []
        let stage = Stage(script)
        try stage.play()
        #expect(try stage.ending().status == .unavailable)
    }

    @Test func `no media within the timeout`() throws {
        let script = ServerScript()
        script.end = .silence
        let stage = Stage(script)
        let player = try stage.play { $0.timeout = .seconds(4) }
        let begin = stage.network.now
        #expect(try stage.ending().status == .unavailable)
        let took = (try #require(player.endedAt) - begin) / .seconds(1)
        #expect(took > 4 && took < 5)
        #expect(player.files.contents.isEmpty)
    }

    @Test func `waiting outlasts a missing server, a missing stream and silence`() throws {
        let script = ServerScript()
        script.streamAnswer = .reject(.playStreamNotFound)
        let network = SimulatedNetwork(seed: 4)
        var configuration = PlayConfiguration(
            url: try RTMPURL("rtmp://server/live/x"),
            output: .create(path: "x.flv", replacing: false, makingDirectories: false))
        configuration.wait = true
        let player = network.add(host: "player", program: PlayProgram(configuration))
        network.run(for: .seconds(60))
        network.add(host: "server", program: ScriptedServer(script))
        network.run(for: .seconds(100))
        #expect(player.ending == nil)
        #expect(script.connections > 2)
        script.streamAnswer = .accept
        script.media =
            [(.seconds(200), SmallStream.packets(seconds: 1)[1])]
            + SmallStream.live(seconds: 1).map { (.seconds(200) + $0.at, $0.packet) }
        #expect(network.runUntil { player.ending != nil })
        #expect(player.ending == Ending(.done))
        #expect(try SmallStream.tags(try #require(player.files.contents["x.flv"])).count == 53)
    }

    @Test func `a lost connection leaves a finished file and status 2`() throws {
        let script = ServerScript(media: SmallStream.live(seconds: 60))
        let stage = Stage(script)
        try stage.play()
        stage.network.run(for: .seconds(10))
        stage.network.kill(stage.server)
        let ending = try stage.ending()
        #expect(ending.status == .incomplete)
        #expect(ending.message?.contains("rtmp://server/live/***") == true)
        let tags = try stage.tags()
        #expect(tags.count > 400 && tags.count < 600)
    }

    @Test func `a peer that falls silent in the middle is lost after half a minute`() throws {
        let script = ServerScript(media: SmallStream.live(seconds: 3), end: .silence)
        let stage = Stage(script)
        try stage.play()
        let begin = stage.network.now
        #expect(try stage.ending().status == .incomplete)
        let took = (stage.network.now - begin) / .seconds(1)
        #expect(took > 32 && took < 35)
        #expect(try stage.tags().count == 152)
    }

    @Test func `a pause that lasts is an end`() throws {
        let script = ServerScript(media: SmallStream.live(seconds: 3), end: .pause)
        let stage = Stage(script)
        try stage.play()
        #expect(try stage.ending(within: .seconds(8)) == Ending(.done))
        #expect(try stage.tags().count == 152)
    }

    @Test func `a connection that may be made again goes on in the same file`() throws {
        let script = ServerScript(media: SmallStream.live(seconds: 4), end: .close)
        let stage = Stage(script)
        let player = try stage.play { $0.reconnects = true }
        #expect(stage.network.runUntil { script.connections == 2 })
        script.media = SmallStream.live(seconds: 4, from: 7_000_000)
        script.end = .proper
        #expect(try stage.ending() == Ending(.done))
        let tags = try stage.tags()
        #expect(tags.count == 404)
        let times = tags.map(\.timestamp)
        #expect(times == times.sorted())
        let gap = times[203] - times[201]
        #expect(gap > 500 && gap < 3000, "the gap of the clock: \(gap)")
        #expect(player.logs.contains { $0.level == .warning && $0.text.contains("trying again in") })
    }

    @Test func `a duration ends the file`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60)))
        try stage.play { $0.duration = .seconds(2) }
        #expect(try stage.ending() == Ending(.done))
        let last = try #require(try stage.tags().last?.timestamp)
        #expect(last == 1960)
        stage.network.run(for: .seconds(5))
        #expect(stage.script.open == 0)
    }

    @Test func `a size ends the file before it is larger`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60)))
        let player = try stage.play { $0.size = 20_000 }
        #expect(try stage.ending() == Ending(.done))
        let size = try #require(player.files.contents["x.flv"]).count
        #expect(size <= 20_000 && size > 19_900)
        _ = try stage.tags()
    }

    @Test func `a full disk keeps what was written`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60, size: 1000)))
        let player = try stage.play(files: { $0.capacity = 100_000 })
        let ending = try stage.ending()
        #expect(ending.status == .inputOutput)
        #expect(ending.message?.isEmpty == false)
        let file = try #require(player.files.contents["x.flv"])
        #expect(file.count <= 100_000 && file.count > 98_000)
        #expect(StrictFLV(file).faults == [], "cut back to whole tags, and the head knows it")
    }

    @Test func `a reader that goes away is a proper end`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60)))
        let player = try stage.play(path: "-")
        stage.network.run(for: .seconds(3))
        player.files.outputIsOpen = false
        #expect(try stage.ending(within: .seconds(5)) == Ending(.done))
    }

    @Test(arguments: [(Interruption.interrupt, RTMPCore.ExitStatus.interrupted), (.terminate, .terminated)])
    func `an interruption finishes the file`(interruption: Interruption, status: RTMPCore.ExitStatus) throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60)))
        let player = try stage.play()
        stage.network.run(for: .seconds(5))
        stage.network.interrupt(player, interruption)
        #expect(try stage.ending(within: .seconds(5)).status == status)
        #expect(try stage.tags().count > 200)
        stage.network.run(for: .seconds(5))
        #expect(stage.script.properEnds == 1)
    }

    @Test(arguments: [50, 2_050, 3_710])
    func `a process that is killed leaves a file that knows its length`(milliseconds: Int) throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60)))
        let player = try stage.play()
        stage.network.run(for: .milliseconds(milliseconds))
        stage.network.kill(player)
        let file = StrictFLV(try #require(player.files.contents["x.flv"]), rules: .interrupted)
        #expect(file.faults == [])
        #expect(abs(try #require(file.number("duration")) - Double(file.tags.last?.time ?? 0) / 1000) <= 1.1)
    }

    @Test func `a file is told to survive a power cut as often as that was paid for`() throws {
        for (sync, expected) in [(FileSync.never, 0), (.close, 1), (.every(.seconds(2)), 5)] {
            let stage = Stage(ServerScript(media: SmallStream.live(seconds: 9)))
            let player = try stage.play { $0.recording.sync = sync }
            #expect(try stage.ending() == Ending(.done))
            #expect(player.files.syncs == expected, "\(sync)")
        }
    }

    @Test func `an interruption while nothing came leaves no file`() throws {
        let script = ServerScript()
        script.end = .silence
        let stage = Stage(script)
        let player = try stage.play()
        stage.network.run(for: .seconds(1))
        stage.network.interrupt(player, .interrupt)
        #expect(try stage.ending(within: .seconds(5)).status == .interrupted)
        #expect(player.files.contents.isEmpty)
    }

    @Test func `a slow disk holds the peer back`() throws {
        let script = ServerScript(media: SmallStream.packets(seconds: 40, size: 40_000).map { (.zero, $0) })
        let stage = Stage(script)
        let player = try stage.play(files: { $0.latency = .seconds(2) })
        var mostUnwritten = 0
        stage.network.afterTurn = { [server = stage.server] in
            mostUnwritten = max(mostUnwritten, server.bytesSent - (player.files.contents["x.flv"]?.count ?? 0))
        }
        #expect(try stage.ending(within: .seconds(3000)) == Ending(.done))
        #expect(try stage.tags().count == 2002)
        #expect(mostUnwritten > 8 << 20 && mostUnwritten < 10 << 20)
    }

    @Test func `progress is reported once a second`() throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 10)))
        let player = try stage.play()
        stage.network.run(for: .milliseconds(5_500))
        #expect(player.reports == 5)
        let progress = try #require(player.progress)
        #expect(progress.mediaMilliseconds > 4500 && progress.mediaMilliseconds < 5100)
        #expect(progress.videoFrames > 110 && progress.videoFrames < 130)
        #expect(progress.state == "recording")
    }

    @Test(arguments: 1...15 as ClosedRange<UInt64>)
    func `whatever goes wrong, it ends and the file is whole`(seed: UInt64) throws {
        let stage = Stage(ServerScript(media: SmallStream.live(seconds: 60)), seed: seed, faults: .hostile)
        let player = try stage.play {
            $0.reconnects = seed % 2 == 0
            $0.wait = seed % 3 == 0
        }
        stage.network.run(for: .seconds(90))
        if player.ending == nil { stage.network.interrupt(player, .terminate) }
        let ending = try stage.ending(within: .seconds(30))
        if player.files.contents["x.flv"] == nil {
            #expect(ending.status != .done && ending.status != .incomplete, "seed \(seed)")
        } else {
            let times = try stage.tags().map(\.timestamp)
            #expect(times == times.sorted(), "seed \(seed)")
        }
        #expect(ending.status != .failed, "seed \(seed): \(ending)")
        #expect(ending.status == .done || ending.status.rawValue >= 128 || ending.message?.isEmpty == false)
    }
}
