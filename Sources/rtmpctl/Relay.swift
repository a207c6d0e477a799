// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport

/// `rtmpctl relay`: a server, or a carrier from one server to others, or both.
enum RelayStreams {
    static let command = Subcommand(
        name: "relay",
        summary: "Be a server, or carry a stream from one server to others.",
        forms: ["relay --listen ADDR [OPTION]...", "relay SOURCE DEST... [OPTION]..."],
        details: """
            With --listen it is a server: it takes publishers, serves players, pushes to and
            pulls from other servers, and records. With SOURCE and DEST it plays one stream
            and publishes it to each DEST; each has its own state and is connected to again
            when it is lost. Runs until SIGINT or SIGTERM, then ends all streams properly.
            With --reconnect-to, SIGTERM first sends clients to another server.
            """,
        options: [
            .listen, .push, .pull, .record, .recordName,
        ] + Option.recording + [
            .vod, .hold, .takeover, .maxLag, .maxMerge, .noGOPCache, .logLimit,
            .memory, .threads, .maxConnections, .maxPerAddress, .reconnectTo, .drain, .keyFile, .logLevel,
        ],
        examples: [
            ("rtmpctl relay --listen 127.0.0.1:1935", "Be a server on this machine."),
            (
                "rtmpctl relay --listen :1935 --record /srv/video --push live=rtmp://b/live",
                "Be a server for everybody; record all, and push what is published under live."
            ),
            ("rtmpctl relay rtmp://a/live/show rtmp://b/live/show", "Carry one stream from a to b."),
        ],
        run: run)

    private static func run(_ arguments: Arguments, _ surroundings: Surroundings) throws(Failure) -> Ending {
        let configuration = try configuration(arguments, surroundings)
        let levels: KeyValuePairs = [
            "debug": LogLevel.debug, "info": .info, "warning": .warning, "error": .error,
        ]
        let level = try arguments.choice(.logLevel, levels) ?? .info
        let console = Console(surroundings, threshold: level, showsProgress: false)
        let shards = configuration.shard.count
        return rtmpctl.run(shards: shards, console, admission: try admission(arguments)) { index in
            var configuration = configuration
            configuration.shard = Shard(index, of: shards)
            return Relay(configuration)
        }
    }

