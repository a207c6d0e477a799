// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// One of the things that rtmpctl does: how it is asked for, and what then happens.
struct Subcommand: Sendable {
    let name: String
    /// One line, in the list of commands.
    let summary: String
    /// The ways to write it, without `rtmpctl`.
    let forms: [String]
    /// What it does, a line each of at most 80 characters.
    let details: String
    let options: [Option]
    /// Command lines that work, each with what it does.
    let examples: [(line: String, meaning: String)]
    /// Reads the arguments and does it.
    let run: @Sendable (Arguments, Surroundings) throws(Failure) -> Ending

    static let all = [
        Publish.command, Play.command, Dump.command, RelayStreams.command, Probe.command, RepairFile.command,
    ]

    /// What `--help` prints.
    var help: String {
        var lines = forms.enumerated().map { ($0 == 0 ? "Usage: rtmpctl " : "       rtmpctl ") + $1 }
        lines += ["", details, "", "Options:"]
        for option in options + [.help] where option.refusal == nil { lines += Self.row(option) }
        lines += ["", examples.count == 1 ? "Example:" : "Examples:"]
        for example in examples { lines += ["  " + example.line, "      " + example.meaning] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ option: Option) -> [String] {
        var left = option.letter.map { "  -\($0), " } ?? "      "
        left += option.names.map { "--" + $0 }.joined(separator: ", ")
        switch option.value {
        case .none: break
        case .required(let kind): left += " " + kind
        case .number(let kind): left += " [" + kind + "]"
        }
        let column = 28
        var rows = wrapped(option.help, width: 80 - column).map { String(repeating: " ", count: column) + $0 }
        if left.count < column - 1, let first = rows.first {
            rows[0] = left + first.dropFirst(left.count)
        } else {
            rows.insert(left, at: 0)
        }
        return rows
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines.removeLast()
            if line.isEmpty {
                lines.append(String(word))
            } else if line.count + 1 + word.count <= width {
                lines.append(line + " " + word)
            } else {
                lines += [line, String(word)]
            }
        }
        return lines
    }
}
