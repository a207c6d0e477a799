// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport

/// `rtmpctl play`: a stream as FLV on standard output.
enum Play {
    static let command = Subcommand(
        name: "play",
        summary: "Write a stream as FLV to standard output, to pipe into a player.",
        forms: ["play URL [OPTION]..."],
        details: """
            Writes the stream at URL to standard output: FLV header, metadata, sequence
            headers, then everything from the first keyframe on. Ends when the stream ends
            or the reader goes away.
            """,
        options: options + [.quiet, .verbose],
        examples: [
            (
                "rtmpctl play rtmp://127.0.0.1/live/show | ffplay -loglevel warning -",
                "Watch a stream. With --wait it may be published later."
            )
        ],
        run: run)

    private static func run(_ arguments: Arguments, _ surroundings: Surroundings) throws(Failure) -> Ending {
        let configuration = try configuration(arguments, surroundings)
        guard !surroundings.isTerminal(.output) else {
            throw Failure("standard output is a terminal; send it into a player: rtmpctl play URL | ffplay -")
        }
        let console = arguments.console(surroundings)
        let ending = rtmpctl.run(PlayProgram(configuration), console)
        _ = console.finish()
        return ending
    }

    static func configuration(
        _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> PlayConfiguration {
        let operand = try arguments.operands(1...1, called: "URL")[0]
        let url = try arguments.streamURL(operand, surroundings)
        let output = FileRequest.create(path: "-", replacing: true, makingDirectories: false)
        return try configuration(url, RecordingPlan(.file(output)), arguments, surroundings)
    }

    /// What `play` and `dump` have in common.
    static func configuration(
        _ url: RTMPURL, _ recording: RecordingPlan, _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> PlayConfiguration {
        var configuration = PlayConfiguration(url: url, recording: recording)
        configuration.wait = arguments.has(.wait)
        configuration.timeout = try arguments.duration(.timeout) ?? configuration.timeout
        configuration.start = try arguments.startOfPlay()
        configuration.duration = try arguments.lengthOfPlay(from: configuration.start)
        configuration.size = try arguments.size(.size)
        configuration.keepTimestamps = arguments.has(.keepTimestamps)
        configuration.reconnects = arguments.has(.reconnect)
        configuration.isLive = arguments.has(.live)
        configuration.session = try arguments.session(configuration.session, surroundings)
        configuration.session.bufferMilliseconds = try arguments.bufferOfPlay(configuration.session.bufferMilliseconds)
        configuration.wallClock = surroundings.wallClock
        configuration.seed = surroundings.seed
        return configuration
    }

    static let options: [Option] =
        [
            .live, .wait, .reconnect, .timeout, .duration, .size,
        ] + Option.ofPlaces + [.keepTimestamps, .app, .name, .keyFile] + Option.ofSessions
}

extension Option {
    static let live = Option("live", letter: "v", help: "Take the live stream only, not a recording of that name.")
    static let reconnect = Option("reconnect", help: "When the connection is lost, make it again and go on.")
    static let size = Option("size", value: .required("SIZE"), help: "End before the output is larger than this.")
    static let keepTimestamps = Option(
        "keep-timestamps", help: "Leave timestamps as they come, instead of beginning at 0.")
}
