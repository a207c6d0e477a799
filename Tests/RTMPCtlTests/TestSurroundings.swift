// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Synchronization

@testable import rtmpctl

/// Surroundings that write into memory and whose clock stands still.
final class Stage: Sendable {
    private let written = Mutex((output: "", error: ""))
    let variables: [String: String]
    let files: [String: [UInt8]]
    let isTerminal: Bool
    let clock = Mutex(Instant(nanoseconds: 0))

    init(
        variables: [String: String] = [:], files: [String: String] = [:], binaryFiles: [String: [UInt8]] = [:],
        isTerminal: Bool = false
    ) {
        self.variables = variables
        self.files = files.mapValues { Array($0.utf8) }.merging(binaryFiles) { $1 }
        self.isTerminal = isTerminal
    }

    var output: String { written.withLock { $0.output } }
    var error: String { written.withLock { $0.error } }

    var surroundings: Surroundings {
        Surroundings(
            variable: { self.variables[$0] },
            readFile: { path, limit in
                self.files[path].map { .success(Array($0.prefix(limit))) }
                    ?? .failure(Failure("cannot read \(path)", status: .badInput))
            },
            writeOutput: { text in
                self.written.withLock { $0.output += text }
                return true
            },
            writeError: { text in self.written.withLock { $0.error += text } },
            isTerminal: { _ in self.isTerminal },
            columns: { 40 },
            now: { self.clock.withLock { $0 } },
            wallClock: 1_795_256_130_250,
            memory: 8 << 30,
            processors: 3,
            connectionLimit: { 1000 },
            seed: 7)
    }
}

/// The arguments of a command, written as in a shell without quotes.
func arguments(_ command: Subcommand, _ line: String) throws -> Arguments {
    try Arguments(line.split(separator: " ").map(String.init), options: command.options)
}
