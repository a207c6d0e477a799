// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPTransport

/// The program as a whole: which command is meant, and the help and version when none is.
enum Tool {
    static let version = "0.1.0"

    /// Does what the words of a command line ask for, and says how that ended.
    static func run(_ words: some Sequence<String>, in surroundings: Surroundings) -> ExitStatus {
        var words = Array(words)[...]
        switch words.popFirst() {
        case nil:
            return refuse("rtmpctl", Failure("no command given; \(choices)"), surroundings)
        case "--help", "-h", "help":
            return show(help, surroundings)
        case "--version":
            return show("rtmpctl \(version)\n", surroundings)
        case let word?:
            guard let command = Subcommand.all.first(where: { $0.name == word }) else {
                return refuse("rtmpctl", unknown(word), surroundings)
            }
            return run(command, words, surroundings)
        }
    }

    private static func run(
        _ command: Subcommand, _ words: ArraySlice<String>, _ surroundings: Surroundings
    ) -> ExitStatus {
        do throws(Failure) {
            let arguments = try Arguments(words, options: command.options + [.help])
            if arguments.has(.help) { return show(command.help, surroundings) }
            let ending = try command.run(arguments, surroundings)
            if let message = ending.message { surroundings.writeError("rtmpctl \(command.name): \(message)\n") }
            return ending.status
        } catch {
            return refuse("rtmpctl \(command.name)", error, surroundings)
        }
    }

    private static func show(_ text: String, _ surroundings: Surroundings) -> ExitStatus {
        surroundings.writeOutput(text) ? .done : .inputOutput
    }

    private static func refuse(_ speaker: String, _ failure: Failure, _ surroundings: Surroundings) -> ExitStatus {
        surroundings.writeError("\(speaker): \(failure.message)\n")
        return failure.status
    }

    private static func unknown(_ word: String) -> Failure {
        if word.hasPrefix("-") {
            let option = word.prefix { $0 != "=" }
            return Failure("unknown option \(option) in front of a command; options stand behind it; \(choices)")
        }
        // What stands here may be a URL with a key in it.
        if word.contains("://") { return Failure("a URL stands where the command should be; \(choices)") }
        let guess = nearest(to: word, in: Subcommand.all.map(\.name))
        return Failure("unknown command \(word); " + (guess.map { "did you mean \($0)?" } ?? choices))
    }

    private static var choices: String {
        "write one of \(Subcommand.all.map(\.name).joined(separator: ", ")), or rtmpctl --help"
    }

    static var help: String {
        let commands = Subcommand.all.map { command in
            "  \(command.name)" + String(repeating: " ", count: 10 - command.name.count) + command.summary
        }
        return """
            rtmpctl publishes, plays, records and relays RTMP streams.

            Usage: rtmpctl COMMAND [OPTION]... [OPERAND]...

            Commands:
            \(commands.joined(separator: "\n"))

            Options:
              --help     Show this help; behind a command, that command's help.
              --version  Show the version.

            A URL is rtmp://[USER[:PASSWORD]@]HOST[:PORT]/APP[/INSTANCE]/NAME[?QUERY].
            NAME, QUERY and PASSWORD are never printed.
            A TIME is a number of seconds, or has a unit or colons: 90, 1.5m, 500ms, 1:30.
            A SIZE is a number of bytes, or has a unit: 64M is 64 times 1024 times 1024.

            Exit status:
              0   done: the stream ended, a wished limit is reached, the reader went away
              1   failed
              2   incomplete but usable: the connection was lost
              64  the command line is wrong
              65  the input is missing or not what it should be
              69  the peer cannot be reached, or sent no media in time
              73  the output cannot be created
              74  reading or writing failed; what was written is valid
              76  the peer does not speak the protocol
              77  the peer refused, or the credentials are wrong
              130, 143  ended by SIGINT, SIGTERM after a clean finish

            Example:
              rtmpctl relay --listen 127.0.0.1:1935
                  Be a server on this machine, until Ctrl-C.

            """
    }
}
