// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay

/// `rtmpctl probe`: what a file or a stream is, and what is wrong with it.
enum Probe {
    static let command = Subcommand(
        name: "probe",
        summary: "Say what a file or a stream is, and what is wrong with it.",
        forms: ["probe FILE [OPTION]...", "probe URL [OPTION]..."],
        details: """
            Shows tracks with codec, size and rates, how sound and pictures go together,
            faults of timestamps, and metadata. Of a stream it also shows each step of the
            way to it, how long that took, and which step failed. FILE may be - for standard
            input.
            """,
        options: [
            .reportJSON, .lookDuration, .timeout, .app, .name, .keyFile, .tcURL, .pageURL, .swfURL, .flashVersion,
            .connectArgument, .quiet, .verbose,
        ],
        examples: [
            ("rtmpctl probe show.flv", "Look at a file."),
            ("rtmpctl probe rtmp://127.0.0.1/live/show --duration 30 --json", "Look at a stream for half a minute."),
        ],
        run: run)

    private static func run(_ arguments: Arguments, _ surroundings: Surroundings) throws(Failure) -> Ending {
        let input = try arguments.operands(1...1, called: "FILE or URL")[0]
        let form: ReportForm = arguments.has(.json) ? .json : .text
        let console = arguments.console(surroundings)
        guard input.contains("://") else {
            return rtmpctl.run(InspectProgram(path: input, form: form), console)
        }
        return rtmpctl.run(ProbeProgram(try configuration(input, form, arguments, surroundings)), console)
    }

    static func configuration(
        _ input: String, _ form: ReportForm, _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> ProbeConfiguration {
        var configuration = ProbeConfiguration(url: try arguments.streamURL(input, surroundings))
        configuration.form = form
        configuration.duration = try arguments.duration(.lookDuration) ?? configuration.duration
        configuration.timeout = try arguments.duration(.timeout) ?? configuration.timeout
        configuration.session = try arguments.session(configuration.session, surroundings)
        configuration.seed = surroundings.seed
        return configuration
    }
}

extension Option {
    static let reportJSON = Option("json", help: "Write the report as one line of JSON.")
    static let lookDuration = Option(
        "duration", "stop", letter: "B", value: .required("TIME"), help: "Look at a stream for this long. Default 5 s.")
}
