// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay

/// What a transfer came to, in one line for people and as one JSON object for programs.
struct Summary: Sendable {
    var command: String
    /// The file that was read or written.
    var file: String
    var urls: [RTMPURL]
    var progress: Progress
    var ending: Ending
    /// Whether what came to files is part of it.
    var isRecording = false

    /// `00:00:10, 3.2 MB, 300 video frames`.
    var line: String {
        var line = "\(Figures.clock(progress.mediaMilliseconds)), \(Figures.size(progress.bytes))"
        line += ", \(progress.videoFrames) video frame\(progress.videoFrames == 1 ? "" : "s")"
        return progress.skipped > 0 ? line + ", \(progress.skipped) messages skipped" : line
    }

    /// One line. Secrets in URLs are `***`.
    var json: String {
        var entries: [Fact.Entry] = [
            .init("command", .text(command)), .init("status", .count(Int64(ending.status.rawValue))),
            .init("message", .optional(ending.message)), .init("file", .text(file)),
            .init("urls", .list(urls.map { .text("\($0)") })),
            .init("durationSeconds", .seconds(progress.mediaMilliseconds)), .init("bytes", .count(progress.bytes)),
            .init("videoFrames", .count(progress.videoFrames)), .init("skippedMessages", .count(progress.skipped)),
        ]
        if isRecording {
            entries += [
                .init("tags", .count(progress.tags)), .init("keyframes", .count(progress.keyframes)),
                .init("videoCodec", .optional(progress.videoCodec)),
                .init("audioCodec", .optional(progress.audioCodec)), .init("gaps", .list(progress.gaps.map(\.facts))),
                .init("files", .list(progress.files.map(Fact.text))), .init("ended", .text(progress.state)),
            ]
        }
        return Fact.table(entries).json + "\n"
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
