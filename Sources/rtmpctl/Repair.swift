// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport

/// `rtmpctl repair`: what is whole in a damaged file, written anew.
enum RepairFile {
    static let command = Subcommand(
        name: "repair",
        summary: "Write a damaged FLV file anew, with what is whole in it.",
        forms: ["repair FILE [OUTPUT] [OPTION]..."],
        details: """
            Takes every whole tag out of FILE, however damaged: cut off, full of garbage,
            joined from several, with wrong sizes, with times that jump. Writes OUTPUT, by
            default NAME.repaired.flv, with duration and keyframe index, and says what was
            found and done. FILE is not changed; - is standard input. No media are made up.
            """,
        options: [.force, .reportJSON, .quiet, .verbose],
        examples: [
            ("rtmpctl repair show.flv", "Write what is whole in show.flv to show.repaired.flv."),
            ("rtmpctl repair broken.flv good.flv --json", "The same, with a report for programs."),
        ],
        run: run)

    private static func run(_ arguments: Arguments, _ surroundings: Surroundings) throws(Failure) -> Ending {
        let (input, output) = try files(arguments)
        if Environment.isSameFile(input, output) {
            throw Failure("\(output) is the file to repair, which stays as it is; name another one")
        }
        let form: ReportForm = arguments.has(.json) ? .json : .text
        let program = RepairProgram(path: input, output: output, replacing: arguments.has(.force), form: form)
        let console = arguments.console(surroundings)
        let ending = rtmpctl.run(program, console)
        _ = console.finish()
        return ending
    }

    static func files(_ arguments: Arguments) throws(Failure) -> (input: String, output: String) {
        let operands = try arguments.operands(1...2, called: "FILE, OUTPUT")
        guard !operands.contains(where: { $0.contains("://") || $0.isEmpty }) else {
            throw Failure("repair takes names of files, no URLs")
        }
        if operands.count == 2 {
            guard operands[1] != "-" else {
                throw Failure("the new file cannot be a pipe: its front is written last; name a file")
            }
            return (operands[0], operands[1])
        }
        guard operands[0] != "-" else { throw Failure("standard input names no file; write repair - OUTPUT") }
        let name = operands[0]
        let stem = name.lowercased().hasSuffix(".flv") ? String(name.dropLast(4)) : name
        return (name, stem + ".repaired.flv")
    }
}