    static func configuration(
        _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> RelayConfiguration {
        var configuration = RelayConfiguration()
        for text in arguments.all(.listen) { configuration.listeners.append(try ListenAddress(argument: text)) }
        for text in arguments.all(.push) { configuration.pushes.append(try rule(text, arguments)) }
        for text in arguments.all(.pull) { configuration.pulls.append(try rule(text, arguments)) }
        configuration.routes = try routes(arguments, surroundings)
        guard !configuration.listeners.isEmpty || !configuration.routes.isEmpty else {
            throw Failure(
                "nothing to do; write --listen 127.0.0.1:1935 to be a server, or SOURCE DEST to carry a stream")
        }
        configuration.recording = try recording(arguments)
        configuration.vodDirectory = arguments[.vod]
        if arguments[.vod]?.isEmpty == true { throw Failure("--vod has no directory; write --vod DIR") }
        configuration.hold = try hold(arguments) ?? configuration.hold
        configuration.takeover =
            try arguments.choice(.takeover, ["stale": .stale, "always": .always, "never": .never])
            ?? configuration.takeover
        configuration.maxLag = try arguments.duration(.maxLag) ?? configuration.maxLag
        configuration.maxMerge = try arguments.shortDuration(.maxMerge) ?? configuration.maxMerge
        configuration.hasGOPCache = !arguments.has(.noGOPCache)
        configuration.logLimit = try arguments.size(.logLimit).map(Int.init) ?? configuration.logLimit
        let half = surroundings.memory.map { $0 / 2 }
        configuration.memoryLimit = try arguments.size(.memory).map(Int.init) ?? half ?? configuration.memoryLimit
        // Connections that are made are few, those that are accepted may be many.
        let threads = try threads(arguments) ?? (configuration.listeners.isEmpty ? 1 : surroundings.processors)
        configuration.shard = Shard(0, of: threads)
        configuration.reconnectTarget = try reconnectTarget(arguments)
        configuration.drainTime = try arguments.duration(.drain) ?? configuration.drainTime
        let connections = try arguments.count(.maxConnections)
        configuration.connectionLimit = surroundings.connectionLimit().map { min($0, connections ?? $0) }
        configuration.wallClock = surroundings.wallClock
        configuration.seed = surroundings.seed
        return configuration
    }

    /// Limits on connections, when there are any but the system's.
    static func admission(_ arguments: Arguments) throws(Failure) -> Admission? {
        let (all, one) = (try arguments.count(.maxConnections), try arguments.count(.maxPerAddress))
        return all == nil && one == nil ? nil : Admission(connections: all, perAddress: one)
    }

    private static func recording(_ arguments: Arguments) throws(Failure) -> RecordingPlan? {
        guard let directory = arguments[.record] else {
            if let option = ([.recordName] + Option.recording).first(where: { arguments.has($0) }) {
                throw Failure("\(option.name) is about recordings, and nothing is recorded; write --record DIR too")
            }
            return nil
        }
        guard !directory.isEmpty else { throw Failure("--record has no directory; write --record DIR") }
        var template = NameTemplate.standard
        if let text = arguments[.recordName] {
            template = try Arguments.template(text, in: Option.recordName.name)
            guard template.staysInside else {
                throw Failure("--record-name \(text) leaves the directory; write a name below it, without . and ..")
            }
            if !template.distinguishesFiles { template = template.withIndex() }
        }
        return try arguments.recordingPlan(.directory(directory, template))
    }

    private static func routes(
        _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> [RelayConfiguration.Route] {
        let operands = arguments.operands
        guard let first = operands.first else { return [] }
        guard operands.count > 1 else { throw Failure("DEST is missing; write relay SOURCE DEST...") }
        let source = try arguments.url(first)
        guard !source.name.isEmpty else { throw Failure("\(source) names no stream; write \(source)/NAME") }
        var destinations: [RTMPURL] = []
        for text in operands.dropFirst() {
            var url = try arguments.url(text)
            // Without any name, the stream keeps its own.
            if url.name.isEmpty, let key = try arguments.key(surroundings) { url.name = StreamKey(key) }
            destinations.append(url)
        }
        return [RelayConfiguration.Route(source: source, destinations: destinations)]
    }

    /// `[PATH=]URL`. An equals sign behind the scheme belongs to the URL.
    private static func rule(_ text: String, _ arguments: Arguments) throws(Failure) -> RelayConfiguration.Rule {
        guard let equals = text.firstIndex(of: "="), !text[..<equals].contains("://") else {
            return RelayConfiguration.Rule(path: "", url: try arguments.url(text))
        }
        let url = try arguments.url(String(text[text.index(after: equals)...]))
        return RelayConfiguration.Rule(path: String(text[..<equals]), url: url)
    }

    private static func threads(_ arguments: Arguments) throws(Failure) -> Int? {
        guard let text = arguments[.threads] else { return nil }
        guard let count = Int(text), (1...256).contains(count) else {
            throw Failure("--threads \(text) is no number of threads; write one from 1 to 256")
        }
        return count
    }

    /// Every client is told, so there is nothing secret in it.
    private static func reconnectTarget(_ arguments: Arguments) throws(Failure) -> String? {
        guard let text = arguments[.reconnectTo] else { return nil }
        let url: RTMPURL
        do throws(RTMPURLError) {
            url = try RTMPURL(text, app: "any")
        } catch {
            throw Failure("--reconnect-to: \(error)")
        }
        guard url.user == nil, url.password == nil else {
            throw Failure("--reconnect-to: leave user and password out; every client is told this URL")
        }
        return text
    }

    private static func hold(_ arguments: Arguments) throws(Failure) -> RelayConfiguration.Hold? {
        if arguments[.hold] == "forever" { return .forever }
        return try arguments.duration(.hold).map { .seconds(Int($0.wholeMilliseconds + 999) / 1000) }
    }
}

extension Option {
    static let listen = Option(
        "listen", value: .required("ADDR"),
        help: "Listen on HOST:PORT, or on :PORT of every address. Port 0 is any free one. Repeatable.")
    static let push = Option(
        "push", value: .required("[PATH=]URL"),
        help: "Publish streams to another server too: all, or those of an app or app/name. "
            + "A URL with only an app gets the stream's own name; {name} stands for it. Repeatable.")
    static let pull = Option(
        "pull", value: .required("[PATH=]URL"),
        help: "Play streams from another server while somebody plays them here. Repeatable.")
    static let record = Option(
        "record", value: .required("DIR"), help: "Record every stream to DIR/APP/NAME-TIME.flv.")
    static let vod = Option(
        "vod", value: .required("DIR"),
        help: "Play recordings: APP/NAME is DIR/APP/NAME.flv or DIR/NAME.flv, unless a live stream has that name.")
    static let hold = Option(
        "hold", value: .required("TIME"),
        help: "Keep players this long when their publisher's connection breaks, or forever. Default 10 s.")
    static let takeover = Option(
        "takeover", value: .required("WHEN"),
        help: "Whether a publisher may take a name in use: stale (when its publisher is silent for 3 s, the default), "
            + "always, never.")
    static let maxLag = Option(
        "max-lag", value: .required("TIME"),
        help: "A player this far behind skips to the newest keyframe. Default 5 s.")
    static let maxMerge = Option(
        "max-merge", value: .required("MS"),
        help: "What could be sent may wait this long for what comes next; 0 sends all at once. Default 40 ms.")
    static let noGOPCache = Option(
        "no-gop-cache", help: "Have players begin at the next keyframe instead of the last one.")
    static let logLimit = Option(
        "log-limit", value: .required("SIZE"), help: "Memory that one stream may hold. Default 64M.")
    static let memory = Option(
        "memory", value: .required("SIZE"),
        help: "Memory that all streams together may hold. Default half of the machine's.")
    static let threads = Option(
        "threads", value: .required("N"),
        help: "Serve with so many threads. Default one for each processor that this process may use.")
    static let maxConnections = Option(
        "max-connections", value: .required("N"),
        help: "Refuse who connects when so many are connected. Default what the limit of open files allows.")
    static let maxPerAddress = Option(
        "max-per-address", value: .required("N"),
        help: "Refuse who connects when so many are connected from the same address. Default no limit.")
    static let reconnectTo = Option(
        "reconnect-to", value: .required("URL"),
        help: "On SIGTERM let nobody in, and ask clients that can to go on at URL: rtmp://host keeps each one's "
            + "application. Stop when all have left.")
    static let drain = Option(
        "drain", value: .required("TIME"),
        help: "With --reconnect-to, end the streams of those who have not left after this. Default 30 s.")
    static let logLevel = Option(
        "log-level", value: .required("LEVEL"), help: "How much to say: debug, info (the default), warning, error.")
}
