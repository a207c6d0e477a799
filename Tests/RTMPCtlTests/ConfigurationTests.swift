// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import RTMPRelay
import RTMPTransport
import Testing

@testable import rtmpctl

/// From a command line to what a program is told.
@Suite struct ConfigurationTests {
    private func play(_ line: String, _ stage: Stage = Stage()) throws -> PlayConfiguration {
        try Play.configuration(arguments(Play.command, line), stage.surroundings)
    }

    private func dump(_ line: String, _ stage: Stage = Stage()) throws -> (PlayConfiguration, file: String) {
        try Dump.configuration(arguments(Dump.command, line), stage.surroundings)
    }

    private func publish(_ line: String, _ stage: Stage = Stage()) throws -> PublishConfiguration {
        try Publish.configuration(arguments(Publish.command, line), stage.surroundings)
    }

    private func relay(_ line: String, _ stage: Stage = Stage()) throws -> RelayConfiguration {
        try RelayStreams.configuration(arguments(RelayStreams.command, line), stage.surroundings)
    }

    private func message(_ body: () throws -> Void) -> String? {
        let failure = #expect(throws: Failure.self) { try body() }
        return failure?.message
    }

    @Test func `play writes to standard output and ends by itself`() throws {
        let configuration = try play("rtmp://host/live/show")
        #expect(configuration.url.text == "rtmp://host/live/show")
        #expect(configuration.recording.place == .file(.create(path: "-", replacing: true, makingDirectories: false)))
        #expect(!configuration.wait && !configuration.isLive && !configuration.reconnects)
        #expect(!configuration.keepTimestamps)
        #expect(configuration.timeout == .seconds(10))
        #expect(configuration.duration == nil && configuration.size == nil)
        #expect(configuration.seed == 7)
    }

    @Test func `play takes its options`() throws {
        let configuration = try play(
            "rtmp://host/a/b/c --live --wait --reconnect --timeout 3 --duration 1:00 --size 2k --keep-timestamps "
                + "--app a --name b/c")
        #expect(configuration.url.app == "a")
        #expect(configuration.url.name.value == "b/c")
        #expect(configuration.isLive && configuration.wait && configuration.reconnects && configuration.keepTimestamps)
        #expect(configuration.timeout == .seconds(3))
        #expect(configuration.duration == .seconds(60))
        #expect(configuration.size == 2048)
    }

