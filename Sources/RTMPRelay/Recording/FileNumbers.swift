// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Numbers for files and commands, each given once.
struct FileNumbers: Sendable {
    private var last = 0

    mutating func next() -> FileID {
        last += 1
        return FileID(last)
    }

    mutating func nextRun() -> RunID {
        last += 1
        return RunID(last)
    }
}
