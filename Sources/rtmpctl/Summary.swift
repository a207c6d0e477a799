// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// What a transfer came to, in one line for people and as one JSON object for programs.
struct Summary: Sendable {
    var command: String
    /// The file that was read or written.
    var file: String
    var urls: [RTMPURL]
    var progress: Progress
    var ending: Ending

    /// `00:00:10, 3.2 MB, 300 video frames`.
    var line: String {
        var line = "\(Figures.clock(progress.mediaMilliseconds)), \(Figures.size(progress.bytes))"
        line += ", \(progress.videoFrames) video frame\(progress.videoFrames == 1 ? "" : "s")"
        return progress.skipped > 0 ? line + ", \(progress.skipped) messages skipped" : line
    }

    /// One line. Secrets in URLs are `***`.
    var json: String {
        let seconds = "\(progress.mediaMilliseconds / 1000).\(Figures.pad(progress.mediaMilliseconds % 1000, 3))"
        let fields = [
            ("command", Self.quoted(command)),
            ("status", "\(ending.status.rawValue)"),
            ("message", ending.message.map(Self.quoted) ?? "null"),
            ("file", Self.quoted(file)),
            ("urls", "[" + urls.map { Self.quoted("\($0)") }.joined(separator: ",") + "]"),
            ("durationSeconds", seconds),
            ("bytes", "\(progress.bytes)"),
            ("videoFrames", "\(progress.videoFrames)"),
            ("skippedMessages", "\(progress.skipped)"),
        ]
        return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}\n"
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Summary {
    /// Says it as the options want it: for people on standard error unless `--quiet`, for programs with `--json`.
    ///
    /// - Returns: how the command ends.
    func tell(_ arguments: Arguments, _ surroundings: Surroundings) -> Ending {
        let isKept = ending.status != .cannotCreate
        if progress.bytes > 0, isKept, !arguments.has(.quiet) {
            surroundings.writeError("rtmpctl \(command): \(line)\n")
        }
        guard arguments.has(.json), !surroundings.writeOutput(json), ending.status == .done else { return ending }
        return Ending(.inputOutput, "cannot write the summary to standard output")
    }
}
