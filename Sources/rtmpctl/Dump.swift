// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport

/// `rtmpctl dump`: a stream recorded to a file, in the words of rtmpdump too.
enum Dump {
    static let command = Subcommand(
        name: "dump",
        summary: "Record a stream to an FLV file.",
        forms: ["dump URL [FILE] [OPTION]...", "dump -r URL [-o FILE] [OPTION]..."],
        details: """
            Records the stream at URL. Without FILE the file is called after the stream,
            NAME.flv; - is standard output. Whatever ends the recording, the file is valid,
            at every moment: it plays, can be sought in, and knows its length to a second.
            With --segment FILE may have {app}, {name}, {index} and strftime's %Y %m %d %H
            %M %S in it, in UTC; without any of these the files are numbered.
            Exit status 2 says that the stream was cut off: the file is valid, and --resume
            continues it where the server can seek. rtmpdump's options are understood.
            """,
        options: [.rtmp, .output, .force, .resume, .skip] + Play.options + Option.recording
            + [.json, .quiet, .verbose] + Option.ofRtmpdump,
        examples: [
            (
                "rtmpctl dump rtmp://127.0.0.1/live/show show.flv --duration 1:30",
                "Record a minute and a half."
            ),
            (
                "rtmpctl dump rtmp://127.0.0.1/live/show '{name}-%H%M.flv' --segment 10m --keep 144",
                "Record the last day in files of ten minutes."
            ),
            ("rtmpctl dump -r rtmp://127.0.0.1/live/show -o show.flv --live", "The same as rtmpdump's users type it."),
        ],
        run: run)

    private static func run(_ arguments: Arguments, _ surroundings: Surroundings) throws(Failure) -> Ending {
        let (configuration, file) = try configuration(arguments, surroundings)
        if file == "-" {
            if arguments.has(.json) {
                throw Failure("standard output cannot take both the stream and --json; write the stream to a file")
            }
            if surroundings.isTerminal(.output) {
                throw Failure("standard output is a terminal; name a file, or send it into a player")
            }
        }
        let console = arguments.console(surroundings)
        let ending = rtmpctl.run(PlayProgram(configuration), console)
        let summary = Summary(
            command: "dump", file: file, urls: [configuration.url], progress: console.finish(), ending: ending,
            isRecording: true)
        return summary.tell(arguments, surroundings)
    }

    static func configuration(
        _ arguments: Arguments, _ surroundings: Surroundings
    ) throws(Failure) -> (PlayConfiguration, file: String) {
        var operands = arguments.operands
        if let url = arguments[.rtmp] { operands.insert(url, at: 0) }
        if let file = arguments[.output] { operands.append(file) }
        guard let text = operands.first else { throw Failure("URL is missing; --help shows how to write it") }
        guard operands.count <= 2 else {
            throw Failure("one URL and one FILE are wanted, \(operands.count) words are given for them")
        }
        let url = try arguments.redirected(arguments.streamURL(text, surroundings))
        let file = operands.count == 2 ? operands[1] : try fileName(of: url, typed: try arguments.url(text))
        guard !file.contains("://"), !file.isEmpty else {
            throw Failure("where FILE should be is no name of a file; write dump URL FILE")
        }
        var plan = try arguments.recordingPlan(place(file, arguments))
        plan.isReplacing = arguments.has(.force)
        var configuration = try Play.configuration(url, plan, arguments, surroundings)
        if !arguments.has(.buffer), !configuration.isLive { configuration.session.bufferMilliseconds = 36_000_000 }
        configuration.resumes = arguments.has(.resume)
        configuration.skippedKeyframes = try arguments.skippedKeyframes()
        if configuration.resumes {
            guard case .file = plan.place, file != "-" else {
                throw Failure("--resume continues one file; leave \(file == "-" ? "-" : "--segment") out")
            }
            guard !configuration.isLive else {
                throw Failure("--live and --resume exclude each other: what a live stream has sent is gone")
            }
        }
        return (configuration, file)
    }

    /// Several files are called by a template, one is called as it was typed.
    private static func place(_ file: String, _ arguments: Arguments) throws(Failure) -> RecordingPlan.Place {
        guard arguments.has(.segment) else {
            if arguments.keepsSome {
                throw Failure("--keep, --keep-age and --keep-size are for several files: --segment 10m")
            }
            return .file(.create(path: file, replacing: arguments.has(.force), makingDirectories: false))
        }
        if file == "-" { throw Failure("standard output takes one file only; name a file, or leave --segment out") }
        let template = try Arguments.template(file, in: "FILE")
        return .directory("", template.distinguishesFiles ? template : template.withIndex())
    }

    /// The stream's name without its query. One that was kept out of the command line names no file either.
    private static func fileName(of url: RTMPURL, typed: RTMPURL) throws(Failure) -> String {
        guard !typed.name.isEmpty else {
            throw Failure("the stream's name is a secret and names no file; name one: dump URL FILE")
        }
        do throws(StreamNameError) {
            return try StreamName(app: url.app, name: url.name.value).name + ".flv"
        } catch {
            throw Failure("the stream's name makes no name of a file; name one: dump URL FILE")
        }
    }
}

extension Option {
    static let rtmp = Option("rtmp", letter: "r", value: .required("URL"), help: "The stream.")
    static let output = Option("output", "flv", letter: "o", value: .required("FILE"), help: "The file to write.")
    static let force = Option("force", help: "Replace a file that exists.")
}