    @Test(arguments: [
        "-r rtmp://host/live/show -o show.flv --live", "--rtmp rtmp://host/live/show --flv show.flv -v",
        "-r rtmp://host/live -y show -o show.flv -v", "-v -r rtmp://host/live/show -oshow.flv",
        "rtmp://host/live/show show.flv --live", "rtmp://host -a live -y show show.flv -v",
        "-r rtmp://host/x -a live --playpath=show --flv=show.flv -qv",
    ])
    func `dump understands rtmpdump's words`(_ line: String) throws {
        let (configuration, file) = try dump(line)
        #expect(file == "show.flv")
        #expect(
            configuration.recording.place
                == .file(.create(path: "show.flv", replacing: false, makingDirectories: false)))
        #expect(configuration.url.app == "live")
        #expect(configuration.url.name.value == "show")
        #expect(configuration.isLive)
    }

    @Test func `files of a recording are cut, called and kept as it is typed`() throws {
        let (one, _) = try dump("rtmp://host/live/show --hook tell")
        #expect(one.recording.segment == nil && one.recording.hook == "tell")
        let (several, file) = try dump(
            "rtmp://host/live/show --segment 10m --keep 3 --keep-age 24h --keep-size 2G --force")
        #expect(file == "show.flv")
        #expect(several.recording.place == .directory("", try NameTemplate("show-{index}.flv")))
        #expect(several.recording.segment == .duration(.seconds(600)))
        #expect(several.recording.retention.count == 3 && several.recording.retention.age == .seconds(86_400))
        #expect(several.recording.retention.size == 2 << 30)
        #expect(several.recording.isReplacing)
        for (text, segment) in [
            ("90", RecordingPlan.Segment.duration(.seconds(90))), ("1:30:00", .duration(.seconds(5_400))),
            ("500MB", .size(500 << 20)), ("500M", .size(500 << 20)), ("2g", nil), ("200000B", .size(200_000)),
        ] {
            guard let segment else { continue }
            #expect(try dump("rtmp://host/live/show x-%s.flv --segment \(text)").0.recording.segment == segment)
        }
        let recording = try #require(relay("--listen :1935 --record d --record-name %F/{name} --segment 1h").recording)
        #expect(recording.place == .directory("d", try NameTemplate("%F/{name}")))
        for (line, part) in [
            ("rtmp://host/live/show --segment x", "write 10m, 1:30:00, 500M or 2GB"),
            ("rtmp://host/live/show --segment 10K", "is neither a time nor a size"),
            ("rtmp://host/live/show --keep 3", "are for several files: --segment 10m"),
            ("rtmp://host/live/show - --segment 1m", "standard output takes one file only"),
            ("rtmp://host/live/show {foo} --segment 1m", "FILE {foo}: {foo} is unknown"),
        ] {
            #expect(message { _ = try dump(line) }?.contains(part) == true, "\(line)")
        }
        for (line, part) in [
            ("--listen :1 --segment 1m", "--segment is about recordings"),
            ("--listen :1 --record d --record-name ../x", "leaves the directory"),
            ("--listen :1 --record d --record-name %q", "%q is unknown"),
        ] {
            #expect(message { _ = try relay(line) }?.contains(part) == true, "\(line)")
        }
    }

    @Test func `what a power cut may cost is said in words or as a time`() throws {
        #expect(try dump("rtmp://host/live/show").0.recording.sync == .never)
        #expect(try dump("rtmp://host/live/show --fsync never").0.recording.sync == .never)
        #expect(try dump("rtmp://host/live/show --fsync close").0.recording.sync == .close)
        #expect(try dump("rtmp://host/live/show --fsync 1.5").0.recording.sync == .every(.milliseconds(1_500)))
        #expect(try relay("--listen :1935 --record d --fsync 1m").recording?.sync == .every(.seconds(60)))
        for wrong in ["0", "often", "-1"] {
            let said = message { _ = try dump("rtmp://host/live/show --fsync=\(wrong)") }
            #expect(said?.contains("write never, close, or a time such as 10") == true)
        }
    }

    @Test func `dump takes rtmpdump's limits`() throws {
        let (configuration, _) = try dump("-r rtmp://host/live/show -B 30 -m 5 -V")
        #expect(configuration.duration == .seconds(30))
        #expect(configuration.timeout == .seconds(5))
    }

    @Test func `dump says in connect what rtmpdump would`() throws {
        let line = "-r rtmp://host/live/x -t rtmp://t/a -p http://p -s http://s -f WIN -C S:a --conn N:2"
        let session = try dump(line).0.session
        #expect(session.tcURL == "rtmp://t/a")
        #expect(session.pageURL == "http://p")
        #expect(session.swfURL == "http://s")
        #expect(session.flashVersion == "WIN")
        #expect(session.connectArguments == ["a", .number(2)])
        let plain = try play("rtmp://host/live/x").session
        #expect(plain.tcURL == nil && plain.pageURL == nil && plain.swfURL == nil && plain.connectArguments.isEmpty)
        #expect(
            message { _ = try dump("rtmp://host/live/x --conn SECRET") }
                == "--conn: connect argument 1 is not readable: write S:value")
    }

    @Test func `a Flash program is given as a file or as hash and size`() throws {
        let hash = String(repeating: "0f", count: 32)
        let file = Array("FWS".utf8) + [10, 0, 0, 0, 9, 1]
        let stage = Stage(files: ["no.swf": "FLV and so on"], binaryFiles: ["player.swf": file])
        let session = try dump("rtmp://host/live/x -W player.swf -s http://s", stage).0.session
        #expect(try session.swf == SWFVerification(file: file.span) && session.swfURL == "http://s")
        let wanted = SWFVerification(hash: [UInt8](repeating: 15, count: 32), size: 4711)
        #expect(try play("rtmp://host/live/x --swfhash \(hash) --swfsize 4711").session.swf == wanted)
        #expect(try publish("a.flv rtmp://host/live/x -w \(hash) -x 4711").session.swf == wanted)
        let wrong = [
            "--swf-hash \(hash)", "--swf-size 5", "--swf-hash 0f --swf-size 5", "--swf-hash \(hash) --swf-size -5",
            "--swf player.swf --swf-size 5", "--swf none.swf", "-W http://host/player.swf",
        ]
        for line in wrong {
            #expect(throws: Failure.self, "\(line)") { try play("rtmp://host/live/x \(line)", stage) }
        }
        #expect(message { _ = try dump("rtmp://host/live/x --swf no.swf", stage) } == "no.swf is no SWF file")
    }

    @Test(arguments: [
        ("rtmp://host/live/show", "show.flv"), ("rtmp://host/live/show?token=SECRET", "show.flv"),
        ("rtmp://host/live/inst/show", "show.flv"), ("rtmp://host/live/mp4:show.mp4", "show.flv"),
        ("rtmp://host/live -y a/b", "b.flv"),
    ])
    func `dump names its file after the stream`(_ line: String, _ name: String) throws {
        #expect(try dump(line).file == name)
    }

    @Test func `dump replaces a file only by force`() throws {
        let (configuration, _) = try dump("rtmp://host/live/show --force")
        #expect(
            configuration.recording.place == .file(.create(path: "show.flv", replacing: true, makingDirectories: false))
        )
    }

    @Test(arguments: [
        "", "rtmp://host/live/show a b", "-r rtmp://host/live/show a b", "rtmp://host/live/.. ",
        "a.flv rtmp://host/live/show", "rtmp://host/live/show rtmp://host/live/show", "rtmp://host/live",
        "rtmp://host/live/show --size x", "rtmp://host/live/show -o ",
    ])
    func `dump refuses what makes no sense`(_ line: String) {
        #expect(throws: Failure.self) { try dump(line) }
    }

    @Test func `publish sends once and in real time`() throws {
        let configuration = try publish("show.flv rtmp://a/live/x rtmp://b/live/y")
        #expect(configuration.input == "show.flv")
        #expect(configuration.urls.map(\.text) == ["rtmp://a/live/x", "rtmp://b/live/y"])
        #expect(configuration.rate == .paced(1))
        #expect(configuration.loops == 1)
        #expect(configuration.start == .zero)
        #expect(configuration.duration == nil)
        #expect(!configuration.wait)
    }

    @Test func `publish takes its options`() throws {
        let configuration = try publish(
            "- rtmp://a/live/x --rate 2.5 --loop 3 --start 10 --duration 20 --wait --timeout 1")
        #expect(configuration.input == "-")
        #expect(configuration.rate == .paced(2.5))
        #expect(configuration.loops == 3)
        #expect(configuration.start == .seconds(10))
        #expect(configuration.duration == .seconds(20))
        #expect(configuration.wait)
        #expect(configuration.timeout == .seconds(1))
        #expect(configuration.kind == .live)
        #expect(try publish("a.flv rtmp://a/live/x --type append -t rtmp://t/a").kind == .append)
        #expect(try publish("a.flv rtmp://a/live/x --type record -t rtmp://t/a").session.tcURL == "rtmp://t/a")
        #expect(try publish("--loop a.flv rtmp://a/live/x").loops == nil)
        #expect(try publish("a.flv rtmp://a/live/x --rate max").rate == .max)
    }

    @Test(arguments: [
        "", "a.flv", "rtmp://a/live/x a.flv", "a.flv rtmp://a/live", "a.flv rtmp://a/live/x --rate 0",
        "a.flv rtmp://a/live/x --rate nan", "a.flv rtmp://a/live/x --loop 0", "a.flv rtmp://a/live/x --loop=x",
    ])
    func `publish refuses what makes no sense`(_ line: String) {
        #expect(throws: Failure.self) { try publish(line) }
    }

    @Test func `a key comes from a file or the environment when the URL has none`() throws {
        let stage = Stage(variables: ["RTMPCTL_STREAM_KEY": "fromEnvironment"], files: ["key": "  fromFile \nrest"])
        #expect(try publish("a.flv rtmp://a/live", stage).urls[0].name == "fromEnvironment")
        #expect(try publish("a.flv rtmp://a/live --key-file key", stage).urls[0].name == "fromFile")
        #expect(try publish("a.flv rtmp://a/live/own", stage).urls[0].name == "own")
        #expect(try dump("rtmp://a/live x.flv", stage).0.url.name == "fromEnvironment")
        #expect(try relay("rtmp://a/live/x rtmp://b/live", stage).routes[0].destinations[0].name == "fromEnvironment")
        #expect(try relay("rtmp://a/live/x rtmp://b/live").routes[0].destinations[0].name.isEmpty)
    }

    @Test func `a key from elsewhere names no file`() {
        let stage = Stage(variables: ["RTMPCTL_STREAM_KEY": "SECRET"])
        #expect(
            message { _ = try dump("rtmp://a/live", stage) }
                == "the stream's name is a secret and names no file; name one: dump URL FILE")
    }

    @Test func `keys that cannot be are refused without being shown`() {
        let stage = Stage(files: ["key": "SECRET", "empty": " \n"])
        #expect(
            message { _ = try publish("a.flv rtmp://a/live/SECRET --key-file key", stage) }
                == "rtmp://a/live/*** names a stream, and so does --key-file; leave one of them out")
        #expect(
            message { _ = try publish("a.flv rtmp://a/live --key-file empty", stage) }
                == "empty has no key in its first line; write the stream's name there")
        #expect(message { _ = try publish("a.flv rtmp://a/live --key-file none", stage) } == "cannot read none")
        #expect(
            message { _ = try publish("a.flv rtmp://u:SECRET@a/live?SECRET", stage) }
                == "rtmp://u:***@a/live?*** names no stream; write rtmp://u:***@a/live?***/NAME, "
                + "or give the name with --key-file")
    }

    @Test func `relay listens with the design's defaults`() throws {
        let configuration = try relay("--listen 127.0.0.1:1935")
        #expect(configuration.listeners == [ListenAddress(host: "127.0.0.1", port: 1935)])
        #expect(configuration.routes.isEmpty && configuration.pushes.isEmpty && configuration.pulls.isEmpty)
        #expect(configuration.recordDirectory == nil)
        #expect(configuration.hold == .seconds(10))
        #expect(configuration.takeover == .stale)
        #expect(configuration.maxLag == .seconds(5))
        #expect(configuration.hasGOPCache)
        #expect(configuration.logLimit == 64 << 20)
        #expect(configuration.memoryLimit == 4 << 30)
        #expect(configuration.wallClock == 1_795_256_130_250)
        #expect(configuration.seed == 7)
        #expect(configuration.reconnectTarget == nil && configuration.drainTime == .seconds(30))
    }

    @Test func `relay sends its clients elsewhere when told where`() throws {
        for target in ["rtmp://b", "rtmp://b:1936/", "rtmps://b/live"] {
            let configuration = try relay("--listen :1 --reconnect-to \(target) --drain 5")
            #expect(configuration.reconnectTarget == target && configuration.drainTime == .seconds(5))
        }
        for target in ["b", "rtmp://", "http://b", "rtmp://u:SECRET@b"] {
            let text = message { _ = try relay("--listen :1 --reconnect-to \(target)") }
            #expect(text?.hasPrefix("--reconnect-to: ") == true && text?.contains("SECRET") == false)
        }
    }

    @Test func `relay takes its options`() throws {
        let configuration = try relay(
            "--listen :0 --listen [::1]:5 --push rtmp://b/live --push live/a=rtmp://c/app/x?k=v --pull x=rtmp://d/app "
                + "--record /srv --hold forever --takeover never --max-lag 2 --max-merge 350 --no-gop-cache --log-limit 1M --memory 1g"
        )
        #expect(configuration.listeners.map(\.port) == [0, 5])
        #expect(configuration.pushes.map(\.path) == ["", "live/a"])
        #expect(configuration.pushes.map(\.url.text) == ["rtmp://b/live", "rtmp://c/app/x?k=v"])
        #expect(configuration.pulls.map(\.path) == ["x"])
        #expect(configuration.recordDirectory == "/srv")
        #expect(configuration.hold == .forever)
        #expect(configuration.maxMerge == .milliseconds(350))
        #expect(configuration.takeover == .never)
        #expect(configuration.maxLag == .seconds(2))
        #expect(!configuration.hasGOPCache)
        #expect(configuration.logLimit == 1 << 20)
        #expect(configuration.memoryLimit == 1 << 30)
        #expect(try relay("--listen :1 --push rtmp://b/live/x?a=b").pushes[0].path == "")
        #expect(try relay("--listen :1").shard.count == 3, "as many as processors")
        #expect(try relay("--listen :1 --threads 7").shard.count == 7)
        #expect(try relay("rtmp://a/live/x rtmp://b/live").shard.count == 1, "a carrier has few connections")
        #expect(try relay("--listen :1 --hold 0").hold == .seconds(0))
        #expect(try relay("--listen :1 --hold 1.5").hold == .seconds(2))
    }

    @Test func `relay takes limits on connections`() throws {
        let line = "--listen :1 --max-connections 5 --max-per-address 2"
        let admission = try RelayStreams.admission(arguments(RelayStreams.command, line))
        #expect(admission?.connections == 5)
        #expect(admission?.perAddress == 2)
        #expect(try RelayStreams.admission(arguments(RelayStreams.command, "--listen :1")) == nil)
        #expect(try relay(line).connectionLimit == 5)
        #expect(throws: Failure.self) {
            try RelayStreams.admission(arguments(RelayStreams.command, "--max-per-address 0"))
        }
        #expect(throws: Failure.self) { try relay("--listen :1 --max-connections many") }
    }

    @Test func `relay carries a stream to several hosts`() throws {
        let route = try relay("rtmp://a/live/x rtmp://b/live/y rtmp://c/live/z").routes[0]
        #expect(route.source.text == "rtmp://a/live/x")
        #expect(route.destinations.map(\.text) == ["rtmp://b/live/y", "rtmp://c/live/z"])
    }

    @Test(arguments: [
        "", "rtmp://a/live/x", "rtmp://a/live rtmp://b/live/x", "--push rtmp://b/live", "--listen :1 --push x=y",
        "--listen :1 --takeover sometimes", "--listen :1 --hold eternally",
    ])
    func `relay refuses what makes no sense`(_ line: String) {
        #expect(throws: Failure.self) { try relay(line) }
    }
}
