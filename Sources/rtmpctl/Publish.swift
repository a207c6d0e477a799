// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport

/// `rtmpctl publish`: a file or a pipe sent like a live encoder sends.
enum Publish {
    static let command = Subcommand(
        name: "publish",
        summary: "Send an FLV file or a pipe to servers, paced like a live encoder.",
        forms: ["publish INPUT URL... [OPTION]..."],
        details: """
            Sends the FLV file INPUT, or standard input when INPUT is -, to every URL. Each
            is served for itself: one that is lost is connected to again and goes on at a
            keyframe, the others notice nothing.
            """,
        options: [
            .rate, .loop, .start, .duration, .type, .wait, .timeout, .app, .name, .keyFile,
        ] + Option.ofSessions + [.json, .quiet, .verbose],
        examples: [
            ("rtmpctl publish show.flv rtmp://127.0.0.1/live/show --loop", "Send a file again and again."),
            (
                "ffmpeg -re -i show.mp4 -c copy -f flv - | rtmpctl publish - rtmp://a/live --key-file key.txt",
                "Send what another program makes, with a key that is not on the command line."
            ),
        ],
        run: run)

    private static func run(_ arguments: Arguments, _ surroundings: Surroundings) throws(Failure) -> Ending {
        let configuration = try configuration(arguments, surroundings)
        if configuration.input == "-", surroundings.isTerminal(.input) {
            throw Failure("standard input is a terminal; name a file, or send FLV into it: ffmpeg ... -f flv - |")
        }
        let console = arguments.console(surroundings)
        let ending = rtmpctl.run(PublishProgram(configuration), console)
        let summary = Summary(
            command: "publish", file: configuration.input, urls: configuration.urls, progress: console.finish(),
            ending: ending)
        return summary.tell(arguments, surroundings)
    }

    static func configuration(
        _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> PublishConfiguration {
        let operands = try arguments.operands(2...1_000, called: "INPUT URL...")
        guard !operands[0].contains("://") else {
            throw Failure("a URL stands where INPUT should be; the file comes first: publish INPUT URL...")
        }
        var urls: [RTMPURL] = []
        for text in operands.dropFirst() { urls.append(try arguments.streamURL(text, surroundings)) }
        var configuration = PublishConfiguration(input: operands[0], urls: urls)
        configuration.rate = try rate(arguments)
        configuration.loops = try loops(arguments)
        configuration.start = try arguments.duration(.start) ?? .zero
        configuration.duration = try arguments.duration(.duration)
        configuration.kind =
            try arguments.choice(.type, ["live": .live, "record": .record, "append": .append]) ?? .live
        configuration.session = try arguments.session(configuration.session, surroundings)
        configuration.wait = arguments.has(.wait)
        configuration.timeout = try arguments.duration(.timeout) ?? configuration.timeout
        configuration.seed = surroundings.seed
        return configuration
    }

    private static func rate(_ arguments: Arguments) throws(Failure) -> PublishConfiguration.Rate {
        guard let text = arguments[.rate] else { return .paced(1) }
        if text == "max" { return .max }
        guard let rate = Double(text), rate > 0, rate <= 1_000_000 else {
            throw Failure("--rate \(text) is no rate; write 1 for real time, 2 for twice that, or max")
        }
        return .paced(rate)
    }

    private static func loops(_ arguments: Arguments) throws(Failure) -> Int? {
        guard let text = arguments[.loop] else { return 1 }
        if text.isEmpty { return nil }
        guard let count = Int(text), count > 0 else {
            throw Failure("--loop \(text) is no number of times; write 3, or only --loop for ever and ever")
        }
        return count
    }
}

extension Option {
    static let type = Option(
        "type", value: .required("TYPE"),
        help: "Ask the server to record what it gets: live (the default) does not, record makes a new recording, "
            + "append goes on with one.")
    static let rate = Option(
        "rate", value: .required("RATE"),
        help: "Send so many times as fast as the timestamps say, or as fast as it goes: max. Default 1.")
    static let loop = Option(
        "loop", value: .number("N"), help: "Send the file N times, or without end. A pipe can be sent once only.")
    static let start = Option(
        "start", value: .required("TIME"), help: "Begin with the first keyframe this far into the file, or later.")
}
