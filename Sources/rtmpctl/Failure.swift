// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Why a command does not even begin: a sentence that says what is wrong, where, and what to do.
struct Failure: Error, Sendable, Hashable {
    let message: String
    let status: ExitStatus

    /// A failure of whoever typed the command, unless `status` says otherwise.
    init(_ message: String, status: ExitStatus = .usage) {
        self.message = message
        self.status = status
    }
}
